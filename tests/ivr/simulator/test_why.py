"""The why-transcript of one small call in which nearly everything happens.

Its text is golden/why_*.txt; `.venv/bin/python tests/ivr/simulator/test_why.py` writes it anew.
"""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[3]))

import app
from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.line import ScriptedLine
from ivr.simulator.rehearsal import dialling
from ivr.simulator.why import Row, as_json, as_text, moment, rows
from ivr.simulator.why_page import Told, page
from wiring.rehearsed_world import open_world

GOLDEN = Path(__file__).parent / "golden"
SECRET = "4821907"  # what is keyed and read back
IN_WORDS = "four eight two one nine zero seven"

DOCUMENTS = {
    "/voice": '<Response><Say>Hello &amp; "welcome" to &lt;script&gt;alert(1)&lt;/script&gt;.</Say>'
    '<Gather numDigits="7" timeout="4" action="/keyed"><Say>Please key the seven digits on your screen.</Say></Gather>'
    '<Gather numDigits="7" finishOnKey="#" timeout="4" action="/keyed?from=2"><Say>Once more.</Say><Blink/></Gather>'
    "</Response>",
    "/keyed?from=2": f"<Response><Say>You keyed {IN_WORDS}.</Say><Say language='de-DE'>Also 4 8 2 1 und 4821907.</Say>"
    '<Play digits="4821"/><Gather numDigits="1" timeout="2" action="/more"><Pause/></Gather>'
    '<Redirect method="GET">/broken?x=1</Redirect></Response>',
    "/fallback": "<Response><Dial>+12125550143</Dial></Response>",
}


def books():
    return app.read_books()


def answer(request):
    address = request.url.path + ("?from=2" if request.url.params.get("from") else "")
    if address not in DOCUMENTS:
        return httpx.Response(500, text="oh")
    return httpx.Response(200, headers={"content-type": "text/xml"}, text=DOCUMENTS[address])


def decide(event):
    """Too early, then nothing, then all the digits into the second prompt and two too many."""
    text = event.details.get("text", "")
    if text.startswith("Hello"):
        return [(0.5, "4"), (0.6, "8")]
    if text == "Once more.":
        return [(0.4 + 0.1 * n, key) for n, key in enumerate(SECRET + "#5")]
    return []


def call():
    of = Dialling("+4955550100", "+493023125142", "CA" + "1" * 32, "AC" + "0" * 32, "DE")
    here = "http://127.0.0.1:5001"
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        carrier = Carrier(client, auth_token=None, voice_url=f"{here}/voice", fallback_url=f"{here}/fallback")
        return carrier.place(of, ScriptedLine(decide))


def golden(width):
    return "\n".join(as_text(rows(call(), books()), width)) + "\n"


@pytest.fixture(scope="module")
def told():
    return rows(call(), books())


def only(told, kind):
    return [row for row in told if row.kind == kind]


@pytest.mark.parametrize("width", [120, 80, 60])
def test_the_text_is_as_it_was(width):
    assert golden(width) == (GOLDEN / f"why_{width}.txt").read_text("utf-8")


@pytest.mark.parametrize("width", [120, 100, 80, 72, 71, 40, 500])
def test_no_line_is_longer_than_the_terminal(told, width):
    assert max(map(len, as_text(told, width))) <= min(width, 120)


def test_the_reason_why_each_gather_ended_is_told(told):
    ends = [row.notes[0] for row in told if row.kind in ("silence", "enters")]
    assert ends == [
        "The Gather ended: no key within 4 s of its last prompt.",
        "The Gather ended: 7 keys, as many as it takes.",
        "The Gather ended: no key within 2 s of its last prompt.",
    ]
    assert [row.notes[1:] for row in only(told, "silence")] == [("No request: the document goes on.",)] * 2


@pytest.mark.parametrize(
    ("gathered", "reason"),
    [
        ({"digits": "12", "key": "#", "why": "finish key"}, "# finishes it, after 2 keys."),
        ({"digits": "", "key": "#", "why": "finish key first"}, "# finishes it, and nothing was keyed before."),
        ({"digits": "1", "key": "", "why": "timeout"}, "1 key, then none for 5 s."),
        ({"digits": "", "key": "", "why": "speech", "speech": "sales"}, "speech."),
    ],
)
def test_a_gather_ends_for_many_reasons(gathered, reason):
    listen = {"numDigits": None, "finishOnKey": "#", "timeout": 5, "input": "dtmf", "action": "/"}
    (row,) = rows([Event(1.0, "listen", listen), Event(2.0, "gathered", gathered)], books())
    assert row.notes[0] == f"The Gather ended: {reason}"


def test_keys_that_were_lost_are_told_with_what_would_have_helped(told):
    early, late = only(told, "lost")
    assert early.words == "presses ••: 2 keys lost, nothing was listening"
    assert "put the prompt into it" in early.notes[0]
    assert late.words == "presses #•: 2 keys lost, the request was under way"


def test_a_prompt_that_a_key_cut_short_says_so(told):
    cut = next(row for row in told if row.words == "Once more.")
    assert cut.notes == ("cut short after 0.4 s",)
    assert next(row for row in told if row.words.startswith("Hello")).notes == ()


@pytest.mark.parametrize(("at", "notes"), [(2.9, ("cut short after 1.9 s",)), (3.0, ()), (9.0, ())])
def test_a_prompt_that_was_over_when_the_key_came_was_not_cut_short(at, notes):
    said = {"text": "Press one.", "language": "en-US", "seconds": 2.0, "gather": True}
    events = [Event(1.0, "say", said), Event(at, "key", {"key": "1", "digits": "1"})]
    assert rows(events, books())[0].notes == notes


def test_what_went_wrong_has_its_cause_and_its_cure(told):
    (warning,), (error,) = only(told, "warning"), only(told, "error")
    assert warning.words.startswith("warning 13320: ")
    assert error.words == "error 11200: The document could not be fetched (status 500)"
    assert [note.partition(":")[0] for note in error.notes] == ["Cause", "Cure"]


def test_the_server_is_asked_and_answers_in_the_other_column(told):
    assert [row.words for row in only(told, "asked")] == [
        "POST /voice",
        "POST /keyed?from=2",
        "GET /broken?x=1",
        "POST /fallback",
    ]
    assert "Digits=•••••••" in only(told, "asked")[1].notes[0]
    assert only(told, "answer")[0].words == "200 after 0.25 s: Say, Gather ×2"  # noqa: RUF001


def digits_in(text):
    return [known for known in (SECRET, " ".join(SECRET), "4821", "4 8 2 1", IN_WORDS) if known in text]


FORMS = {
    "text": lambda told: "\n".join(as_text(told)),
    "json": lambda told: json.dumps(as_json(told), ensure_ascii=False),
    "html": lambda told: page([Told("a.call", 1.0, "", told)], digits_shown=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_digits_are_masked_unless_they_are_asked_for(told, form):
    assert digits_in(FORMS[form](told)) == []
    assert "•••" in FORMS[form](told)
    shown = rows(call(), books(), show_digits=True)
    assert set(digits_in(FORMS[form](shown))) >= {SECRET, " ".join(SECRET)}


def test_digits_in_the_address_of_a_get_are_masked_too():
    params = {"Digits": SECRET, "CallSid": "CA1"}
    url = f"http://x.example/keyed?a=b&CallSid=CA1&Digits={SECRET}"
    asked = Event(0.0, "request", {"why": "w", "method": "GET", "url": url, "params": params, "token": ""})
    error = Event(
        0.0, "error", {"code": 1, "title": "t", "message": f"{url}: late", "cause": "", "cure": "", "url": url}
    )
    told = rows([asked, error], books())
    assert told[0].words == "GET /keyed?a=b"
    assert SECRET not in str(told)


def test_single_digits_and_short_numbers_of_a_prompt_are_not_masked():
    said = {"text": "Press one. The 49 digits, in 13 blocks.", "language": "en-US", "seconds": 1.0, "gather": False}
    assert rows([Event(0.0, "say", said)], books())[0].words == "Press one. The 49 digits, in 13 blocks."


def test_a_whole_activation_tells_no_block_of_either_id():
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        _, shown = world.stage.set("genuine")
        caller = AttentiveCaller(shown, "es-US", world.books)
        carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        events = carrier.place(dialling("US", "+18005550199", "why"), caller.line())
    text = "\n".join(as_text(rows(events, world.books)))
    compact = text.replace(" ", "")
    blocks = [whole[i : i + 7] for whole in (shown, caller.confirmation_id) for i in range(0, len(whole), 7)]
    assert len(blocks) == 20
    assert not any(block in compact for block in blocks)


# -- the page


class Reader(HTMLParser):
    """Open and closed elements, and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.cells = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(told):
    reader = Reader()
    html = page([Told("a.call", 1.0, "", told), Told("b.call", 1.0, "line 3: <b>", told)], digits_shown=False)
    reader.feed(html)
    assert reader.open == []
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert not {"src", "href", "style", "onclick"} & set(reader.attributes)
    assert "default-src 'none'" in html
    assert "line 3: &lt;b&gt;" in html


def test_what_an_application_says_is_text_on_the_page_and_nothing_more(told):
    html = page([Told("<i>.call", 1.0, "", told)], digits_shown=False)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;i&gt;.call" in html


def test_what_is_said_in_another_language_is_marked_so(told):
    assert '<span class="words" lang="de-DE" dir="ltr">' in page([Told("a", 1.0, "", told)], digits_shown=False)


def test_the_json_has_the_fields_that_the_module_names(told):
    assert {tuple(row) for row in as_json(told)} == {("at", "side", "kind", "words", "notes", "language")}
    assert json.loads(json.dumps(as_json([Row(1.0, "caller", "hears", "Hi")])))[0]["notes"] == []


def test_times_have_tenths():
    assert [moment(t) for t in (0, 9.96, 59.94, 59.96, 754.25)] == ["0:00.0", "0:10.0", "0:59.9", "1:00.0", "12:34.2"]


def test_rows_stand_in_the_order_of_time(told):
    assert [row.at for row in told] == sorted(row.at for row in told)


# -- the command

FILE = str(app.DATA / "scenarios/person_at_once.call")


def run(*arguments, columns="100"):
    return CliRunner(env={"COLUMNS": columns}).invoke(app.main, ["call", *arguments])


def test_the_command_tells_it_as_text_by_default():
    result = run(FILE, "--why", columns="80")
    assert result.exit_code == 0, result.output
    assert "as written  person_at_once.call" in result.output
    assert "presses 0#" in result.output  # a lone key is a choice in a menu
    assert max(map(len, result.output.splitlines())) <= 80


def test_the_command_shows_digits_where_it_is_asked_to():
    assert "put through to +12125550143" in run(FILE, "--why", "text", "--show-digits", columns="200").output
    assert "put through to +•••••••••••" in run(FILE, "--why", "text", columns="200").output


def test_the_command_writes_json_for_each_call():
    (one, two) = json.loads(run(FILE, FILE, "--why", "json").stdout)
    assert list(one) == ["scenario", "difference", "seconds", "digits", "rows"]
    assert (one["scenario"], one["difference"], one["digits"]) == ("person_at_once.call", None, "masked")
    assert one["rows"] == two["rows"]


def test_the_command_writes_a_page_into_a_file_and_the_verdict_to_the_screen(tmp_path):
    result = run(FILE, "--why", "html", "--output", str(tmp_path / "why.html"))
    assert result.output.startswith("as written  person_at_once.call")
    assert (tmp_path / "why.html").read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "arguments", [["--output", "x"], ["--show-digits"], ["--why", "text", "--json"], ["--why", "x"]]
)
def test_what_does_not_go_together_is_refused(arguments):
    assert run(FILE, *arguments).exit_code == 2


def write():
    GOLDEN.mkdir(exist_ok=True)
    for width in (120, 80, 60):
        (GOLDEN / f"why_{width}.txt").write_text(golden(width), "utf-8")


if __name__ == "__main__":
    write()
