"""The requests of a call: how long they may take, how often they are tried, what is remembered, what is told."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from calling import CALL, END, HERE, TOKEN, Played, call, gathering, press, twiml
from conformance import fact
from flask import Response, redirect

from ivr.simulator.carrier import TRIAL_SECONDS, Carrier, Dialling
from ivr.simulator.carrier_errors import CODES
from ivr.simulator.line import ScriptedLine
from ivr.simulator.overrides import Overrides, overrides_in
from ivr.simulator.webhook import send


def call_with(answer: Callable[[httpx.Request], httpx.Response], **options) -> Played:
    """Call an application that is a function of the request."""
    asked = []

    def noted(request: httpx.Request) -> httpx.Response:
        asked.append(
            {"headers": dict(request.headers), "timeout": request.extensions["timeout"], "url": str(request.url)}
        )
        return answer(request)

    options = {"auth_token": TOKEN, "voice_url": f"{HERE}/voice"} | options
    with httpx.Client(transport=httpx.MockTransport(noted)) as client:
        return Played(Carrier(client, **options).place(CALL, ScriptedLine(lambda _: None)), asked)


def document(verbs: str = END, **headers: str) -> httpx.Response:
    return httpx.Response(200, text=f"<Response>{verbs}</Response>", headers={"Content-Type": "text/xml"} | headers)


def failing(*failures: httpx.RequestError | int) -> Callable[[httpx.Request], httpx.Response]:
    """An application that fails in these ways, one after the other, and then answers."""
    left = list(failures)

    def answer(request: httpx.Request) -> httpx.Response:
        if not left:
            return document()
        match left.pop(0):
            case int(status):
                return httpx.Response(status)
            case error:
                raise error

    return answer


# -- time ----------------------------------------------------------------------------------------------


@fact("3: an answer has 15 s in total, with the connecting (11200)")
def test_an_answer_that_takes_more_than_fifteen_seconds_is_a_failure():
    assert call(END, latency=15.0).codes() == []
    played = call(END, latency=15.1)
    assert (played.codes(), played.one("error")["at"]) == ([11200], 15.0)


@fact("3: ct, rt, tt: 100 to 10000, 15000 and 15000 ms; defaults 5000, 15000, 15000")
def test_the_times_of_an_address_are_those_behind_its_hash_sign():
    assert overrides_in("https://a.example/") == Overrides(5.0, 15.0, 15.0, 1)
    given = overrides_in("https://a.example/#ct=100&rt=15000&tt=9000&rc=5&rp=all&e=dublin&sni=y")
    assert given == Overrides(0.1, 15.0, 9.0, 5, frozenset({"all"}))


@pytest.mark.parametrize("wrong", ["ct=99", "ct=10001", "rt=15001", "tt=x", "rc=6", "rc=-1", "x=1", "ct"])
def test_a_number_out_of_its_range_counts_as_the_default(wrong):
    assert overrides_in(f"https://a.example/#{wrong}") == Overrides()


def test_the_times_reach_the_connection():
    timeout = call_with(failing(), voice_url=f"{HERE}/voice#ct=700&rt=3000").asked[0]["timeout"]
    assert (timeout["connect"], timeout["read"]) == (0.7, 3.0)


def test_a_shorter_time_to_answer_is_obeyed():
    played = call(END, latency=3.1, voice_url=f"{HERE}/voice#rt=3000")
    assert (played.codes(), played.one("error")["at"]) == ([11200], 3.0)


@fact("3: 11203 when tt is used up")
def test_a_shorter_total_is_obeyed_over_all_attempts():
    played = call(END, latency=3.1, voice_url=f"{HERE}/voice#tt=3000")
    assert (played.codes(), played.one("error")["at"]) == ([11203], 3.0)
    again = call_with(failing(500), latency=2.0, voice_url=f"{HERE}/voice#tt=3000&rp=5xx")
    assert (again.codes(), again.one("error")["at"]) == ([11203], 3.0)


def test_an_answer_that_drips_for_too_long_is_cut_off():
    clock = iter([0.0, 0.0, 16.0, 16.0])

    def drip():
        yield b"<Response>"
        yield b"</Response>"

    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=drip())))
    problem = send(client, client.build_request("GET", HERE), Overrides(), 15.0, lambda: next(clock))
    assert problem.code == 11200


def test_the_time_of_an_answer_may_depend_on_its_address():
    played = call(gathering(), press("1#"), latency=lambda url, took: 4.0 if url.endswith("/keys") else 0.1)
    assert [answer["seconds"] for answer in played.of("response")] == [0.1, 4.0]


@fact("5: a trial account's calls are cut off at 10 minutes (13805)")
def test_a_trial_call_ends_after_ten_minutes():
    played = call('<Pause length="700"/>', trial=True)
    assert played.codes() == []  # not answered yet
    cut = call('<Say>1</Say><Pause length="700"/>', trial=True)
    assert (cut.codes(), cut.one("end")["at"]) == ([13805], 0.25 + TRIAL_SECONDS)
    assert cut.end == ("carrier", "a trial call lasts 600 seconds", "completed")
    assert call('<Say>1</Say><Pause length="700"/>').codes() == []


@fact("5: a call that exceeds the account's longest duration ends with 32015")
def test_a_call_ends_at_the_limit_of_the_account():
    played = call('<Say>1</Say><Pause length="700"/>', max_seconds=300.0)
    assert (played.codes(), played.one("end")["at"]) == ([32015], 300.0)


# -- attempts ------------------------------------------------------------------------------------------

REFUSED = httpx.ConnectError("refused")
SLOW = httpx.ReadTimeout("slow")


@fact("3: two attempts to connect, of 5 s each", "3: rc: 0 to 5 retries, 1 by default")
def test_a_failure_to_connect_is_tried_once_more():
    assert call_with(failing(REFUSED)).codes() == []
    assert call_with(failing(REFUSED, REFUSED)).codes() == [11205]
    assert len(call_with(failing(*[REFUSED] * 9)).asked) == 2


@fact("3: retries of one request carry the same I-Twilio-Idempotency-Token")
def test_every_attempt_carries_the_same_idempotency_token():
    played = call_with(failing(REFUSED, REFUSED), voice_url=f"{HERE}/voice#rc=3")
    tokens = {asked["headers"]["i-twilio-idempotency-token"] for asked in played.asked}
    assert (len(played.asked), len(tokens)) == (3, 1)
    assert [asked.get("attempt") for asked in played.of("request")] == [None, 2, 3]


@fact("3: rp: a list of 4xx, 5xx, ct, rt, all")
@pytest.mark.parametrize(
    ("policy", "failure", "attempts"),
    [
        ("", 500, 1),
        ("", SLOW, 1),
        ("rp=5xx", 503, 3),
        ("rp=5xx", 404, 1),
        ("rp=4xx", 404, 3),
        ("rp=4xx,5xx", 500, 3),
        ("rp=rt", SLOW, 3),
        ("rp=rt", REFUSED, 1),
        ("rp=ct,rt", REFUSED, 3),
        ("rp=all", 404, 3),
        ("rp=all", SLOW, 3),
        ("rp=all&rc=0", 500, 1),
    ],
)
def test_what_is_tried_again_is_what_the_policy_says(policy, failure, attempts):
    url = f"{HERE}/voice#rt=3000&rc=2&{policy}"
    assert len(call_with(failing(*[failure] * 9), voice_url=url, latency=0.1).asked) == attempts


def test_nothing_is_tried_again_when_the_time_is_used_up():
    played = call(END, latency=20.0, voice_url=f"{HERE}/voice#rp=rt&rc=3")
    assert (len(played.asked), played.one("error")["at"]) == (1, 15.0)


def test_a_good_answer_is_never_asked_for_again():
    assert len(call_with(failing(), voice_url=f"{HERE}/voice#rp=all&rc=5").asked) == 1


@fact("3: 11243 for an rp that cannot be read")
@pytest.mark.parametrize("policy", ["sometimes", "5xx,never", "500", "4xx;5xx", "ALL"])
def test_a_policy_that_cannot_be_read_is_an_error_before_anything_is_asked(policy):
    pages = {"/voice": END, "/fallback": "<Say>hello</Say>"}
    played = call(pages, voice_url=f"{HERE}/voice#rp={policy}", fallback_url=f"{HERE}/fallback")
    assert (played.codes(), played.paths()) == ([11243], ["/fallback"])


@fact("3: e and sni are accepted")
def test_the_edge_and_the_server_name_change_nothing():
    plain, chosen = (call(END, voice_url=f"{HERE}/voice{end}") for end in ("", "#e=ashburn&sni=y"))
    assert plain.events == chosen.events


@pytest.mark.parametrize(("verify_code", "code"), [(62, 11235), (10, 11236), (20, 11237), (18, 11237)])
@fact("7: 11220 TLS; 11235-11237 certificates")
def test_a_certificate_that_is_not_accepted_has_the_code_of_its_cause(verify_code, code):
    def refuse(_: httpx.Request) -> httpx.Response:
        bad = ssl.SSLCertVerificationError("no")
        bad.verify_code = verify_code
        raise httpx.ConnectError("tls") from bad

    def shake(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("tls") from ssl.SSLError("no")

    assert call_with(refuse).codes() == [code]
    assert call_with(shake).codes() == [11220]


# -- what is remembered --------------------------------------------------------------------------------


def changing(tag: dict[str, str], asked_with: str) -> Callable[[httpx.Request], httpx.Response]:
    """A document that redirects to itself twice and never changes."""
    count = iter(range(3))

    def answer(request: httpx.Request) -> httpx.Response:
        match next(count):
            case 0:
                return document("<Redirect method='GET'>/voice</Redirect>", **tag)
            case 1:  # the first with in-progress: another address
                return document("<Redirect method='GET'>/voice</Redirect>", **tag)
            case _:
                assert request.headers[asked_with] in tag.values()
                return httpx.Response(304)

    return answer


@fact("3: GET answers are remembered by ETag and Last-Modified")
@pytest.mark.parametrize(
    ("tag", "asked_with"),
    [
        ({"ETag": '"1"'}, "If-None-Match"),
        ({"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}, "If-Modified-Since"),
    ],
)
def test_an_unchanged_document_is_played_from_memory(tag, asked_with):
    played = call_with(changing(tag, asked_with), voice_method="GET", max_requests=3)
    assert [answer["status"] for answer in played.of("response")] == [200, 200, 304]
    assert played.codes() == [0]  # it was played again, and asked for again: the guard ended the call


@fact("3: POST answers are never remembered")
def test_a_post_is_asked_for_anew():
    played = call_with(lambda _: document("<Redirect/>", ETag='"1"'), max_requests=3)
    assert not any("if-none-match" in asked["headers"] for asked in played.asked)


# -- files ---------------------------------------------------------------------------------------------

SOUND = {"a.mp3": "audio/mpeg", "b.wav": "audio/wav", "page": "text/html"}


def sounds() -> dict[str, Callable]:
    return {f"/{name}": lambda asked: Response("..", content_type=SOUND[asked.path[1:]]) for name in SOUND}


@fact("4: several Plays in a Gather are all fetched before the first is played")
def test_all_files_of_a_gather_are_fetched_before_it_begins():
    prompts = "<Play>/a.mp3</Play><Play>/b.wav</Play>"
    played = call(gathering(prompts=prompts) | sounds(), fetch_audio=True)
    kinds = [event.kind for event in played.events if event.kind in ("request", "play")]
    assert kinds == ["request", "request", "request", "play", "play"]
    assert played.asked[1]["query"] == {}


@fact("7: 13420 and 13325: a Play that is no audio")
def test_a_play_that_is_no_audio_asks_the_fallback():
    pages = {"/voice": "<Play>/page</Play>", "/fallback": END} | sounds()
    assert call(pages, fetch_audio=True, fallback_url=f"{HERE}/fallback").codes() == [13420]
    assert call(gathering(prompts="<Play>/page</Play>") | sounds(), fetch_audio=True).codes() == [13325]


def test_a_file_that_is_not_there_is_a_failure():
    pages = {"/voice": "<Play>/gone.mp3</Play>", "/gone.mp3": lambda _: ("no", 404)}
    assert call(pages, fetch_audio=True).codes() == [11200]


def test_files_are_not_fetched_unless_they_are_to_be():
    assert call("<Play>/gone.mp3</Play>").paths() == ["/voice"]


# -- callbacks -----------------------------------------------------------------------------------------

ALL = ("initiated", "ringing", "answered", "completed")


def told(played: Played) -> list[dict[str, str]]:
    return [asked["form"] for asked in played.asked if asked["path"] == "/over"]


@fact(
    "1: StatusCallbackEvent: initiated, ringing, answered, completed; only completed by default",
    "2: progress events carry Timestamp, SequenceNumber and CallbackSource",
    "2: dates are RFC 2822, in GMT",
)
def test_the_status_callback_is_told_each_event_in_order():
    pages = {"/voice": "<Say>1 2 3</Say>", "/over": ""}
    start = datetime(2026, 11, 2, 10, 0, 0, tzinfo=UTC)
    forms = told(call(pages, status_url=f"{HERE}/over", status_events=ALL, started_at=start))
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}
    assert forms[0]["Timestamp"] == "Mon, 02 Nov 2026 10:00:00 +0000"
    assert forms[-1]["Timestamp"] == "Mon, 02 Nov 2026 10:00:01 +0000"
    assert ["CallDuration" in form for form in forms] == [False, False, False, True]


def test_only_the_end_is_told_by_default_and_strictly_without_what_is_inferred():
    pages = {"/voice": "<Say>1 2 3</Say>", "/over": ""}
    (form,) = told(call(pages, status_url=f"{HERE}/over"))
    assert (form["CallStatus"], form["SequenceNumber"]) == ("completed", "0")
    assert "Timestamp" not in form
    (strict,) = told(call(pages, status_url=f"{HERE}/over", strict=True))
    assert not {"SequenceNumber", "CallbackSource"} & set(strict)


def test_a_call_that_is_never_answered_is_told_so():
    forms = told(call({"/voice": "<Reject/>", "/over": ""}, status_url=f"{HERE}/over", status_events=ALL))
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "no-answer"]


@fact("2: a status callback is answered with 204, or 200 and a document; otherwise there is a warning")
@pytest.mark.parametrize(
    ("reply", "codes"),
    [
        (lambda _: ("", 204), []),
        (lambda _: twiml(""), []),
        (lambda _: Response("ok", content_type="application/json"), [12300]),
        (lambda _: Response("ok", content_type="text/html"), [12100]),
        (lambda _: redirect("/elsewhere"), [11200]),
    ],
)
def test_a_status_callback_that_is_answered_oddly_is_a_warning(reply, codes):
    played = call({"/voice": END, "/over": reply}, status_url=f"{HERE}/over")
    assert (played.codes("warning"), played.of("error")) == (codes, [])


def test_the_end_is_told_even_of_a_call_that_would_not_end():
    played = call({"/voice": "<Redirect/>", "/over": ""}, status_url=f"{HERE}/over", max_requests=5)
    assert told(played)[0]["CallStatus"] == "completed"


# -- who calls -----------------------------------------------------------------------------------------


@fact("2: From may be withheld (anonymous, unknown) or not in E.164 form")
@pytest.mark.parametrize("caller", ["anonymous", "unknown", "Restricted", "266696687", "sip:jenny@voice.example", ""])
def test_a_withheld_or_odd_caller_is_sent_as_it_came(caller):
    form = call(END, dialling=Dialling(caller, "+49800", "CA1", "AC1")).asked[0]["form"]
    assert form["From"] == form["Caller"] == caller


@fact(
    "1: VoiceCallerIdLookup is false by default",
    "2: CallerName, ParentCallSid, CallToken, StirVerstat, StirPassportToken and AddOns where there are any",
)
def test_what_is_known_beyond_the_ordinary_is_sent_only_if_it_is_known():
    extra = {
        "CallerName": "JENNY",
        "ParentCallSid": "CA2",
        "CallToken": "t",
        "StirVerstat": "TN-Validation-Passed-A",
        "StirPassportToken": "p",
        "AddOns": "{}",
    }
    known = Dialling(
        "+491",
        "+49800",
        "CA1",
        "AC1",
        caller_name="JENNY",
        parent_call_sid="CA2",
        call_token="t",
        verification="TN-Validation-Passed-A",
        passport="p",
        add_ons="{}",
    )
    form = call(END, dialling=known).asked[0]["form"]
    assert {name: form[name] for name in extra} == extra
    assert not set(extra) & set(call(END).asked[0]["form"])


# -- the table of errors -------------------------------------------------------------------------------

DOCUMENTED = [
    *[11100, 11200, 11201, 11202, 11203, 11205, 11206, 11210, 11215, 11220, 11235, 11236, 11237, 11243, 11750, 11770],
    *[12100, 12101, 12102, 12200, 12300, 12400, 13201, 13210, 13212, 13213, 13214, 13215, 13216, 13217, 13221, 13222],
    *[13223, 13224, 13225, 13226, 13227, *range(13230, 13239), 13241, 13242, 13243, 13244],
    *[13310, 13311, 13312, 13313, 13314, 13320, 13321, 13322, 13325, *range(13326, 13335), 13338],
    *[13410, 13420, 13430, 13510, 13511, 13512, 13520, 13521, 13610, 13611, 13612, 13613, 13614, 13615, 13617, 13618],
    *[13710, 13803, 13805, 13810, 13910, 13999, 32015],
]


@fact("7: every documented code is known, with severity, cause and cure")
@pytest.mark.parametrize("code", DOCUMENTED)
def test_a_documented_code_says_what_is_wrong_and_what_to_do(code):
    about = CODES[code]
    assert all((about.title, about.cause, about.cure))
    assert (about.severity == "fatal") == ((11000 <= code < 13000 and code != 12200) or code in (13325, 13420))


@fact("7: 12101 another version of XML")
def test_another_version_of_xml_is_an_error():
    body = '<?xml version="1.1"?><Response/>'
    played = call({"/voice": lambda _: Response(body, content_type="text/xml")})
    assert played.codes() == [12101]


@pytest.mark.parametrize(("say", "code"), [('voice="nobody"', 13511), ('language="?"', 13512)])
@fact("7: 13511 voice and 13512 language of a Say")
def test_an_unknown_voice_or_language_is_told(say, code):
    played = call(f"<Say {say}>a</Say>")
    assert (played.codes("warning"), played.said()) == ([code], ["a"])


@fact("5: a Say takes 4096 characters (Polly 3000 without tags, Google 5000 with tags), 4500 when URL-encoded")
@pytest.mark.parametrize(
    ("voice", "text", "codes"),
    [
        ("man", "a" * 4096, []),
        ("man", "a" * 4097, [13521]),
        ("man", "ä" * 750, []),
        ("man", "ä" * 751, [13521]),
        ("Polly.Joanna", "a" * 3000 + '<break time="1s"/>', []),
        ("Polly.Joanna", "a" * 3001, [13521]),
        ("Google.en-US-Wavenet-A", "a" * 4400 + "<break/>" * 80, [13521]),
        ("Google.en-US-Wavenet-A", "a" * 4400 + "<break/>" * 60, []),
    ],
)
def test_a_say_takes_only_so_much(voice, text, codes):
    assert call(f'<Say voice="{voice}">{text}</Say>').codes() == codes
