"""The call as a chart: steps and arrows as they are declared, and what the keys of a step do in words."""

from ivr.activation_call import ACTIVATION_CALL
from ivr.chart import alike, as_json, chart
from ivr.dialogue import AGAIN, Asking, End, Flow, Menu

KEYS = {node.name: dict(node.keys) for node in chart(ACTIVATION_CALL).nodes}


def test_every_declared_outcome_is_on_one_arrow():
    drawn = {(arrow.at, outcome): arrow.to for arrow in chart(ACTIVATION_CALL).arrows for outcome in arrow.outcomes}

    for name, step in ACTIVATION_CALL.steps.items():
        for outcome, to in step.on.items():
            silent = isinstance(step, Asking) and not outcome
            assert drawn[name, "silence" if silent else outcome] == (name if to == AGAIN else to)


def test_keys_are_told_in_a_callers_words():
    assert KEYS["read_back"] == {
        "1": "slower",
        "9": "end the call (pressed twice)",
        "*": "block again",
        "0": "a person",
        "#": "on",
    }
    assert KEYS["what_next"]["9"] == "end the call"
    assert KEYS["language"]["0"] == "a person"  # if nothing comes after it


def test_pound_goes_on_where_silence_does():
    assert KEYS["confirmed"]["#"] == KEYS["one_moment"]["#"] == "on"


def test_where_many_digits_are_keyed_one_alone_is_sent_by_pound():
    """Nine is a digit there and ends nothing, so it is not offered."""
    assert KEYS["enter_id"] == {"*#": "again", "0#": "a person", "#": "block by block"}


def test_a_step_that_asks_for_nothing_has_no_keys():
    assert KEYS["welcome"] == KEYS["confirm"] == KEYS["goodbye"] == {}


def test_steps_that_differ_in_name_only_are_known_to_be_alike():
    drawn = alike(chart(ACTIVATION_CALL))

    refusals = {name for name in ACTIVATION_CALL.steps if name.startswith("refused_")}
    assert {name for name, stem in drawn.items() if stem == "refused_…"} == refusals
    assert not set(drawn.values()) & set(ACTIVATION_CALL.steps)  # a group is no step


def test_a_program_gets_it_as_json():
    flow = Flow("ask", {"ask": Menu("ask", {"1": "ask"}, silence="bye"), "bye": End("bye")}, "bye", {"0": "bye"})

    assert as_json(chart(flow)) == {
        "start": "ask",
        "steps": [{"name": "ask", "kind": "menu", "as": "ask"}, {"name": "bye", "kind": "ends", "as": "bye"}],
        "arrows": [
            {"from": "ask", "to": "ask", "outcomes": ("1",)},
            {"from": "ask", "to": "bye", "outcomes": ("silence",)},
        ],
        "everywhere": [{"key": "0", "to": "bye"}],
        "tries": 3,
        "failure": "bye",
    }
