"""Faults: what is done to the keys, that it can be done again, and a thousand calls that end well all the same."""

import json
import random
from collections import Counter
from dataclasses import replace

import httpx
import pytest
from click.testing import CliRunner

import app
from activation_core import blocks
from ivr.simulator import trial
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event, as_json
from ivr.simulator.fault_report import caught_where, report
from ivr.simulator.faults import KINDS, NEIGHBOURS, RATES, Careless, Faults, Mishap, again, spoilt
from ivr.simulator.line import HANG_UP
from ivr.simulator.personas import EXPERT, FIRST_TIMER, PERSONAS
from ivr.simulator.trial import Attempt, outcomes, trials_of_load, trials_with_faults
from wiring.rehearsed_world import open_world

PLAN = [(1.0, "1"), (1.5, "2"), (2.0, "3")]


@pytest.fixture
def carrier(world):
    with httpx.Client(transport=world.transport) as client:
        yield Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)


def genuine(world, persona=EXPERT):
    """From a region whose number has one language, so that the Installation ID is the first entry."""
    return trials_of_load(world.stage, ["en-US"], persona, 2)[1]


def telling(world):
    """One whose digits around the 18th differ, and which tells in which block it is lost or doubled: most do."""
    for _ in range(200):
        made = genuine(world, FIRST_TIMER)
        shown = made.shown
        ways = (shown[:17] + shown[18:], shown[:18] + shown[17:])
        spoilt_blocks = [[n for n, block in enumerate(blocks.salvage(way, 7)[0], 1) if not block] for way in ways]
        if len(set(shown[16:19])) == 3 and spoilt_blocks == [[3], [3]]:
            return made
    raise AssertionError("no Installation ID tells")


def placed(carrier, world, trial, mishaps=None):
    attempt = Attempt(trial, world.books, mishaps)
    return attempt.tried(carrier.place(attempt.dialling(world.directory), attempt.line))


# What is done to the keys


@pytest.mark.parametrize(
    ("mishap", "pressed"),
    [
        (Mishap("dropped", 0, 1), [(1.0, "1"), (2.0, "3")]),
        (Mishap("doubled", 0, 1), [(1.0, "1"), (1.5, "2"), (1.62, "2"), (2.0, "3")]),
        (Mishap("transposed", 0, 1), [(1.0, "1"), (1.5, "3"), (2.0, "2")]),
        (Mishap("mistyped", 0, 1, pressed="5"), [(1.0, "1"), (1.5, "5"), (2.0, "3")]),
        (Mishap("slow", 0, 1, seconds=12.0), [(1.0, "1"), (13.5, "2"), (14.0, "3")]),
        (Mishap("relayed", 0, 0, seconds=5.0), [(6.0, "1"), (6.5, "2"), (7.0, "3")]),
        (Mishap("silent", 0), []),
    ],
    ids=lambda value: value.kind if isinstance(value, Mishap) else "",
)
def test_each_kind_does_to_the_keys_what_its_name_says(mishap, pressed):
    assert spoilt(PLAN, [mishap]) == pressed


def test_several_mishaps_each_hit_the_key_that_was_meant():
    both = [Mishap("dropped", 0, 0), Mishap("mistyped", 0, 2, pressed="6"), Mishap("slow", 0, 1, seconds=11.0)]
    assert spoilt(PLAN, both) == [(12.5, "2"), (13.0, "6")]


def test_a_mistyped_key_is_beside_above_or_below_the_one_that_was_meant():
    assert {key: set(NEIGHBOURS[key]) for key in "15#0"} == {
        "1": set("24"),
        "5": set("2846"),
        "#": set("90"),
        "0": set("8*#"),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_of_one_always_happens_and_is_remembered_with_its_time(kind):
    careless = Careless(lambda event: PLAN if event.kind == "wait" else [], lambda: PLAN, sure(kind))
    pressed = [careless(Event(at, name)) for at, name in ((0.0, "request"), (0.25, "answered"), (5.0, "wait"))]
    assert {mishap.kind for mishap in careless.mishaps} == {kind}
    assert all(0.0 <= mishap.at <= 5.25 + 300 for mishap in careless.mishaps)
    untouched = [[], [], PLAN]
    assert pressed != untouched


def sure(kind):
    return Faults(seed=1, rates={kind: 1.0}).drawn()


def test_without_rates_nothing_goes_wrong():
    careless = Careless(lambda event: PLAN, lambda: PLAN, Faults(1, {}).drawn())
    assert [careless(Event(0.0, kind)) for kind in ("request", "answered", "wait")] == [PLAN] * 3
    assert careless.mishaps == []


def test_who_hangs_up_does_so_once_at_a_point_of_the_call():
    careless = Careless(lambda event: [], lambda: [], sure("hung_up"))
    ((seconds, key),) = careless(Event(0.25, "answered"))
    assert (key, 0 <= seconds <= 300) == (HANG_UP, True)
    assert careless(Event(9.0, "wait")) == []


def test_a_key_that_was_never_pressed_did_not_go_wrong():
    careless = Careless(
        lambda event: PLAN if event.kind == "wait" else [], lambda: [], again([Mishap("dropped", 0, 2)])
    )
    careless(Event(5.0, "wait"))
    careless(Event(5.5, "gathered"))
    assert [mishap.kind for mishap in careless.mishaps] == []


def test_the_same_seed_slips_in_the_same_places_and_another_elsewhere():
    def drawn(seed):
        mishaps = Faults(seed, {"dropped": 0.1, "mistyped": 0.1, "slow": 0.5}).drawn()
        return [mishaps("entry", n, "0123456789" * 5) for n in range(3)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


@pytest.mark.parametrize("rates", [{"sneezed": 0.1}, {"dropped": 1.5}, {"dropped": -0.1}])
def test_a_fault_that_is_none_or_a_rate_that_is_none_is_refused(rates):
    with pytest.raises(ValueError, match=r"sneezed|between 0 and 1"):
        Faults(1, rates)


# In a call


def test_what_slipped_can_be_made_to_slip_again_byte_for_byte(world, carrier):
    trials = trials_with_faults(world.stage, sorted(world.books), list(PERSONAS.values()), 12, seed=3)
    for each in trials:
        first = placed(carrier, world, each)
        second = placed(carrier, world, each, first.mishaps)
        assert second.mishaps == first.mishaps
        assert json.dumps([as_json(e) for e in second.events]) == json.dumps([as_json(e) for e in first.events])
    assert sum(len(placed(carrier, world, each).mishaps) for each in trials) > 5


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap("dropped", 0, 17),
        Mishap("doubled", 0, 17),
        Mishap("transposed", 0, 17),
        Mishap("mistyped", 0, 17, pressed="#"),
        Mishap("slow", 0, 17, seconds=15.0),
    ],
    ids=lambda mishap: mishap.kind,
)
def test_a_slip_in_the_installation_id_costs_its_block_and_the_call_is_confirmed(mishap, world, carrier):
    tried = placed(carrier, world, telling(world), [mishap])
    (happened,) = tried.mishaps
    assert outcomes([tried], world.books) == ["confirmed"]
    assert caught_where(tried, happened, world.books) == "block"


def test_nine_where_pound_was_meant_does_not_end_the_call(world, carrier):
    """The third entry of an expert goes on after the first block; a slip once ended the call there."""
    nine = Mishap("mistyped", 2, 0, pressed="9")
    tried = placed(carrier, world, genuine(world), [nine])
    assert any("press nine once more" in e.details.get("text", "") for e in tried.events)
    assert outcomes([tried], world.books) == ["confirmed"]


def test_who_hangs_up_is_not_lost_but_a_call_that_ends_by_itself_is(world, carrier):
    hung_up = placed(carrier, world, genuine(world), [Mishap("hung_up", 0, seconds=20.0)])
    assert outcomes([hung_up], world.books) == ["hung up"]
    cut = trial.Tried(hung_up.trial, (*hung_up.events[:-1], replaced(hung_up.events[-1], by="application")), "")
    assert outcomes([cut], world.books) == ["lost"]
    unasked = trial.Tried(hung_up.trial, hung_up.events, "")
    assert outcomes([unasked], world.books) == ["lost"]


def replaced(event, **details):
    return Event(event.at, event.kind, {**event.details, **details})


def test_a_confirmation_with_one_wrong_block_is_not_accepted(world, carrier):
    right, other = [placed(carrier, world, each) for each in trials_of_load(world.stage, ["en-US"], EXPERT, 2)]
    swapped = trial.Tried(right.trial, right.events, other.written)
    assert outcomes([right, other], world.books) == ["confirmed", "confirmed"]
    assert outcomes([swapped, other], world.books) == ["lost", "confirmed"]


# A thousand calls: done when 5

CHUNKS, CALLS = 8, 125


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_of_a_thousand_calls_with_faults_each_ends_confirmed_refused_with_a_person_or_hung_up(chunk):
    """None in a loop, a dead end or a dropped call; the confirmations are verified in one batch."""
    with open_world(chunk, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        trials = trials_with_faults(world.stage, sorted(world.books), list(PERSONAS.values()), CALLS, seed=chunk)
        place = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        tries = [each.placed(place, world.directory, world.books) for each in trials]
        ends = outcomes(tries, world.books)
        found = report(tries, ends, world.books)
        confirmed = next(each for each, end in zip(tries, ends, strict=True) if end == "confirmed")
        assert world.stage.activated(confirmed.trial.computer, confirmed.written)
    assert found.lost == []
    assert sum(found.outcomes.values()) == CALLS
    assert found.outcomes["confirmed"] > CALLS / 2
    assert sum(row.happened for row in found.rows.values()) > CALLS
    assert found.share_at_the_block > 0.95
    assert all(tried.seconds < 20 * 60 for tried in tries)
    assert all(end != "confirmed" for tried, end in zip(tries, ends, strict=True) if not tried.trial.product_key)
    errors = [event.details["message"] for tried in tries for event in tried.events if event.kind == "error"]
    assert errors == []


def test_every_kind_of_fault_comes_up_often_enough_in_a_thousand_calls():
    """Drawn alone, as an expert's call without misses would: 49 digits and 16 entries more, in 4 requests."""
    counted = Counter()
    for seed in range(1000):
        draw = Faults(seed, RATES).drawn()
        drawn = [draw("answered", 0, ()), *(draw("request", n, ()) for n in range(4))]
        drawn += [draw("entry", 0, "1234567" * 7), *(draw("entry", n, "#") for n in range(1, 17))]
        counted.update(mishap.kind for mishaps in drawn for mishap in mishaps)
    assert min(counted[kind] for kind in KINDS) >= 30, counted


# The report


def test_the_report_counts_where_each_slip_was_caught_and_what_it_cost(world, carrier):
    without = [placed(carrier, world, genuine(world, FIRST_TIMER), ()) for _ in range(2)]
    slipped = placed(carrier, world, genuine(world, FIRST_TIMER), [Mishap("dropped", 0, 30)])
    tries = [numbered(each, n) for n, each in enumerate([*without, slipped])]
    found = report(tries, outcomes(tries, world.books), world.books)
    assert (found.rows["dropped"].happened, found.rows["dropped"].caught) == (1, {"block": 1})
    assert 10 < found.rows["dropped"].extra_seconds < 60
    assert found.rows["doubled"].extra_seconds is None
    assert "100.0% were caught at their block" in "\n".join(found.lines())


def numbered(tried, number):
    """Trials that were made one by one all have the same number."""
    return replace(tried, trial=replace(tried.trial, number=number))


def test_the_command_tells_the_shares_and_ends_with_0():
    result = CliRunner().invoke(app.main, ["faults", "--calls", "12", "--seed", "2", "--persona", "expert"])
    assert result.exit_code == 0, result.output
    assert "12 calls:" in result.output
    assert all(kind in result.output for kind in KINDS)


def test_the_command_is_the_same_for_the_same_seed():
    command = ["faults", "--calls", "8", "--seed", "4", "--json"]
    first, second = (CliRunner().invoke(app.main, command).output for _ in range(2))
    assert first == second
    assert json.loads(first)["calls"] == 8


def test_the_command_ends_with_1_where_a_call_is_lost(monkeypatch):
    monkeypatch.setattr(trial, "accepted", lambda tries: set())
    result = CliRunner().invoke(app.main, ["faults", "--calls", "4", "--seed", "2"])
    assert (result.exit_code, "lost: trial" in result.output) == (1, True)


def test_the_faults_have_a_chance_of_their_own():
    state = random.getstate()
    Faults(1, RATES).drawn()("entry", 0, "123")
    assert random.getstate() == state
