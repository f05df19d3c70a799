"""Every file of data/scenarios: as it is written, and different where one of its lines is changed."""

import json
import random
import re
import threading
from contextlib import contextmanager
from dataclasses import replace
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from direct_phone import DirectPhone

import app
from ivr.activation_call import ACTIVATION_CALL, facts
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import as_json
from ivr.simulator.rehearsal import Rehearsal, dialling, number_to_call
from ivr.simulator.scenario import Caller

FILES = sorted((app.DATA / "scenarios").glob("*.call"))


@pytest.fixture(scope="module")
def world():
    with app.open_world(seed=1, profile="lab-bench", url="") as world:
        yield world


@pytest.fixture(scope="module")
def rehearsal(world):
    with httpx.Client(transport=world.transport) as client:
        yield Rehearsal(lambda: carrier(world, client), world.stage, world.directory, world.books)


def carrier(world, client, voice_url=""):
    return Carrier(client, auth_token=world.auth_token, voice_url=voice_url or world.voice_url)


def read(path):
    return scenario.parse(path.name, path.read_text("utf-8"))


def heard(events):
    return [event.details["text"] for event in events if event.kind == "say"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_call_goes_as_the_file_says(path, rehearsal):
    assert rehearsal.play(read(path)).difference is None


def others(line):
    """What else the line could say, so that it is another call; None is to leave it out."""
    match line.split()[0]:
        case "hears":
            return ["hears out_of_order", 'hears "something else"', "stays silent", None]
        case "presses":
            # What is mistyped is mistyped whichever way, and pound goes on as silence does.
            mistyped, silent = re.search(r"wrong|[1-9]#", line), line == "presses #"
            return ["hangs up", None, *([] if mistyped else ["presses 8888#"]), *([] if silent else ["stays silent"])]
        case "stays":
            return ["hangs up", None]
        case "writes":
            return ["writes down 1 blocks", "writes down 14 blocks", None]
        case "is":
            return ["is put through" if line == "is hung up on" else "is hung up on", "hangs up", None]
        case "hangs":
            return ["is hung up on", None]
        case "calls" if " to " in line:
            return [line.replace("from GB", "from FR")]
        case "calls":
            return ["calls from GB" if line == "calls from US" else "calls from US"]
        case "given":
            return ["given genuine", None]
        case "expects":
            return ["expects activated" if line == "expects not activated" else "expects not activated"]
        case _:
            return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_which_one_line_is_changed_differs(path, rehearsal):
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        for other in others(line):
            text = "\n".join([*lines[:number], *([other] if other else []), *lines[number + 1 :]])
            played = rehearsal.play(scenario.parse(path.name, text))
            assert played.difference, f"line {number + 1} as {other!r} makes no difference"


def test_the_same_scenario_gives_the_same_call_byte_for_byte():
    def play():
        with app.open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
            rehearsal = Rehearsal(lambda: carrier(world, client), world.stage, world.directory, world.books)
            events = rehearsal.play(read(app.DATA / "scenarios/mistyped_block.call")).events
            return json.dumps([as_json(event) for event in events])

    assert play() == play()


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_a_call_over_real_http_with_signatures_equals_one_straight_into_the_dialogue(name, settings, tmp_path):
    """Done when 3: the carrier signs, the webhooks check, and the caller hears the same words in the same order."""
    script = read(app.DATA / f"scenarios/{name}.call")
    with serving() as (server, url), httpx.Client() as client:
        settings = replace(settings, public_url=url)
        server.set_app(app.create_app(settings))
        parts = app.Parts(settings)
        _, shown = app._stage(parts, tmp_path, app._reading("lab-bench").components, random.Random(1)).set(script.given)
        number = parts.directory.find(script.dialled) or number_to_call(parts.directory, script.region, "")
        caller, events = Caller(script, shown, parts.books), []
        call = dialling(script.region, number.e164, name)
        line = scenario.line_of(caller, events)
        Carrier(client, auth_token=settings.twilio_auth_token, voice_url=f"{url}/voice").place(call, line)

        free = parts.directory.toll_free_instead(number.e164, script.region)
        free_to_dial = free.as_dialled_from(script.region) if free else ""
        told = facts(call.call_sid, number.languages[0], number.languages[1:], free_to_dial)
        phone = DirectPhone(ACTIVATION_CALL, app.TelephoneDesk(parts.desk, has_operator=True), parts.books)
        directly = phone.place(Caller(script, shown, parts.books), **told)
    assert heard(events) == directly
    assert directly


@contextmanager
def serving():
    """A real HTTP server on this machine, its application still to be set."""
    with make_server("127.0.0.1", 0, None, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass
