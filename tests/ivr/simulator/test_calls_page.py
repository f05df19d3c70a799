"""The pages at /calls: the list and its search, one call, two compared, and the files that are handed on."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

import app
from activation_core.access_numbers import Directory
from activation_core.machine.pages.guard import only_from_here
from app import DATA, Settings, create_app
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator.calls_page import ON_A_PAGE, calls
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event
from ivr.simulator.kept_calls import KeptCall, KeptCalls
from ivr.simulator.played import Played, as_json
from ivr.simulator.rehearsal import Rehearsal
from ivr.simulator.scenario import parse
from ivr.webhooks import LAST_RESORT
from ivr.wording import Books
from wiring.rehearsed_world import open_world

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SCENARIOS = ("person_at_once", "mistyped_block", "desk_too_slow")


@pytest.fixture(scope="module")
def played() -> dict[str, Played]:
    """Some calls as they really go."""
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:

        def carrier() -> Carrier:
            token, fallback = world.auth_token, world.fallback_url
            return Carrier(client, auth_token=token, voice_url=world.voice_url, fallback_url=fallback)

        rehearsal = Rehearsal(carrier, world.stage, world.directory, world.books)
        prompts = {*ACTIVATION_CALL.prompts(), *LAST_RESORT}
        files = {name: (DATA / f"scenarios/{name}.call").read_text("utf-8") for name in SCENARIOS}
        return {name: rehearsal.play(parse(f"{name}.call", text, prompts)) for name, text in files.items()}


@pytest.fixture
def kept(tmp_path: Path, books: Books) -> KeptCalls:
    return KeptCalls(tmp_path / "calls.db", books)


@pytest.fixture
def client(kept: KeptCalls, directory: Directory, books: Books) -> FlaskClient:
    """These pages alone, in the frame of all pages."""
    pages = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
    pages.register_blueprint(calls(kept, directory, books, only_from_here))
    pages.add_url_rule("/", endpoint="home", view_func=str)
    return pages.test_client()


@pytest.fixture(scope="module")
def directory() -> Directory:
    return app.read_directory()


Keep = Callable[..., None]


@pytest.fixture
def keep(kept: KeptCalls, played: dict[str, Played]) -> Keep:
    times = iter(NOON + timedelta(minutes=n) for n in range(1_000))

    def keep(call_id: str, name: str = "person_at_once", caller: str | None = None, **more: object) -> None:
        wish = {"dialled": "+448081570142", "caller_region": "GB", "caller": caller, "speed": 4.0}
        call = KeptCall(call_id, next(times), wish, played[name].events, f"{name}.call")
        kept.keep(replace(call, **more))  # type: ignore[arg-type]

    return keep


def keyed(played: Played) -> list[str]:
    """What was keyed, of more than one digit."""
    entries = [event.details["digits"] for event in played.events if event.kind == "gathered"]
    return [digits for digits in entries if len(digits) > 1]


def listed(page: str) -> list[str]:
    return re.findall(r'name="call" value="([^"]+)"', page)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


# -- the list


def test_without_a_call_the_page_says_how_to_place_one(client: FlaskClient) -> None:
    page = client.get("/calls").text

    assert "No call yet" in page
    assert 'href="/phone"' in page


def test_calls_are_listed_with_what_they_came_to(client: FlaskClient, keep: Keep) -> None:
    keep("one", caller="withheld")
    keep("two", "mistyped_block", scenario="")
    page = client.get("/calls").text
    text = text_of(page)

    assert listed(page) == ["two", "one"]
    assert "2 calls, the latest first" in text
    assert "United Kingdom, number withheld → to +44 808 157 0142 English · person_at_once.call" in text
    assert "Confirmed, 13 of 13 blocks read" in text
    assert "Length 0:58.1 Last step enter_id" in text


def test_a_difference_and_a_warning_are_said_in_words(client: FlaskClient, keep: Keep) -> None:
    keep("one", "desk_too_slow", difference="line 3")
    text = text_of(client.get("/calls").text)

    assert "≠ not as its file says" in text
    assert "! 1 warning" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("words=mike", ["confirmed"]),
        ("words=PUTTING+you", ["person"]),
        ("words=nothing+like+it", []),
        ("outcome=confirmed", ["confirmed"]),
        ("outcome=nonsense", ["confirmed", "person"]),
        pytest.param(f"words={'mike+' * 2000}", ["confirmed"], id="two thousand words"),
        ("number=0808+157+0142", []),
        ("number=808+157-0142", ["confirmed", "person"]),
        ("step=repair", ["confirmed"]),
        ("problems=on", []),
        ("since=2026-11-27", []),
        ("until=2026-11-26", ["confirmed", "person"]),
        ("since=&until=&words=&outcome=&number=&step=", ["confirmed", "person"]),
    ],
)
def test_calls_are_searched(client: FlaskClient, keep: Keep, query: str, found: list[str]) -> None:
    keep("person")
    keep("confirmed", "mistyped_block")

    assert listed(client.get(f"/calls?{query}").text) == found


def test_what_was_asked_stands_in_the_form_again(client: FlaskClient, keep: Keep) -> None:
    keep("one", "mistyped_block")
    page = client.get("/calls?words=a+%22b&outcome=refused&step=repair&problems=on&since=2026-11-01").text

    assert 'value="a &#34;b"' in page
    assert '<option value="refused" selected>' in page
    assert "<option selected>repair</option>" in page
    assert 'name="problems" checked' in page
    assert 'value="2026-11-01"' in page
    assert "<details open>" in page
    assert "No call that is kept is like that" in page


def test_a_day_that_is_none_is_told_at_its_field_and_the_rest_is_searched(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    page = client.get("/calls?since=yesterday&words=welcome").text

    assert listed(page) == ["one"]
    assert 'value="yesterday" aria-invalid="true" aria-describedby="since-fault"' in page
    assert "A day is expected, such as 2026-11-26." in page


def test_a_long_list_has_pages_that_keep_the_search(client: FlaskClient, keep: Keep) -> None:
    for n in range(ON_A_PAGE + 2):
        keep(f"call-{n}")
    first = client.get("/calls?words=welcome").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get(unescape(following[1])).text

    assert (len(listed(first)), listed(second)) == (ON_A_PAGE, ["call-1", "call-0"])
    assert "26 to 27 of 27 calls found, the latest first" in text_of(second)
    assert 'value="welcome"' in second
    assert "There are no more than 2 pages" in client.get("/calls?page=9").text


def test_what_the_form_does_not_ask_is_passed_over(client: FlaskClient, keep: Keep) -> None:
    for n in range(ON_A_PAGE + 1):
        keep(f"call-{n}")

    assert 'href="/calls?page=2"' in client.get("/calls?endpoint=x&_external=1&values=2").text


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_a_page_that_is_none_is_not_an_error(client: FlaskClient, keep: Keep, page: str) -> None:
    keep("one")

    assert client.get(f"/calls?page={page}").status_code == 200


def test_no_digit_of_an_id_nor_a_callers_number_stands_in_the_list(
    client: FlaskClient, keep: Keep, played: dict[str, Played]
) -> None:
    entry = keyed(played["mistyped_block"])[0]
    keep("one", "mistyped_block", caller="+442079460999", difference=f"line 3: the caller presses {entry}")

    assert "442079460999" not in client.get("/calls").text
    assert entry not in client.get("/calls").text


# -- one call


def test_a_call_is_told_with_what_happened_and_why(client: FlaskClient, keep: Keep) -> None:
    keep("one", "desk_too_slow")
    text = text_of(client.get("/calls/one").text)

    assert "26 Nov 2026" in text
    assert "The Gather ended: 49 keys, as many as it takes." in text
    assert "error 11200" in text
    assert "Cure: " in text


def test_every_webhook_is_there_with_its_form_and_its_document(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    page = unescape(client.get("/calls/one").text)

    assert "FromCountry = GB" in page
    assert "and empty: CalledCity" in page
    assert '<Gather action="/voice/step/enter_id"' in page
    assert "\n    <Say " in page


def test_from_a_call_ways_lead_on(settings: Settings, kept: KeptCalls, keep: Keep) -> None:
    keep("one")
    client = create_app(replace(settings, calls_file=str(kept.path))).test_client()
    page = client.get("/calls/one").text

    assert client.get("/phone?call=one").text.count("no longer kept") == 0
    replays = [f"/phone?replay=one&amp;turn={turn}" for turn in range(3)]
    for address in ("/phone?call=one", "/phone/calls/one/scenario", "/calls/export?call=one&amp;as=html", *replays):
        assert f'href="{address}"' in page
        assert client.get(unescape(address)).status_code == 200


def test_what_was_unusual_about_the_line_and_the_desk_is_told(client: FlaskClient, keep: Keep) -> None:
    wish = {"dialled": "+448081570142", "caller_region": "GB", "speed": "instant"}
    keep("one", wish={**wish, "line_faults": ["dropped", "hung_up"], "desk_fault": "the desk is down"})
    keep("two", wish={**wish, "speed": 1, "line_faults": [], "desk_fault": ""})
    one, two = (text_of(client.get(f"/calls/{name}").text) for name in ("one", "two"))

    assert (
        "Speed instant Faults of the line keys get lost, the line breaks off Fault of the desk the desk is down" in one
    )
    assert "Speed" not in two
    assert "Fault" not in two


def test_a_number_that_is_no_longer_answered_cannot_be_called_again(client: FlaskClient, keep: Keep) -> None:
    keep("one", wish={"dialled": "+442079460000", "caller_region": "GB"})
    page = client.get("/calls/one").text

    assert "+442079460000" in page
    assert "/phone?call=one" not in page


def test_digits_are_masked_on_the_page_unless_asked_for(
    client: FlaskClient, keep: Keep, played: dict[str, Played]
) -> None:
    keep("one", "mistyped_block")
    entry = keyed(played["mistyped_block"])[0]
    masked, shown = (client.get(f"/calls/one{query}").text for query in ("", "?digits=shown"))

    assert entry not in masked
    assert "Digits = •••" in masked
    assert f"Digits = {entry}" in shown
    assert "digits=shown" in masked  # the way there
    assert "/calls/export?call=one&amp;as=json&amp;digits=shown" in shown


def test_what_was_said_is_text_on_the_page_and_nothing_more(client: FlaskClient, keep: Keep) -> None:
    evil = "<script>alert(1)</script>"
    said = Event(1.0, "say", {"text": evil, "language": '"><i>', "voice": "", "seconds": 1.0, "gather": False})
    end = Event(2.0, "end", {"by": "caller", "why": evil, "status": "completed"})
    keep("one", events=(said, end), scenario=evil, difference=evil)
    keep("two", events=(said, end))

    for address in ("/calls", "/calls/one", "/calls/compare?a=one&b=two", "/calls/export?call=one&as=html"):
        page = client.get(address).text
        assert "<script" not in page, address
        assert "&lt;script&gt;" in page, address


@pytest.mark.parametrize(
    "address", ["/calls/none", "/calls/compare?a=none&b=one", "/calls/compare", "/calls/export?as=json&call=none"]
)
def test_a_call_that_is_not_kept_is_said_so(client: FlaskClient, keep: Keep, address: str) -> None:
    keep("one")
    answer = client.get(address)

    assert answer.status_code == 404
    assert "There is no such call. The latest 1,000 that are over are kept." in answer.text


# -- two calls


def test_two_chosen_calls_are_compared_the_older_one_first(client: FlaskClient, keep: Keep) -> None:
    keep("old")
    keep("new", "mistyped_block")
    answer = client.get("/calls/compare?call=new&call=old")

    assert (answer.status_code, answer.location) == (302, "/calls/compare?a=old&b=new")


@pytest.mark.parametrize("chosen", ["call=one", "call=one&call=one&call=one"])
def test_other_than_two_calls_cannot_be_compared(client: FlaskClient, keep: Keep, chosen: str) -> None:
    keep("one")

    assert "Two calls can be compared, and you chose" in client.get(f"/calls/compare?{chosen}").text


def test_the_same_call_twice_is_the_same(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    text = text_of(client.get("/calls/compare?a=one&b=one").text)

    assert "lines are the same. Times and the digits of IDs are not compared." in text
    assert "differs" not in text


def test_differences_are_marked_with_words_and_lead_to_the_next(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    keep("two", "mistyped_block")
    page = client.get("/calls/compare?a=one&b=two").text
    places = int(re.search(r"in (\d+) places", page)[1])  # type: ignore[index]

    assert re.findall(r'id="difference-(\d+)"', page) == [str(n) for n in range(1, places + 1)]
    assert page.count('href="#difference-') == places
    assert "differs" in text_of(page)
    assert "only B" in text_of(page)
    assert "<mark>" in page


def test_only_the_differences_are_shown_with_the_lines_around_them(client: FlaskClient, keep: Keep) -> None:
    keep("one", "mistyped_block")
    keep("two", "desk_too_slow")
    whole, short = (client.get(f"/calls/compare?a=one&b=two{more}").text for more in ("", "&lines=differences"))

    assert "lines are the same</td>" in short
    assert short.count('id="difference-') == whole.count('id="difference-')
    assert 0 < short.count('class="is-same"') < whole.count('class="is-same"')


# -- files


def test_the_json_has_the_shape_of_that_of_the_command(
    client: FlaskClient, keep: Keep, played: dict[str, Played]
) -> None:
    keep("one", "mistyped_block")
    answer = client.get("/calls/export?call=one&as=json&digits=shown")
    (told,) = json.loads(answer.text)

    assert answer.headers["Content-Disposition"] == 'attachment; filename="call-one.json"'
    assert told == json.loads(json.dumps(as_json(played["mistyped_block"])))


def test_the_junit_file_has_a_case_for_each_call(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    keep("two", scenario="", difference=None)
    keep("three", difference="line 3: the file has", line=3)
    answer = client.get("/calls/export?call=one&call=two&call=three&as=junit")
    (suite,) = ET.fromstring(answer.data)

    assert answer.headers["Content-Disposition"] == 'attachment; filename="3-calls.xml"'
    assert [case.get("name") for case in suite] == ["person_at_once", "call-two", "person_at_once"]
    assert (suite.get("failures"), suite[2].get("line")) == ("1", "3")


def test_the_html_file_needs_nothing_beside_itself(client: FlaskClient, keep: Keep) -> None:
    keep("one")
    answer = client.get("/calls/export?call=one&as=html")

    assert answer.text.startswith("<!DOCTYPE html>")
    assert not re.search(r"<(script|link|img)|src=|href=|url\(", answer.text)
    assert "What happened, and why" in answer.text


@pytest.mark.parametrize("form", ["json", "junit", "html"])
def test_digits_are_masked_in_files_unless_asked_for(
    client: FlaskClient, keep: Keep, played: dict[str, Played], form: str
) -> None:
    entry = keyed(played["mistyped_block"])[0]
    keep("one", "mistyped_block", difference=f"line 3: the caller presses {entry}", line=3)
    masked, shown = (client.get(f"/calls/export?call=one&as={form}{more}").text for more in ("", "&digits=shown"))

    assert entry not in masked.replace(" ", "")
    assert "•••••••" in masked
    assert entry in shown


def test_a_file_needs_a_form_and_calls(client: FlaskClient) -> None:
    assert client.get("/calls/export?call=one&as=pdf").status_code == 400
    assert "Choose the calls first" in client.get("/calls/export?as=json").text


# -- who, and what if


@pytest.mark.parametrize("path", ["", "/one", "/compare?a=one&b=one", "/export?call=one&as=json&digits=shown"])
def test_only_people_at_this_computer_see_the_calls(client: FlaskClient, keep: Keep, path: str) -> None:
    keep("one")
    for asked in ({"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}, {"headers": {"Host": "evil.example"}}):
        answer = client.get(f"/calls{path}", **asked)  # type: ignore[arg-type]
        assert answer.status_code == 403
    assert client.get(f"/calls{path}").headers["Cache-Control"] == "no-store"


def test_a_file_that_cannot_be_read_is_said_in_words(client: FlaskClient, kept: KeptCalls) -> None:
    kept.path.write_text("no database, but a text of some length that somebody has put here by mistake")
    answer = client.get("/calls")

    assert answer.status_code == 503
    assert "file is not a database. Move the file away, or name another one in CALLS_FILE." in unescape(answer.text)
