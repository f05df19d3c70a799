"""Which branches of the call the files of data/scenarios take: all of them."""

import re
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest
from click.testing import CliRunner

import app
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.coverage import count, cover, is_declared, take
from ivr.simulator.rehearsal import Rehearsal
from wiring.rehearsed_world import open_world

FILES = sorted((app.DATA / "scenarios").glob("*.call"))


@pytest.fixture(scope="module")
def world():
    with open_world(1, "lab-bench", "") as world:
        yield world


@pytest.fixture(scope="module")
def played(world):
    """What each file takes, by its name."""
    scripts = [script for path in FILES if is_declared(script := read(path.stem))]
    return {s.name: take(ACTIVATION_CALL, s, world.stage, world.directory, world.books) for s in scripts}


@pytest.fixture(scope="module")
def coverage(world):
    """A call with these scenarios, or with others."""

    def cover_with(scenarios, flow=ACTIVATION_CALL):
        return cover(flow, scenarios, world.stage, world.directory, world.books)

    return cover_with


def read(name):
    path = app.DATA / f"scenarios/{name}.call"
    return scenario.parse(path.name, path.read_text("utf-8"))


def taken(world, text):
    return take(ACTIVATION_CALL, scenario.parse("a.call", text), world.stage, world.directory, world.books).branches


START = "calls from GB\nhears welcome\nhears enter_id\n"


def test_every_branch_of_the_call_is_taken_by_a_scenario(played):
    """Done when 4."""
    covered = count(ACTIVATION_CALL, list(played.values()))
    assert covered.missed == ()
    assert covered.differing == ()
    assert covered.percent == 100
    assert set(covered.branches) == set(ACTIVATION_CALL.edges())


def test_without_the_scenario_that_takes_it_alone_a_branch_is_missed_and_named(played):
    covered = count(ACTIVATION_CALL, [each for name, each in played.items() if name != "nobody_answers.call"])
    assert covered.missed == (("operator", "unanswered", "nobody"),)
    assert covered.percent == 99
    assert not covered.is_complete


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("nobody_answers", ("operator", "unanswered", "nobody")),
        ("no_operator", ("hand_over", "nobody", "nobody")),
        ("silent_caller", ("enter_block", "failure", "hand_over")),
        ("asleep_at_the_end", ("still_there", "silence", "goodbye")),
        ("read_again", ("read_back", "1", "slower")),
        ("lost_digit", ("enter_id", "incomplete", "repair")),
        ("free_number", ("fare", "needlessly", "toll_free")),
        ("refused_revoked", ("confirm", "revoked", "refused_revoked")),
    ],
)
def test_a_scenario_takes_the_branch_that_it_is_there_for(name, branch, played):
    branches = played[f"{name}.call"].branches
    assert branch in branches
    assert branches[:2] == (("", "", "room"), ("room", "admitted", "welcome"))


def test_each_branch_begins_where_the_one_before_it_ended(played):
    for name, each in played.items():
        assert all(before[2] == after[0] for before, after in pairwise(each.branches)), name


def test_silence_between_two_blocks_is_no_branch_and_after_the_last_one_it_is(world):
    reads = START + "presses the Installation ID\nhears confirmed\nstays silent\n"
    goes_on = ("read_back", "silence", "offer_a_text")
    assert goes_on not in taken(world, reads + "writes down 12 blocks\nhangs up")
    assert goes_on in taken(world, reads + "writes down 13 blocks\nstays silent\nhears what_next\nhangs up")


def test_a_wrong_key_is_no_branch_before_the_third(world):
    twice = START + "presses 4#\nhears id_mistyped\nhears enter_id\npresses 4#\nhears id_mistyped\nhears enter_id\n"
    failure = ("enter_id", "failure", "hand_over")
    assert failure not in taken(world, twice + "hangs up")
    assert failure in taken(world, twice + "presses 4#\nhears putting_through\nis put through")


def test_nine_is_a_branch_once_it_is_pressed_again(world):
    once = (
        "calls from US\nhears welcome\nhears press_for_language\npresses 9\nhears nine_ends\nhears press_for_language\n"
    )
    ends = ("language", "9", "goodbye")
    assert ends not in taken(world, once + "hangs up")
    assert ends in taken(world, once + "presses 9\nhears goodbye\nis hung up on")


def test_a_decision_made_ahead_counts_only_when_the_caller_gets_there(world):
    """The document with the languages already holds what follows on silence."""
    at_languages = "calls from US\nhears welcome\nhears press_for_language\n"
    assert not [branch for branch in taken(world, at_languages + "hangs up") if branch[0] == "fare"]
    assert ("fare", "no", "enter_id") in taken(world, at_languages + "stays silent\nhears enter_id\nhangs up")


def test_a_scenario_that_differs_counts_up_to_where_it_differs(coverage):
    covered = coverage([scenario.parse("a.call", START + "presses #\nhears goodbye\nis hung up on")])
    assert covered.branches["enter_id", "silence", "block_by_block"] == ("a.call",)
    assert covered.differing[0].startswith("a.call: line 5")


@pytest.mark.parametrize("name", ["nobody_answers", "no_operator", "repair_in_vain", "confirmed_slower"])
def test_the_caller_of_a_branch_hears_what_the_caller_over_the_carrier_hears(name, world, played):
    with httpx.Client(transport=world.transport) as client:
        carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        rehearsal = Rehearsal(lambda: carrier, world.stage, world.directory, world.books)
        events = rehearsal.play(read(name)).events
    said = [event.details["text"] for event in events if event.kind == "say"]
    numbers = world.books["en-US"].numerals  # each call has a Confirmation ID and a reference of its own
    assert [re.sub(r"\d", "", numbers(text)) for text in said] == [
        re.sub(r"\d", "", numbers(text)) for text in played[f"{name}.call"].heard
    ]


@pytest.mark.parametrize("trouble", ["the desk is slow by 16 seconds", "the database is locked"])
def test_trouble_that_the_flow_does_not_foresee_is_no_part_of_it(trouble, coverage):
    assert coverage([replace(read("shortest_way"), trouble=trouble)]).percent == 0


def test_no_operator_cannot_be_given_to_an_application_that_runs_elsewhere(world):
    with httpx.Client(transport=world.transport) as client:
        carrier = Carrier(client, auth_token=None, voice_url=world.voice_url)
        rehearsal = Rehearsal(lambda: carrier, world.stage, world.directory, world.books, in_process=False)
        with pytest.raises(ValueError, match="has the operator that it has"):
            rehearsal.play(read("no_operator"))


def test_the_command_says_what_is_missed_and_ends_with_status_1():
    result = CliRunner().invoke(app.main, ["coverage", str(app.DATA / "scenarios/shortest_way.call")])
    assert result.exit_code == 1
    assert "missed: operator —unanswered→ nobody" in result.output
    assert "branches: " in result.output


def test_the_command_ends_with_status_0_where_all_is_covered():
    result = CliRunner().invoke(app.main, ["coverage"])
    assert result.exit_code == 0, result.output
    assert "100 %" in result.output
