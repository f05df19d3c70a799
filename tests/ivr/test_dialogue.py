import json

import pytest

from ivr.dialogue import (
    AGAIN,
    Call,
    Collect,
    Decide,
    Dial,
    End,
    Flow,
    Gather,
    Hangup,
    Menu,
    Recite,
    Say,
    Speak,
    advance,
    give_up,
    open_call,
    standing,
    unanswered,
)


def keep(call, digits):
    return (call.knowing(kept=digits), "kept") if digits.startswith("1") else None


def flow(**steps):
    steps = {
        "person": Decide(lambda call, desk: (call, desk or "there"), {"there": "operator", "away": "bye"}),
        "operator": End("putting_through", dial=True, on={"unanswered": "bye"}),
        "bye": End("bye"),
        **steps,
    }
    return Flow(start="start", failure="person", everywhere={"0": "person", "9": "bye", "*": AGAIN}, steps=steps)


MENU = flow(start=Menu("pick", {"1": "bye"}))
COLLECT = flow(start=Collect("enter", 4, keep, {"kept": "bye"}, nomatch="mistyped"))
SILENT = flow(
    start=Menu("ready", silence="list"),
    list=Recite("part", lambda call: [{"n": "a"}, {"n": "b"}, {"n": "c"}], "after", {"1": "slow"}),
    slow=Decide(lambda call, desk: (call.knowing(pace="slow"), "slow"), {"slow": "list"}),
    after=Menu("after", silence="bye"),
)


def prompts(verbs):
    return [
        prompt.prompt
        for verb in verbs
        for prompt in (verb.prompts if isinstance(verb, Gather) else [verb] if isinstance(verb, Speak) else [])
    ]


# What is declared


def test_a_target_that_is_not_declared_is_an_error():
    with pytest.raises(ValueError, match="nowhere"):
        flow(start=Say("hello", then="nowhere"))


def test_a_step_that_no_call_can_reach_is_an_error():
    with pytest.raises(ValueError, match="orphan"):
        flow(start=Menu("pick"), orphan=End("orphan"))


def test_silence_that_runs_in_a_circle_is_an_error():
    with pytest.raises(ValueError, match="circle"):
        flow(start=Menu("a", silence="b"), b=Menu("b", silence="start"))


def test_steps_that_ask_nobody_and_never_end_are_an_error():
    with pytest.raises(ValueError, match="circle"):
        flow(start=Menu("a", {"1": "b"}), b=Say("b", then="c"), c=Say("c", then="b"))


def test_two_silent_ways_may_meet_again():
    branch = Decide(lambda call, desk: (call, "left"), {"left": "left", "right": "right"})
    both = flow(start=Menu("a", silence="branch"), branch=branch, left=Menu("l", silence="right"), right=Menu("r"))
    assert both.silent_way("start") == {"start", "left", "right"}


def test_every_edge_is_named_also_those_of_silence_and_of_too_many_misses():
    assert set(SILENT.edges()) >= {
        ("", "", "start"),
        ("start", "silence", "list"),
        ("list", "1", "slow"),
        ("list", "failure", "person"),
        ("after", "0", "person"),
        ("operator", "unanswered", "bye"),
    }


def test_the_prompts_of_a_flow_are_those_that_a_call_can_say():
    assert COLLECT.prompts() == {"enter", "mistyped", "noinput", "putting_through", "bye"}


# A call


def test_a_call_begins_by_asking():
    call, verbs = open_call(MENU, None)
    assert call.step == "start"
    assert verbs == [Gather("start", 0, (Speak("pick"),), 1, 5, goes_on=False)]


def test_a_call_survives_json():
    call, _ = open_call(COLLECT, None, keyed=["", "1"])
    call, _ = advance(COLLECT, call, "2", None)
    assert Call(*json.loads(json.dumps(call))) == call


def test_a_key_leads_where_the_menu_says():
    call, _ = open_call(MENU, None)
    call, verbs = advance(MENU, call, "1", None)
    assert (call.step, prompts(verbs), verbs[-1]) == ("bye", ["bye"], Hangup())


def test_what_is_spoken_before_a_question_is_said_inside_its_gather_so_that_early_keys_count():
    greeted = flow(start=Say("hello", then="menu"), menu=Menu("pick"))
    _, verbs = open_call(greeted, None)
    assert len(verbs) == 1
    assert prompts(verbs) == ["hello", "pick"]


def test_digits_are_put_to_the_reader_and_a_nomatch_asks_again():
    call, _ = open_call(COLLECT, None)
    missed, verbs = advance(COLLECT, call, "2345", None)
    assert (missed.step, missed.misses, prompts(verbs)) == ("start", 1, ["mistyped", "enter"])
    kept, _ = advance(COLLECT, missed, "1234", None)
    assert (kept.facts["kept"], kept.misses) == ("1234", 0)


def test_star_clears_what_was_keyed_before_it():
    call, _ = open_call(COLLECT, None)
    call, _ = advance(COLLECT, call, "99*1234", None)
    assert call.facts["kept"] == "1234"


@pytest.mark.parametrize("asking", [MENU, COLLECT])
@pytest.mark.parametrize(("key", "step"), [("0", "operator"), ("9", "bye"), ("*", "start")])
def test_keys_mean_the_same_at_every_step(asking, key, step):
    call, _ = open_call(asking, None)
    call, _ = advance(asking, call, key, None)
    assert (call.step, call.misses) == (step, 0)


@pytest.mark.parametrize("keys", [["", "", ""], ["7", "7", "7"], ["7", "", "7"]])
def test_the_third_miss_in_a_row_leads_to_a_person_and_never_to_a_hang_up(keys):
    call, _ = open_call(MENU, None)
    for key in keys[:2]:
        call, verbs = advance(MENU, call, key, None)
        assert prompts(verbs) == ["nomatch" if key else "noinput", "pick"]
    call, verbs = advance(MENU, call, keys[2], None)
    assert (call.step, verbs[-1]) == ("operator", Dial())


def test_an_operator_who_does_not_answer_leads_on():
    call, _ = open_call(MENU, None)
    call, _ = advance(MENU, call, "0", None)
    call, verbs = unanswered(MENU, call, None)
    assert (call.step, verbs[-1]) == ("bye", Hangup())


def test_a_call_that_cannot_go_on_goes_where_too_many_misses_go():
    call, _ = open_call(MENU, None)
    call, _ = give_up(MENU, call, None)
    assert (call.step, call.facts["asked"]) == ("operator", "start")


# Silence that goes on by itself: one document for a whole way


def test_one_document_holds_the_whole_silent_way():
    call, verbs = open_call(SILENT, None)
    assert call.step == "start"
    assert [verb.step for verb in verbs if isinstance(verb, Gather)] == ["start", "list", "list", "list", "after"]
    assert all(verb.goes_on for verb in verbs if isinstance(verb, Gather))
    assert prompts(verbs) == ["ready", "part", "part", "part", "after", "bye"]
    assert verbs[-1] == Hangup()


def test_a_key_counts_where_it_was_pressed():
    call, _ = open_call(SILENT, None)
    call, verbs = advance(SILENT, call, "1", None, step="list", part=1)
    assert call.facts["pace"] == "slow"
    assert [verb.part for verb in verbs if isinstance(verb, Gather)] == [1, 2, 0]


def test_a_wrong_key_in_a_recital_repeats_the_part():
    call, _ = open_call(SILENT, None)
    call, verbs = advance(SILENT, call, "5", None, step="list", part=2)
    assert prompts(verbs) == ["nomatch", "part", "after", "bye"]


def test_a_step_may_allow_fewer_misses_than_the_flow():
    once_only = flow(start=Collect("enter", 4, keep, {"kept": "bye"}, tries=1))
    call, _ = open_call(once_only, "there")
    assert advance(once_only, call, "", "there")[0].step == "operator"
    assert advance(COLLECT, call, "", "there")[0].step == "start"


def test_misses_are_counted_anew_where_too_many_led_to_a_question():
    asks = Flow("first", {"first": Menu("a", {"1": "bye"}), "last": Menu("b", {"1": "bye"}), "bye": End("bye")}, "last")
    call, _ = open_call(asks, None)
    for _ in range(3):
        call, _ = advance(asks, call, "", None)
    assert (call.step, call.misses) == ("last", 0)


def test_misses_are_counted_for_each_step_anew():
    call, _ = open_call(SILENT, None)
    for _ in range(2):
        call, _ = advance(SILENT, call, "5", None, step="list", part=0)
    call, _ = advance(SILENT, call, "5", None, step="after")
    assert (call.step, call.misses) == ("after", 1)


def test_a_document_is_not_answered_at_a_step_that_it_did_not_hold():
    call, _ = open_call(MENU, None)
    with pytest.raises(ValueError, match="not listening"):
        advance(MENU, call, "1", None, step="operator")


def test_a_decision_on_a_silent_way_must_not_change_the_call():
    secretly = Decide(lambda call, desk: (call.knowing(changed=True), "on"), {"on": "end"})
    with pytest.raises(ValueError, match="silent way"):
        open_call(flow(start=Menu("a", silence="secretly"), secretly=secretly, end=Menu("b")), None)


# Keys that count when they are pressed twice


NINE = Flow(
    start="start",
    failure="bye",
    everywhere={"9": "bye", "*": AGAIN},
    twice={"9": "once_more"},
    steps={
        "start": Menu("start", {"1": "parts"}),
        "parts": Recite("parts", lambda call: [{"n": 0}, {"n": 1}], silence="offers"),
        "offers": Menu("offers", {"9": "bye"}),
        "bye": End("bye"),
    },
)


def at_nine(*presses):
    """The call after these keys, each pressed at a step and a part."""
    call, verbs = open_call(NINE, None)
    for keys, step, part in presses:
        call, verbs = advance(NINE, call, keys, None, step, part)
    return call, verbs


def test_such_a_key_is_first_asked_for_once_more_and_then_counts():
    call, verbs = at_nine(("9", "start", 0))
    assert (call.step, [speak.prompt for speak in verbs[0].prompts]) == ("start", ["once_more", "start"])
    assert advance(NINE, call, "9", None)[0].step == "bye"


def test_another_key_in_between_begins_anew():
    assert at_nine(("9", "start", 0), ("*", "start", 0), ("9", "start", 0))[0].step == "start"


def test_the_same_key_at_another_part_begins_anew():
    call, verbs = at_nine(("1", "start", 0), ("9", "parts", 0), ("9", "parts", 1))
    assert (call.step, verbs[0].part) == ("parts", 1)
    assert advance(NINE, call, "9", None, "parts", 1)[0].step == "bye"


def test_where_the_step_itself_offers_the_key_once_is_enough():
    assert at_nine(("1", "start", 0), ("9", "offers", 0))[0].step == "bye"


def test_asking_once_more_is_no_miss():
    assert at_nine(("9", "start", 0))[0].misses == 0
    assert "once_more" in NINE.prompts()


@pytest.mark.parametrize(
    ("kinds", "stands"),
    [
        ("g", "listening"),
        ("gsh", "listening"),  # a key may come before the call is hung up
        ("sh", "over"),
        ("h", "over"),
        ("sd", "put_through"),
        ("gsd", "put_through"),  # silence leads there, and nobody tells
    ],
)
def test_how_a_call_stands_is_seen_from_its_verbs(kinds, stands):
    verbs = {"g": Gather("a", 0, (), 1, 5, True), "s": Speak("hello"), "h": Hangup(), "d": Dial()}
    assert standing([verbs[kind] for kind in kinds]) == stands
