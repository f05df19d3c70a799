"""The short form of tests/soak/flood.py."""

from soak.flood import play


def test_while_one_line_floods_honest_callers_get_through():
    found = play(3, keys=1)
    print("\n".join(found.lines()))
    assert set(found.calls) == {"confirmed", "refused"}  # of two computers for a key one; nobody called twice
    assert (found.lost, found.double, found.wrong, found.nobody) == (0, 0, 0, 0)
    assert found.holds
