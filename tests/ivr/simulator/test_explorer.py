"""The explorer walks tiny voice applications written here, each with one thing wrong, and our own call."""

import json

import pytest
from click.testing import CliRunner
from flask import session
from tiny_calls import A_PERSON, BYE, asks, by_key, walk

import app
from ivr.simulator.explorer import (
    HUNG_UP,
    PERSON,
    SPOKEN_END,
    Act,
    Limits,
    numerals_masked,
    to_json,
    to_mermaid,
)


def kinds(exploration):
    return {finding.kind for finding in exploration.findings()}


MENU = asks("To end, press one.", "/menu")
ROUND = "<Redirect>/round</Redirect>"
AGAIN = asks("Once more: to end, press one.", "/last")
GOOD = {"voice": MENU, "menu": by_key(AGAIN, _1=BYE), "last": by_key(A_PERSON, _1=BYE)}


def test_a_good_call_has_no_findings_and_is_seen_whole():
    exploration = walk(GOOD)
    assert exploration.findings() == ()
    assert exploration.stopped == ""
    assert [state.stop.words for state in exploration.states] == ["To end, press one.", "Once more: to end, press one."]


def test_every_key_silence_and_hanging_up_is_tried_at_every_state():
    exploration = walk(GOOD)
    for state in exploration.states:
        acts = [edge.act.name for edge in exploration.after(state.name)]
        assert acts == ["silence", *"0123456789*#", "hang up"]
    assert exploration.calls == 1 + 2 * 13  # what ends with a hang-up is the call that found the state


def test_an_edge_says_where_an_act_leads():
    exploration = walk(GOOD)
    leads = {edge.act.name: edge.to for edge in exploration.after("s0")}
    assert (leads["1"], leads["0"], leads["silence"], leads["hang up"]) == (SPOKEN_END, PERSON, "s1", HUNG_UP)


@pytest.mark.parametrize(
    ("kind", "pages"),
    [
        ("dead_end", {"voice": MENU, "menu": by_key(MENU, _0=MENU)}),
        (
            "loop",
            {
                "voice": asks("Up.", "/a"),
                "a": by_key(asks("Down.", "/b"), _0=MENU),
                "b": by_key(asks("Up.", "/a"), _0=asks("Up.", "/a")),
                "menu": asks("Up.", "/a"),
            },
        ),
        ("silent_loop", {"voice": MENU, "menu": by_key(MENU, _1=BYE)}),
        ("no_zero", {"voice": MENU, "menu": by_key(BYE, _0=BYE)}),
        ("no_goodbye", {"voice": MENU, "menu": by_key("<Hangup/>")}),
        (
            "cut_off",
            {"voice": MENU, "menu": by_key("<Redirect>/round</Redirect>"), "round": "<Redirect>/round</Redirect>"},
        ),
        ("failed", {"voice": MENU, "menu": by_key("<Redirect>/broken</Redirect>"), "broken": "<Gather>"}),
    ],
)
def test_a_planted_defect_is_found(kind, pages):
    assert kind in kinds(walk(pages))
    assert kind not in kinds(walk(GOOD))


def test_a_gather_without_an_action_that_asks_for_ever_is_a_dead_end():
    exploration = walk({"voice": '<Gather numDigits="1"><Say>Press a key.</Say></Gather><Redirect>/voice</Redirect>'})
    assert {"dead_end", "silent_loop", "no_zero"} <= kinds(exploration)


def test_a_finding_tells_how_to_get_there():
    pages = GOOD | {"last": by_key(BYE, _0=BYE)}
    (found,) = [finding for finding in walk(pages).findings() if finding.kind == "no_zero"]
    assert found.way == ("silence",)
    assert "Once more" in found.message


def test_a_call_that_ends_at_once_has_no_states():
    assert walk({"voice": BYE}).states == ()
    assert walk({"voice": BYE}).edges[0].to == SPOKEN_END


def count_misses(digits):
    """To a person at the third miss, with the same document until then; only the cookie knows which it is."""
    session["misses"] = session.get("misses", 0) + 1
    if digits == "0" or session["misses"] == 3:
        return A_PERSON
    return BYE if digits == "1" else asks("Wrong. To end, press one.", "/menu")


def test_the_third_miss_is_not_taken_for_the_first():
    exploration = walk({"voice": MENU, "menu": count_misses})
    assert kinds(exploration) == set()
    assert [exploration.after(name)[0].to for name in ("s0", "s1", "s2")] == ["s1", "s2", PERSON]


def test_the_same_words_that_lead_elsewhere_are_another_state():
    pages = {
        "voice": asks("Press a key.", "/1"),
        **{str(n): by_key(asks("Press a key.", f"/{n + 1}")) for n in range(1, 5)},
    }
    assert len(walk({**pages, "5": by_key(BYE)}).states) == 5


def test_numbers_that_differ_from_call_to_call_make_no_new_state():
    calls = iter(range(1000, 9999))
    pages = {"voice": lambda _: asks(f"Your number is {next(calls)}. To end, press one.", "/menu"), "menu": by_key(BYE)}
    assert len(walk(pages).states) == 1


@pytest.mark.parametrize(("silence", "found"), [(A_PERSON, False), (BYE, True)])
def test_zero_may_ask_whether_more_is_to_come_if_silence_then_leads_to_a_person(silence, found):
    more = asks("For a person, wait.", "/more")
    pages = {"voice": MENU, "menu": by_key(BYE, _0=more), "more": by_key(BYE, _=silence)}
    walked = [finding.where for finding in walk(pages).findings() if finding.kind == "no_zero"]
    assert ("s0" in walked) == found


def test_where_digits_are_keyed_zero_and_pound_reach_a_person():
    pages = {"voice": asks("Enter your 4 digits.", "/menu", numDigits="4", finishOnKey="#"), "menu": by_key(BYE)}
    exploration = walk(pages)
    assert "no_zero" not in kinds(exploration)
    assert {"0#", "*#", "#", "4 digits"} <= {edge.act.name for edge in exploration.edges}


def test_digits_that_somebody_knows_are_tried_where_they_fit():
    pages = {
        "voice": asks("Enter your 4 digits.", "/menu", numDigits="4", finishOnKey="#"),
        "menu": by_key(BYE, _2580=asks("Welcome, Ann.", "/menu")),
    }
    known = walk(pages, useful=lambda stop: [Act("the PIN", "2580")] if stop.num_digits == 4 else [])
    assert [state.stop.words for state in known.states] == ["Enter your 4 digits.", "Welcome, Ann."]
    assert [act.name for act in known.states[1].way] == ["the PIN"]


def test_an_exploration_that_stops_early_says_so_and_calls_nothing_a_dead_end():
    pages = {"voice": MENU, "menu": by_key(asks("Another.", "/more")), "more": by_key(asks("And more.", "/voice"))}
    few_calls, few_states = walk(pages, limits=Limits(calls=5)), walk(pages, limits=Limits(states=1))
    assert few_calls.stopped.startswith("stopped after 5 calls")
    assert few_states.stopped == "stopped at 1 states"
    assert kinds(few_calls) == set()
    assert "dead_end" not in kinds(few_states)


def test_the_same_call_gives_the_same_graph():
    assert to_json(walk(GOOD)) == to_json(walk(GOOD))


def test_the_graph_as_json_and_as_mermaid():
    told = json.loads(to_json(walk(GOOD)))
    assert told["edges"][0] == {"at": "", "act": "the call", "to": "s0"}
    assert told["states"][1]["way"] == ["silence"]
    assert (told["findings"], told["stopped"]) == ([], "")
    drawn = to_mermaid(walk(GOOD))
    assert drawn.startswith("flowchart TD\n")
    assert '  s0["s0 To end, press one."]' in drawn
    assert '  s0 -->|"1"| goodbye' in drawn
    assert "star, pound" in drawn


def test_numerals_are_masked_in_runs():
    assert numerals_masked("Call 0 800 12 now, 3 times", "en-US") == "Call # now, # times"


# Our own call


@pytest.fixture(scope="module")
def own():
    result = CliRunner().invoke(app.main, ["explore", "--json", "--calls", "90"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_our_own_call_has_no_findings_as_far_as_it_is_walked(own):
    assert own["findings"] == []
    assert own["stopped"].startswith("stopped after 90 calls")


def test_the_explorer_keys_the_installation_id_right_and_wrong(own):
    acts = {edge["act"] for edge in own["edges"]}
    assert {"the Installation ID", "the Installation ID with block 1 wrong"} <= acts
    assert any("This Installation ID is confirmed" in state["words"] for state in own["states"])


def test_an_application_that_is_not_there_is_a_finding():
    result = CliRunner().invoke(app.main, ["explore", "--url", "http://127.0.0.1:9/voice"])
    assert result.exit_code == 1
    assert "failed" in result.output
