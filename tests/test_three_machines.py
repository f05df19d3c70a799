"""The short form of tests/soak/three_machines.py."""

from soak.callers import CARRIER_WAITS
from soak.three_machines import play


def test_three_machines_lose_and_double_nothing_while_one_dies_and_the_database_restarts():
    """Done when 2."""
    found = play(keys=6, tell=print)
    print("\n".join(found.lines()))
    assert (found.lost, found.double, found.wrong, found.nobody) == (0, 0, 0, 0)
    assert (found.keys, len(found.spoken), found.killed, found.restarted) == (6, 6, 1, 1)
    assert found.longest < CARRIER_WAITS
