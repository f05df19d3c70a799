"""Load: no answer is lost, and what is measured; and the same call on both clocks."""

import itertools
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

import app
from ivr.simulator import load as load_module
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event, as_json
from ivr.simulator.load import Load, LoadReport, Measured, TimedClient, percentile, place_live
from ivr.simulator.personas import EXPERT
from ivr.simulator.rehearsal import Rehearsal, dialling, number_to_call
from ivr.simulator.transcript import transcript
from ivr.simulator.trial import Attempt, Tried, trials_of_load
from wiring.rehearsed_world import open_world

HOUSE = Path(__file__).parents[3]
SPEED = 25.0  # times real time: a call of two minutes in five seconds


@pytest.fixture(scope="module")
def world():
    with open_world(1, "lab-bench", "") as world:
        yield world


def test_the_calls_of_a_second_run_are_other_calls(world):
    """Or whatever counts calls would take them for webhooks that the carrier repeats."""
    ids = {
        Attempt(trial, world.books).dialling(world.directory).call_sid
        for _ in range(2)
        for trial in trials_of_load(world.stage, ["en-US"], EXPERT, 3)
    }
    assert len(ids) == 6


def carrier(world, client):
    return Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)


def loaded(world, place=None):
    build = place or (lambda client: carrier(world, client))
    return Load(build, world.transport, world.directory, world.books, clock=time.perf_counter)


def trials(world, count):
    return trials_of_load(world.stage, sorted(world.books), EXPERT, count)


# Measuring


@pytest.mark.parametrize(
    ("values", "percent", "found"), [([3, 1, 2], 50, 2), (range(1, 101), 99, 99), ([5], 95, 5), ([], 99, 0.0)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, percent, found):
    assert percentile(values, percent) == found


def test_a_webhook_takes_what_the_clock_says_even_where_it_fails():
    def answer(request):
        if request.url.path == "/down":
            raise httpx.ConnectError("down")
        return httpx.Response(200)

    clock = itertools.count(step=3.0).__next__
    with TimedClient(clock, httpx.MockTransport(answer)) as client:
        client.get("http://x.example/up")
        with pytest.raises(httpx.ConnectError):
            client.get("http://x.example/down")
    assert client.took == [3.0, 3.0]


# Many calls


@pytest.mark.parametrize("concurrency", [1, 4])
def test_every_call_of_many_at_a_time_is_confirmed_with_a_confirmation_of_its_own(concurrency, world):
    found = loaded(world).play(trials(world, 12), concurrency)
    assert found.lost == []
    assert found.outcomes == ["confirmed"] * 12
    assert len({call.tried.written for call in found.calls}) == 12
    assert all(len(call.webhooks) == requests(call.tried) for call in found.calls)
    assert all(0 < sum(call.webhooks) <= call.seconds for call in found.calls)


def requests(tried):
    return sum(event.kind == "request" for event in tried.events)


def test_a_confirmation_that_belongs_to_another_computer_is_a_lost_answer(world):
    first = loaded(world).play(trials(world, 2), 1)
    one, other = (call.tried for call in first.calls)
    swapped = [replace(one, written=other.written), replace(other, written=one.written)]
    ends = load_module.outcomes(swapped, world.books)
    report = LoadReport([Measured(tried, 1.0, (0.1,)) for tried in swapped], ends, 2.0)
    assert len(report.lost) == 2


def test_a_call_that_breaks_is_lost_and_hides_no_other(world):
    made = itertools.count()

    def breaks_once(client):
        if next(made) == 1:
            raise RuntimeError("the line is dead")
        return carrier(world, client)

    found = loaded(world, breaks_once).play(trials(world, 3), 1)
    assert found.lost == ["trial 1: lost, RuntimeError: the line is dead"]
    assert found.outcomes.count("confirmed") == 2


def test_an_error_of_the_carrier_is_a_lost_answer_even_if_the_call_went_on(world):
    found = loaded(world).play(trials(world, 1), 1)
    error = Event(1.0, "error", {"message": "status 500"})
    call = replace(found.calls[0], tried=replace(found.calls[0].tried, events=(error, *found.calls[0].tried.events)))
    assert LoadReport([call], ["confirmed"], 1.0).lost == ["trial 0: confirmed, status 500"]


def test_the_report_has_the_percentiles_of_webhooks_and_of_calls():
    tried = Tried(None, (), "")
    report = LoadReport([Measured(tried, 2.0, (0.010, 0.020)), Measured(tried, 4.0, (0.030,))], ["confirmed"] * 2, 4.0)
    assert report.as_json()["webhooks"] == {"count": 3, "p50": 20.0, "p95": 30.0, "p99": 30.0, "longest": 30.0}
    assert report.as_json()["calls"]["longest"] == 4000.0
    assert "2 calls in 4.0 s, 0.5 a second" in list(report.lines())


# The command


def test_the_command_plays_on_both_clocks_and_ends_with_0():
    virtual = CliRunner().invoke(app.main, ["load", "--calls", "4", "--concurrency", "2", "--json"])
    assert virtual.exit_code == 0, virtual.output
    assert json.loads(virtual.output)["outcomes"] == {"confirmed": 4}
    real = CliRunner().invoke(app.main, ["load", "--calls", "1", "--real-clock", "--speed", str(SPEED), "--json"])
    assert real.exit_code == 0, real.output
    assert json.loads(real.output)["seconds"] > 100 / SPEED


def test_a_speed_without_the_real_clock_is_refused():
    result = CliRunner().invoke(app.main, ["load", "--calls", "1", "--speed", "4"])
    assert (result.exit_code, "--speed belongs to --real-clock." in result.output) == (2, True)


def test_the_command_ends_with_1_where_an_answer_is_lost(monkeypatch):
    monkeypatch.setattr(load_module.Attempt, "tried", lambda self, events: Tried(self.trial, tuple(events), "1" * 91))
    result = CliRunner().invoke(app.main, ["load", "--calls", "2"])
    assert (result.exit_code, result.output.count("trial")) == (1, 2)


# Done when 3: the same scenario on both clocks


def played(name):
    """The scenario in a world of its own: its transcript, and everything that happened."""
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        rehearsal = Rehearsal(lambda: carrier(world, client), world.stage, world.directory, world.books)
        events = rehearsal.play(read(name)).events
        return "\n".join(transcript(events, world.books)), json.dumps([as_json(event) for event in events])


def read(name):
    return scenario.parse(name, (app.DATA / f"scenarios/{name}.call").read_text("utf-8"))


@pytest.mark.parametrize("name", ["mistyped_block", "read_again", "in_spanish"])
def test_the_same_scenario_twice_is_the_same_transcript_byte_for_byte(name):
    assert played(name) == played(name)


def test_the_same_scenarios_are_the_same_in_another_process_zone_and_order_of_hashes():
    """As on another machine."""
    names = ("mistyped_block", "refused_in_use", "at_night", "database_locked")
    command = [sys.executable, HOUSE / "app.py", "call", "--json", *(HOUSE / f"data/scenarios/{n}.call" for n in names)]
    worlds = [{"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}]
    first, second = (
        subprocess.run(command, env={**os.environ, **world}, capture_output=True, check=True).stdout for world in worlds
    )
    assert first == second
    assert len(json.loads(first)) == len(names)


@pytest.mark.parametrize("name", ["shortest_way", "refused_in_use", "mistyped_block"])
def test_the_same_scenario_in_real_time_has_the_same_words_and_keys(name):
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        script = read(name)
        _, shown = world.stage.set(script.given)
        caller = scenario.Caller(script, shown, world.books)
        call = dialling(script.region, number_to_call(world.directory, script.region, "").e164, script.name)
        line = scenario.line_of(caller, [])
        live = place_live(carrier(world, client), call, line, SPEED, time.monotonic)
    expected = json.loads(played(name)[1])
    assert told([as_json(event) for event in live]) == told(expected)


def told(events):
    """What was heard and keyed, and how it ended, without the times."""
    return [(each["kind"], each.get("text"), each.get("digits")) for each in events if each["kind"] in KEPT]


KEPT = ("say", "gathered", "dial", "end")


def test_a_caller_who_hangs_up_in_real_time_hangs_up(world):
    with httpx.Client(transport=world.transport) as client:
        script = scenario.parse("gone", "calls from GB\nhears welcome\nhears enter_id\nhangs up\n")
        caller = scenario.Caller(script, "0" * 49, world.books)
        call = dialling("GB", number_to_call(world.directory, "GB", "").e164, "gone")
        live = place_live(carrier(world, client), call, scenario.line_of(caller, []), SPEED, time.monotonic)
    assert live[-1].details["by"] == "caller"


def test_a_difference_in_real_time_is_not_swallowed(world):
    with httpx.Client(transport=world.transport) as client:
        script = scenario.parse("other", "calls from GB\nhears goodbye\n")
        line = scenario.line_of(scenario.Caller(script, "0" * 49, world.books), [])
        call = dialling("GB", number_to_call(world.directory, "GB", "").e164, "other")
        with pytest.raises(scenario.Difference):
            place_live(carrier(world, client), call, line, 200.0, time.monotonic)
