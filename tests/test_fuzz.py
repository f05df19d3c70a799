"""The short form of tests/soak/fuzz.py."""

from soak.fuzz import play


def test_mutated_input_is_refused_or_answered_by_every_parser_and_route_and_never_a_defect():
    """Done when 3: no 5xx, no error that is not declared, no exception in the log."""
    found = play(3000, seed=1)
    print("\n".join(found.lines()))
    assert found.defects == {}
    assert found.inputs["requests"] == 300
    assert found.answers[200] > 50
    assert found.inputs.keys() >= {"Installation IDs", "Confirmation IDs", "codes", "settings", "scenarios", "products"}
    assert found.inputs["files of a computer"] > 10
