"""Every file of data/scenarios: as it is written, and different where one of its lines is changed."""

import json
import random
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from direct_phone import DirectPhone

import app
from activation_core import blocks
from ivr.activation_call import ACTIVATION_CALL, facts
from ivr.callers_desk import CallersDesk
from ivr.simulator import coverage, scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import as_json
from ivr.simulator.message_service import MessageService
from ivr.simulator.personas import EXPERT, FIRST_TIMER, STEADY
from ivr.simulator.rehearsal import Rehearsal, dialling, number_to_call
from ivr.simulator.scenario import Caller
from ivr.simulator.simulated_texts import simulated_texts
from ivr.simulator.trouble import NO_TROUBLE, Trouble, no_trouble
from wiring.data_files import reading
from wiring.rehearsed_world import open_world, stage_in

FILES = sorted((app.DATA / "scenarios").glob("*.call"))


def carrier(world, client, voice_url=""):
    return Carrier(
        client, auth_token=world.auth_token, voice_url=voice_url or world.voice_url, fallback_url=world.fallback_url
    )


def read(path):
    return scenario.parse(path.name, path.read_text("utf-8"))


def is_plain(script):
    """Whether the scene is nothing but codes: no trouble, somebody answers, any language, a known caller.

    And the call can be made twice: what was transferred is not refused the second time.
    """
    of_itself = script.operator or script.locale or script.is_withheld or script.given == "added_elsewhere"
    return not of_itself and script.trouble == NO_TROUBLE


def heard(events):
    return [event.details["text"] for event in events if event.kind == "say"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_call_goes_as_the_file_says(path, rehearsal):
    assert rehearsal.play(read(path)).difference is None


# License codes that are confirmed, as a genuine product key is.
GRANTED = {"given add", "given three_packs", "given reissue", "given transfer"}


def others(line, before):
    """What else the line could say, so that it is another call; None is to leave it out."""
    match line.split()[0]:
        case "hears":
            another = "hears nobody" if line == "hears out_of_order" else "hears out_of_order"
            return [another, 'hears "something else"', "stays silent", None]
        case "presses":
            # What is mistyped is mistyped whichever way; pound goes on, and nine and pound end, as silence does.
            mistyped = re.search(r"wrong|[1-9]#", line)
            silent = line in ("presses #", "presses 9#") or (line, before) in AS_SILENCE
            return ["hangs up", None, *([] if mistyped else [TOO_MANY]), *([] if silent else ["stays silent"])]
        case "stays":
            return ["hangs up", None]
        case "writes":
            return ["writes down 1 blocks", "writes down 14 blocks", None]
        case "is":
            return ["is put through" if line == "is hung up on" else "is hung up on", "hangs up", None]
        case "hangs":
            return ["is hung up on", None]
        case "receives":
            return ["hangs up", None]
        case "calls" if " with " in line:
            return [line.partition(" with ")[0]]
        case "calls" if before == "given the number is withheld":  # nobody knows where from
            return ["calls from GB"]
        case "calls" if " in " in line:
            return [line.partition(" in ")[0]]
        case "calls" if " to " in line:
            return [line.replace("from GB", "from FR")]
        case "calls":
            return ["calls from GB" if line == "calls from US" else "calls from US"]
        case "given" if "slow by 14" in line:  # fast enough: only what is slower makes a difference
            return ["given the desk is slow by 16 seconds", "given the desk is down"]
        case "given" if line in GRANTED:
            return ["given malformed"]
        case "given":
            return ["given genuine", None]
        case "at":  # nothing that is said depends on it: test_a_call_at_a_time_of_day
            return []
        case "expects":  # what the computer says: test_what_the_computer_says_is_compared
            return []
        case "#":
            return []
        case _:
            raise AssertionError(f"what else could the line say: {line!r}")


TOO_MANY = "presses 8888#"
AS_SILENCE = {
    ("presses 1", "hears press_for_language"),
    ("presses 1", "hears toll_free"),
    ("presses 0#", "hears zero"),
}


def changed(lines):
    """Every file of which one line is another."""
    for number, (before, line) in enumerate(pairwise(["", *lines])):
        for other in others(line, before):
            yield number, other, "\n".join([*lines[:number], *([other] if other else []), *lines[number + 1 :]])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_which_one_line_is_changed_differs(path, rehearsal):
    """Straight at the dialogue, but for trouble and for keys too many, of which only the carrier knows."""
    stage = SetOnce(rehearsal.stage)
    rehearsal = replace(rehearsal, stage=stage)
    for number, other, text in changed(path.read_text("utf-8").splitlines()):
        script = scenario.parse(path.name, text)
        if other == TOO_MANY or script.trouble:
            differs = rehearsal.play(script).difference
        else:
            differs = coverage.take(ACTIVATION_CALL, script, stage, rehearsal.directory, rehearsal.books).differs
        assert differs, f"line {number + 1} as {other!r} makes no difference"


@dataclass
class SetOnce:
    """A stage on which a scene, once it is set, stands for all calls: the desk gives the same answer again."""

    stage: object
    scenes: dict = field(default_factory=dict)

    def set(self, given):
        return self.scenes.setdefault(given, self.scenes.get(given) or self.stage.set(given))

    def __getattr__(self, name):
        return getattr(self.stage, name)


@pytest.mark.parametrize("name", ["shortest_way", "stops_early"])
def test_what_the_computer_says_is_compared(name, rehearsal):
    text = (app.DATA / f"scenarios/{name}.call").read_text("utf-8")
    line = text.splitlines()[-1]
    other = "expects not activated" if line == "expects activated" else "expects activated"
    assert other not in text
    assert rehearsal.play(scenario.parse(name, text.replace(line, other))).difference


def test_a_call_at_a_time_of_day_is_confirmed_at_that_time():
    script = read(app.DATA / "scenarios/at_night.call")
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        stage, confirmed = world.stage, []
        seen = replace(stage, confirm=lambda text: confirmed.append(stage.now()) or stage.confirm(text))
        rehearsal = Rehearsal(lambda: carrier(world, client), seen, world.directory, world.books)
        rehearsal.play(replace(script, given="in_use"))
        night, ahead = confirmed[0], confirmed[0] - app.now()
        assert (night.hour, night.minute) == (3, 15)
        assert timedelta(0) <= ahead + timedelta(minutes=1) < timedelta(days=1, minutes=1)
        rehearsal.play(replace(script, given="in_use", at=None))
        assert abs(confirmed[1] - app.now()) < timedelta(minutes=1)


def test_the_desk_of_a_call_at_a_time_of_day_writes_that_time_down():
    script = read(app.DATA / "scenarios/at_night.call")
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        rehearsal = Rehearsal(lambda: carrier(world, client), world.stage, world.directory, world.books)
        assert rehearsal.play(script).difference is None
        assert (world.stage.now().hour, world.stage.now().minute) == (3, 15)


@pytest.mark.parametrize(
    ("name", "waits"),
    # 4 seconds for the confirmation, 4 for the hand-over: the carrier still gets an answer within its 15.
    [
        ("desk_slow", [14.25]),
        ("desk_too_slow", [15.0, 0.25]),
        ("desk_down", [0.25] * 3),
        ("database_locked", [4.25, 4.25, 8.25]),
    ],
)
def test_the_caller_waits_as_long_as_the_desk_takes_and_no_longer_than_the_carrier(name, waits, rehearsal):
    events = rehearsal.play(read(app.DATA / f"scenarios/{name}.call")).events
    asked = [event for event in events if event.kind == "request"]
    place = next(n for n, event in enumerate(asked) if event.details["params"].get("Digits"))
    answered = [
        next(later.at for later in events[events.index(event) + 1 :] if later.kind in ("response", "error"))
        for event in asked[place : place + len(waits)]
    ]
    assert [round(later - event.at, 2) for later, event in zip(answered, asked[place:], strict=False)] == waits


def test_a_desk_that_was_in_trouble_is_well_again_in_the_next_call(rehearsal):
    for name in ("desk_down", "database_locked", "desk_too_slow", "shortest_way"):
        assert rehearsal.play(read(app.DATA / f"scenarios/{name}.call")).difference is None


@pytest.mark.parametrize("persona", [STEADY, EXPERT, FIRST_TIMER], ids=lambda persona: persona.name)
@pytest.mark.parametrize("latency", [0.25, 1.0])
def test_who_keys_the_installation_id_before_it_is_asked_for_goes_on(persona, latency, rehearsal):
    """Keys that come while the first one, a zero, is being answered are lost, and their block is asked for again.

    And the one beside it, where it is not sure in which of the two they were lost: once in ten Installation IDs.
    """
    early = ["calls from US", "hears welcome", "hears press_for_language", "presses the Installation ID", "hears zero"]
    repair = [f"hears repair\npresses block {place}" for place in (1, 2)]
    ways = [repair[:1], repair] if latency > persona.between_keys else [[]]
    scripts = [scenario.parse("early", "\n".join([*early, *way, "hears confirmed", "hangs up"])) for way in ways]

    def slow_carrier():
        carrier = rehearsal.carrier()
        carrier.latency = latency
        return carrier

    code, computer = rehearsal.stage.issue(), rehearsal.stage.computer()
    stage = replace(rehearsal.stage, issue=lambda: code, computer=lambda: computer)  # the same Installation ID twice
    slow = replace(rehearsal, persona=persona, carrier=slow_carrier, stage=stage)
    assert None in [slow.play(script).difference for script in scripts]


def test_where_a_digit_is_lost_the_installation_id_is_one_that_tells_where(rehearsal):
    """One in ten does not; so of forty some would have gone another way."""
    script = read(app.DATA / "scenarios/lost_digit.call")
    for _ in range(40):
        _, shown = scenario.set_scene(script, rehearsal.stage)
        kept, _ = blocks.salvage(shown[:23] + shown[24:], 7)
        assert [place for place, block in enumerate(kept, 1) if not block] == [4]


@pytest.mark.parametrize("named", ["the desk is slow by 9 seconds", "the desk is down", "the database is locked"])
def test_trouble_is_over_with_its_call(named):
    behind_lock, desk = object(), object()
    trouble = Trouble(behind_lock, patience=10)
    with trouble.during(named):
        assert (trouble.of(desk) is desk) == (named != "the database is locked")
    trouble.asked_to_confirm()
    assert trouble.of(desk) is desk
    with trouble.during("") as waited:
        trouble.asked_to_confirm()
        assert waited() == 0


def test_an_application_that_runs_already_cannot_be_troubled():
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        stage = replace(world.stage, trouble=no_trouble)
        rehearsal = Rehearsal(lambda: carrier(world, client), stage, world.directory, world.books)
        with pytest.raises(ValueError, match="the desk is down"):
            rehearsal.play(read(app.DATA / "scenarios/desk_down.call"))


def test_a_language_that_no_number_speaks_cannot_be_called(rehearsal):
    with pytest.raises(ValueError, match="no number answers in sv-SE"):
        rehearsal.play(scenario.parse("a.call", "calls from SE in sv-SE\nhears welcome"))


def test_the_same_scenario_gives_the_same_call_byte_for_byte():
    def play():
        with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
            rehearsal = Rehearsal(lambda: carrier(world, client), world.stage, world.directory, world.books)
            events = rehearsal.play(read(app.DATA / "scenarios/mistyped_block.call")).events
            return json.dumps([as_json(event) for event in events])

    assert play() == play()


@pytest.mark.parametrize("name", [path.stem for path in FILES if is_plain(read(path))])
def test_a_call_over_real_http_with_signatures_equals_one_straight_into_the_dialogue(name, settings, tmp_path):
    """Done when 3: the carrier signs, the webhooks check, and the caller hears the same words in the same order."""
    script = read(app.DATA / f"scenarios/{name}.call")
    with serving() as (server, url), httpx.Client() as client:
        # Keys of a seed, so that the same digits are lost each time.
        settings = replace(settings, public_url=url, key_folder=f"{tmp_path}/keys of a seed")
        parts = app.Parts(settings, random.Random(1).randbytes)
        messages, others = MessageService(), MessageService()
        server.set_app(app.create_app(settings, messages=messages))
        _, shown = stage_in(lambda: parts, tmp_path, reading("lab-bench").components, random.Random(1)).set(
            script.given
        )
        number = parts.directory.find(script.dialled) or number_to_call(parts.directory, script.region, "")
        caller, events = Caller(script, shown, parts.books), []
        call = dialling(script.region, number.e164, name, script.caller)
        line = scenario.line_of(caller, events)
        token, voice_url = settings.twilio_auth_token, f"{url}/voice"
        Carrier(client, auth_token=token, voice_url=voice_url, messages=messages).place(call, line)

        free = parts.directory.toll_free_instead(number.e164, script.region)
        free_to_dial, free_in = (free.as_dialled_from(script.region), free.languages) if free else ("", ())
        told = facts(call.call_sid, number.languages[0], number.languages[1:], free_to_dial, free_in)
        desk = app.TelephoneDesk(parts.desk, has_operator=True)
        callers = CallersDesk(desk, simulated_texts(others, parts.books), script.caller)
        phone = DirectPhone(ACTIVATION_CALL, callers, parts.books, lambda: others.arrived(script.caller))
        directly = phone.place(Caller(script, shown, parts.books), **told)
    assert heard(events) == directly
    assert directly


@contextmanager
def serving():
    """A real HTTP server on this machine, its application still to be set."""
    with make_server("127.0.0.1", 0, None, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass
