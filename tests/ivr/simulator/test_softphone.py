"""The telephone at /phone over HTTP: calls that are placed, heard, keyed and hung up; who is let in, and who is not."""

import json
import secrets
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import enumerate as threads
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from activation_core.access_numbers import REGIONS, Directory
from activation_core.machine.pages.guard import only_from_here
from activation_core.machine.server import Server
from activation_core.refusals import Refusal
from app import DATA, Parts, Settings, create_app
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator import switchboard
from ivr.simulator.carrier import Carrier
from ivr.simulator.kept_calls import KeptCalls
from ivr.simulator.message_service import MessageService
from ivr.simulator.rehearsal import Rehearsal
from ivr.simulator.scenario import parse
from ivr.simulator.softphone import softphone
from ivr.simulator.switchboard import MAX_AGE
from ivr.speech.clips import Clips
from ivr.speech.speech import Speech
from ivr.wording import Books
from wiring.rehearsed_world import open_world

LISTENS = '<Gather numDigits="3" finishOnKey="#" timeout="60" action="/voice/keyed"><Say>Three keys</Say></Gather>'
NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
BRITISH = {"dialled": "+448081570142", "caller_region": "GB"}  # one language, and free
WISH = {"dialled": "+12125550142", "caller_region": "DE", "speed": 60}


class Voice:
    """A voice application that listens, says back what was keyed, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []
        self.app = Flask("voice")
        for path in ("/voice", "/voice/keyed", "/voice/fallback", "/voice/status"):
            self.app.add_url_rule(path, path, self.answer, methods=["POST"])

    def answer(self) -> Response:
        self.asked.append({**request.form, "signature": request.headers.get("X-Twilio-Signature", "")})
        keyed = request.form.get("Digits")
        verbs = f"<Say>You keyed {keyed}</Say><Hangup/>" if keyed else LISTENS
        return Response(f"<Response>{verbs}</Response>", content_type="text/xml")


class Clock:
    """The real clock, and a hand to move it."""

    moved = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.moved


class Phone:
    """Somebody at the telephone."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._others = set(threads())  # calls of other tests may go on for a while

    def place(self, **wish: Any) -> str:
        answer = self.client.post("/phone/calls", json={**WISH, **wish})
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["id"])

    def events(self, call: str, after: object = "", start: object = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """The events of one stream with their ids, as long as it lasts."""
        headers = {"Last-Event-ID": str(after)}
        answer = self.client.get(f"/phone/calls/{call}/events?from={start}", headers=headers)
        assert answer.status_code == 200
        for block in map(_text, answer.response):
            if block.startswith("id: "):
                first, data = block.strip().split("\n")
                yield int(first.removeprefix("id: ")), json.loads(data.removeprefix("data: "))

    def hear(self, call: str, kind: str) -> dict[str, Any]:
        """Listen until an event of this kind."""
        return next(event for _, event in self.events(call) if event["kind"] == kind)

    def press(self, call: str, keys: object) -> TestResponse:
        return self.client.post(f"/phone/calls/{call}/keys", json={"keys": keys})

    def hang_up(self, call: str) -> TestResponse:
        return self.client.post(f"/phone/calls/{call}/hangup", json={})

    def until_kept(self) -> None:
        for thread in set(threads()) - self._others:
            if thread.name.startswith("call "):
                thread.join()


def _text(block: str | bytes) -> str:
    return block if isinstance(block, str) else block.decode()


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.parse(tomllib.loads((DATA / "access_numbers.toml").read_text("utf-8")))


@pytest.fixture
def voice() -> Voice:
    return Voice()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path, books: Books) -> KeptCalls:
    return KeptCalls(tmp_path / "calls.db", books)


@pytest.fixture
def phone(voice: Voice, clock: Clock, directory: Directory, books: Books, kept: KeptCalls) -> Phone:
    numbers = count(1)
    blueprint = softphone(
        lambda named: nullcontext((voice.app, lambda: 0.0)),
        ACTIVATION_CALL,
        directory,
        books,
        kept,
        Speech((), Clips(Path("nowhere")), b""),
        MessageService(),
        public_url="https://voice.example",
        auth_token="a token",
        guard=only_from_here,
        token_hex=lambda length: f"{next(numbers):0{2 * length}x}",
        clock=clock,
        now=lambda: NOW,
    )
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    return Phone(app.test_client())


def test_keys_reach_the_application_and_its_answer_is_heard(phone: Phone, voice: Voice) -> None:
    call = phone.place()
    phone.hear(call, "listen")

    assert phone.press(call, "417").status_code == 204
    said = [event["text"] for _, event in phone.events(call) if event["kind"] == "say"]

    assert said == ["Three keys", "You keyed 417"]
    assert voice.asked[1]["Digits"] == "417"


def test_requests_are_signed_and_tell_who_calls_whom(phone: Phone, voice: Voice) -> None:
    phone.hear(phone.place(), "answered")

    asked = voice.asked[0]
    assert (asked["To"], asked["FromCountry"], asked["From"]) == ("+12125550142", "DE", "+4915123456789")
    assert asked["CallSid"] == "CA" + "2".zfill(32)
    assert asked["signature"]


def test_a_number_can_be_given_or_withheld(phone: Phone, voice: Voice) -> None:
    phone.hear(phone.place(caller="+442079460142"), "answered")
    phone.hear(phone.place(caller="withheld"), "answered")
    phone.hear(phone.place(caller="FR"), "answered")

    assert [(asked["From"], asked["FromCountry"]) for asked in voice.asked] == [
        ("+442079460142", "GB"),
        ("anonymous", ""),
        ("+335550100", "FR"),
    ]


def test_hanging_up_ends_the_call_and_the_stream(phone: Phone) -> None:
    call = phone.place()
    phone.hear(call, "listen")

    phone.hang_up(call)
    *_, (_, last) = phone.events(call)

    assert (last["kind"], last["by"]) == ("end", "caller")
    assert phone.client.get(f"/phone/calls/{call}").get_json()["is_over"]


def test_whoever_reconnects_gets_what_was_missed_and_nothing_twice(phone: Phone) -> None:
    call = phone.place()
    phone.hear(call, "listen")
    phone.hang_up(call)

    whole = list(phone.events(call))

    assert [index for index, _ in whole] == list(range(len(whole)))
    assert list(phone.events(call, after=1)) == whole[2:]
    assert list(phone.events(call, start=1)) == whole[1:]
    assert list(phone.events(call, after=2, start=1)) == whole[3:]
    assert list(phone.events(call, after="no number", start="")) == whole


def test_a_browser_that_has_heard_the_end_is_told_not_to_come_back(phone: Phone) -> None:
    call = phone.place()
    phone.hang_up(call)
    *_, (last, _) = phone.events(call)

    answer = phone.client.get(f"/phone/calls/{call}/events", headers={"Last-Event-ID": str(last)})

    assert answer.status_code == 204


def test_a_stream_begins_with_the_time_of_the_call_and_ends_in_time(phone: Phone, clock: Clock) -> None:
    call = phone.place(speed=2)
    clock.moved += 10
    stream = iter(map(_text, phone.client.get(f"/phone/calls/{call}/events").response))

    told = json.loads(next(stream).split("data: ")[1])
    clock.moved += 4
    rest = "".join(stream)

    assert told["speed"] == 2
    assert 20 <= told["now"] < 30
    assert '"kind": "end"' not in rest


def test_keys_after_the_end_are_refused(phone: Phone) -> None:
    call = phone.place()
    phone.hang_up(call)
    phone.hear(call, "end")

    answer = phone.press(call, "1")

    assert answer.status_code == 409
    assert "over" in answer.get_json()["detail"]


def test_so_many_calls_at_once_and_no_more(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "MAX_LIVE", 2)
    first, _ = phone.place(), phone.place()

    refused = phone.client.post("/phone/calls", json=WISH)
    phone.hang_up(first)
    phone.hear(first, "end")

    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    assert phone.place()


def test_a_call_is_kept_as_it_ends(phone: Phone, kept: KeptCalls) -> None:
    call = phone.place(caller="withheld")
    phone.press(call, "417")
    heard = list(phone.events(call))
    phone.until_kept()

    found = kept.find(call)

    assert found is not None
    assert found.placed_at == NOW
    assert found.wish == {**WISH, "caller": "withheld", "line_faults": [], "desk_fault": ""}
    assert [event.kind for event in found.events] == [event["kind"] for _, event in heard]


def test_of_the_calls_that_are_over_the_oldest_are_found_among_those_kept(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = phone.place()
    phone.hang_up(call)
    heard, was = list(phone.events(call)), phone.client.get(f"/phone/calls/{call}").get_json()
    phone.until_kept()

    monkeypatch.setattr(switchboard, "MAX_KEPT", 0)

    assert list(phone.events(call)) == heard
    assert phone.client.get(f"/phone/calls/{call}").get_json() == was
    assert phone.press(call, "1").status_code == 409


def test_a_call_that_cannot_be_kept_is_there_as_long_as_the_process(
    phone: Phone, kept: KeptCalls, caplog: pytest.LogCaptureFixture
) -> None:
    kept.path.write_text("no database")
    call = phone.place()
    phone.hang_up(call)
    phone.hear(call, "end")
    phone.until_kept()

    assert phone.client.get(f"/phone/calls/{call}").get_json()["is_over"]
    assert phone.client.get("/phone/calls/other").status_code == 404
    assert "Calls cannot be kept or read in" in caplog.text


def test_a_call_lasts_an_hour_at_most_and_is_kept_all_the_same(phone: Phone, clock: Clock, kept: KeptCalls) -> None:
    call = phone.place()
    phone.hear(call, "listen")
    clock.moved += MAX_AGE + 1

    phone.client.get("/phone/calls/none")
    phone.until_kept()

    assert kept.find(call) is not None


@pytest.mark.parametrize("path", ["", "/events", "/keys", "/hangup", "/scenario"])
def test_an_unknown_call_is_said_to_be_unknown(phone: Phone, path: str) -> None:
    send = phone.client.post if path in ("/keys", "/hangup") else phone.client.get
    answer = send(f"/phone/calls/none{path}", json={"keys": "1"})

    assert answer.status_code == 404
    assert answer.get_json()["detail"].startswith("There is no such call")


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"dialled": "+4912345678"}, "dialled"),
        ({"dialled": 5}, "dialled"),
        ({"caller_region": "de"}, "caller_region"),
        ({"caller_region": None}, "caller_region"),
        ({"caller": "me"}, "caller"),
        ({"caller": "+49 30"}, "caller"),
        ({"caller": ["+4930"]}, "caller"),
        ({"speed": 0}, "speed"),
        ({"speed": 61}, "speed"),
        ({"speed": True}, "speed"),
        ({"speed": "1"}, "speed"),
        ({"line_faults": ["early"]}, "line_faults"),
        ({"line_faults": "dropped"}, "line_faults"),
        ({"line_faults": [[]]}, "line_faults"),
        ({"desk_fault": "on fire"}, "desk_fault"),
    ],
)
def test_a_call_that_cannot_be_placed_says_what_to_mend(phone: Phone, wish: dict[str, Any], word: str) -> None:
    answer = phone.client.post("/phone/calls", json={**WISH, **wish})

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(f"{word}: expected")


@pytest.mark.parametrize("keys", ["", "12A", "1 2", "٣", 12, None, "1" * 201])
def test_keys_that_no_telephone_has_are_refused(phone: Phone, keys: object) -> None:
    answer = phone.press(phone.place(), keys)

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("keys: ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"data": "{"}, 415), ({"data": "{", "content_type": "application/json"}, 400), ({"json": []}, 400)],
)
def test_a_body_that_is_no_json_object_is_refused_in_words(phone: Phone, sent: dict[str, Any], status: int) -> None:
    answer = phone.client.post("/phone/calls", **sent)

    assert answer.status_code == status
    assert answer.get_json()["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Forwarded": "for=192.0.2.7"}},
        {"headers": {"Host": "evil.example"}},
        {"headers": {"Host": "localhost.evil.example:8000"}},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Sec-Fetch-Site": "same-site"}},
        {"headers": {"Origin": "http://evil.example"}},
        {"headers": {"Origin": "http://localhost:1"}},
        {"headers": {"Origin": "null"}},
    ],
)
def test_only_people_at_this_computer_may_call(phone: Phone, voice: Voice, asked: dict[str, Any]) -> None:
    answer = phone.client.post("/phone/calls", json=WISH, **asked)

    assert answer.status_code == 403
    assert answer.text.startswith("This page is for the computer it runs on")
    assert voice.asked == []


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_computer_has_several_names(phone: Phone, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}

    assert phone.client.post("/phone/calls", json=WISH, headers=headers).status_code == 201


def test_a_defect_of_the_carrier_ends_the_call(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Carrier, "place", broken)

    assert phone.hear(phone.place(), "end")["by"] == "carrier"
    assert "a defect in the simulated carrier" in caplog.text


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


def test_the_page_offers_every_region_and_every_language(client: FlaskClient) -> None:
    page = client.get("/phone", headers={"Accept-Language": "de-AT"}).text

    assert all(f'<option value="{region}"' in page for region in REGIONS)
    assert '<option value="AT" selected>' in page
    assert page.index(">Åland Islands<") < page.index(">Zimbabwe<")
    assert '<option value="es-US">español</option>' in page


def number(client: FlaskClient, **asked: str) -> Any:
    return client.get("/phone/number", query_string=asked).get_json()


def test_a_region_has_its_number_and_another_language_may_have_another(client: FlaskClient) -> None:
    assert number(client, region="AT")["dialled"] == "+493023125142"
    assert number(client, region="GB")["answers"] == "Answers in English."
    spanish = number(client, region="GB", language="es-US")
    assert (spanish["dialled"], spanish["answers"]) == ("+18005550199", "Answers in English. 2 is for español.")
    assert number(client, region="GB", dialled="+12125550142")["why"] == "Charged, in United States"
    assert number(client, region="GB", language="xx")["dialled"] == number(client, region="GB")["dialled"]


def test_a_region_without_a_number_gets_one_by_its_language(client: FlaskClient) -> None:
    assert number(client, region="AQ")["dialled"] == ""
    assert number(client, region="AQ", language="en-US")["dialled"]
    assert client.get("/phone/number?region=XX").status_code == 400


def test_a_link_to_a_replay_waits_for_somebody_to_press_call(client: FlaskClient) -> None:
    phone = Phone(client)
    call = phone.place()
    phone.hang_up(call)

    page = client.get(f"/phone?replay={call}&turn=2").text

    assert call in page.partition("data-replay=")[2]
    assert "webhook 3" in page
    assert "no longer kept" in client.get("/phone?replay=unknown").text


def test_the_page_knows_the_call_in_its_address(client: FlaskClient) -> None:
    call = client.post("/phone/calls", json={**WISH, "speed": 1}).get_json()
    client.post(f"/phone/calls/{call['id']}/hangup", json={})

    assert call["id"] in client.get(f"/phone?call={call['id']}").text
    assert "no longer kept" in client.get(f"/phone?call={secrets.token_hex(8)}").text


def test_without_javascript_the_page_names_the_other_ways(client: FlaskClient) -> None:
    page = client.get("/phone").text

    assert "needs JavaScript" in page
    assert ".venv/bin/phone-activation demo" in page


def test_a_call_that_is_over_can_be_saved_as_a_scenario_that_says_the_same(client: FlaskClient) -> None:
    phone = Phone(client)
    call = phone.place(dialled="+46846500442", caller_region="SE")
    phone.hear(call, "listen")
    phone.press(call, "0#")
    phone.hear(call, "dial")
    phone.hang_up(call)
    phone.hear(call, "end")

    saved = client.get(f"/phone/calls/{call}/scenario")

    assert saved.content_type == "text/plain; charset=utf-8"
    assert saved.headers["Content-Disposition"] == f'attachment; filename="call-{call}.call"'
    assert [line for line in saved.text.splitlines() if not line.startswith("#")] == [
        "calls from SE with +46701234567",
        "hears welcome",
        "hears enter_id",
        "presses 0#",
        "hears putting_through",
        "is put through",
        "expects not activated",
    ]
    _plays_back(saved.text)


def _plays_back(text: str) -> None:
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        carrier = Carrier(
            client, auth_token=world.auth_token, voice_url=world.voice_url, fallback_url=world.fallback_url
        )
        rehearsal = Rehearsal(lambda: carrier, world.stage, world.directory, world.books)
        assert rehearsal.play(parse("saved.call", text)).difference is None


def test_of_a_call_that_is_under_way_what_has_happened_is_saved(client: FlaskClient) -> None:
    phone = Phone(client)
    call = phone.place(**BRITISH, speed="instant")
    phone.hear(call, "wait")

    text = client.get(f"/phone/calls/{call}/scenario").text
    phone.hang_up(call)

    assert text.splitlines()[-4:] == ["hears welcome", "hears enter_id", "hangs up", "expects not activated"]
    _plays_back(text)


OUT_OF_ORDER = "Something went wrong on our side. It is not your fault."


@pytest.fixture
def shown(parts: Parts, tmp_path: Path) -> str:
    """What a computer with a genuine product key shows."""
    product = next(iter(parts.products.values()))
    code = parts.desk.issue(product.number, 1, product.terms[0], lambda below: below // 3, NOW)[0]
    computer = Server(tmp_path / "computer", product, {"board": "B-1", "disk": "D-1", "network": "N-1"}, NOW)
    computer.enter_product_key(code.text, NOW)
    installation_id = computer.installation_id(NOW)
    assert not isinstance(installation_id, Refusal)
    return installation_id.digits


def said(phone: Phone, call: str) -> list[str]:
    return [event["text"] for _, event in phone.events(call) if event["kind"] == "say"]


@pytest.mark.parametrize("fault", ["the desk is down", "the database is locked", "the desk is slow by 16 seconds"])
def test_a_fault_of_the_desk_is_in_the_scenario_of_its_call(client: FlaskClient, shown: str, fault: str) -> None:
    phone = Phone(client)
    faulty = phone.place(**BRITISH, speed=60, desk_fault=fault)
    phone.hear(faulty, "wait")
    phone.press(faulty, shown)
    assert OUT_OF_ORDER in said(phone, faulty)
    text = client.get(f"/phone/calls/{faulty}/scenario").text
    assert f"\ngiven {fault}\n" in text
    _plays_back(text)


def test_a_call_is_replayed_up_to_a_webhook_and_then_goes_on_by_hand(phone: Phone, voice: Voice) -> None:
    first = phone.place(caller="withheld", speed=10)
    phone.hear(first, "listen")
    phone.press(first, "417")
    phone.hear(first, "end")

    again = phone.client.post("/phone/calls", json={"replay": first, "turn": 1}).get_json()
    heard = said(phone, again["id"])

    assert heard == ["Three keys", "You keyed 417"]
    assert [asked["Digits"] for asked in voice.asked if asked.get("Digits")] == ["417", "417"]
    assert {asked["From"] for asked in voice.asked} == {"anonymous"}

    anew = phone.client.post("/phone/calls", json={"replay": first, "turn": 0}).get_json()["id"]
    phone.hear(anew, "listen")
    phone.press(anew, "852")
    assert said(phone, anew)[-1] == "You keyed 852"


def test_a_call_that_is_only_kept_is_replayed_too(phone: Phone, clock: Clock) -> None:
    call = phone.place(speed=10)
    phone.hear(call, "listen")
    phone.press(call, "417")
    phone.hear(call, "end")
    phone.until_kept()
    clock.moved += MAX_AGE + 1

    again = phone.client.post("/phone/calls", json={"replay": call, "turn": 1}).get_json()

    assert said(phone, again["id"]) == ["Three keys", "You keyed 417"]


@pytest.mark.parametrize(("asked", "status"), [({"turn": 9}, 400), ({"turn": "1"}, 400), ({"replay": "none"}, 404)])
def test_a_replay_of_what_is_not_there_is_refused_in_words(phone: Phone, asked: dict[str, Any], status: int) -> None:
    call = phone.place()
    phone.hang_up(call)
    phone.hear(call, "end")

    answer = phone.client.post("/phone/calls", json={"replay": call, **asked})

    assert (answer.status_code, bool(answer.get_json()["detail"])) == (status, True)


def given_by_a_shell(command: str) -> list[str]:
    """What curl would be told, if a shell read this."""
    shell = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    return subprocess.run(["/bin/sh", "-c", shell], capture_output=True, check=True).stdout.decode().split("\0")[:-1]


def test_a_webhook_can_be_made_again_by_curl_with_its_signature_and_cookies(client: FlaskClient) -> None:
    phone = Phone(client)
    call = phone.place(**BRITISH, speed="instant")
    phone.hear(call, "wait")
    phone.press(call, "1*2#")
    told = [event for _, event in phone.events(call)]
    asked = next(event for event in told if event["kind"] == "request" and event["params"].get("Digits") == "1*2")
    answered = next(event for event in told if event["kind"] == "response" and event["url"] == asked["url"])
    phone.hang_up(call)

    command = client.get(f"/phone/calls/{call}/curl/{asked['token']}").text
    address, *options = given_by_a_shell(command)
    headers = dict(option.split(": ", 1) for option in options[1::2] if ": " in option)
    elsewhere = client.application.test_client(use_cookies=False)
    again = elsewhere.post(urlsplit(address).path, data=options[-1], headers=headers)

    assert address == "http://localhost/voice/step/enter_id"
    assert {"Cookie", "X-Twilio-Signature"} <= set(headers)
    assert again.text == answered["body"]
    assert client.get(f"/phone/calls/{call}/curl/unknown").status_code == 404


def test_on_a_bad_line_it_is_told_what_went_wrong(phone: Phone) -> None:
    call = phone.place(line_faults=["doubled", "mistyped"], speed=1)
    phone.hear(call, "listen")
    for key in "123456789" * 9:
        if phone.press(call, key).status_code == 409:
            break

    mishap = phone.hear(call, "mishap")

    assert mishap["what"] in ("doubled", "mistyped")


def test_a_call_in_which_nothing_was_said_cannot_be_saved(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "LISTENS", "<Hangup/>")
    call = phone.place()
    phone.hear(call, "end")

    answer = phone.client.get(f"/phone/calls/{call}/scenario")

    assert (answer.status_code, "Nothing was said" in answer.get_json()["detail"]) == (409, True)


def test_a_real_call_is_answered_by_the_real_webhooks(client: FlaskClient) -> None:
    phone = Phone(client)
    call = phone.place(dialled="+46846500442", caller_region="SE")

    said = phone.hear(call, "say")
    phone.hang_up(call)

    assert said["caption"] == "Welcome to product activation."
