"""The simulated carrier calls tiny voice applications written here: what Twilio does, as sentences."""

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from calling import CALL, END, HERE, TOKEN, Page, Played, application, call, gathering, hang_up, press, twiml
from conformance import fact
from flask import Flask, Request, Response, redirect, session
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server

from ivr.simulator.carrier import CANNED_MESSAGE, Carrier, Dialling, Event
from ivr.simulator.carrier_errors import CODES
from ivr.simulator.document import NOT_PLAYED_YET
from ivr.simulator.line import LiveLine, ScriptedLine
from ivr.simulator.signature import sign
from ivr.simulator.speech_time import speech_seconds

# -- what is played ------------------------------------------------------------------------------------


def test_a_call_says_its_text_and_ends_with_the_document():
    played = call("<Say>Good day</Say>")
    assert [event.kind for event in played.events] == ["request", "response", "answered", "say", "end"]
    assert played.end == ("application", "end of the document", "completed")


def test_saying_takes_the_time_that_speech_takes():
    played = call('<Say language="de-DE" voice="Polly.Marlene">Guten Tag, hier ist das Amt.</Say>')
    say = played.one("say")
    assert say["seconds"] == speech_seconds("Guten Tag, hier ist das Amt.", "de-DE")
    assert (say["language"], say["voice"], say["gather"]) == ("de-DE", "Polly.Marlene", False)
    assert played.one("end")["at"] == pytest.approx(0.25 + say["seconds"], abs=0.001)


@fact("5: breaks take their time")
def test_speech_markup_is_flattened_to_words_and_its_breaks_take_time():
    marked = call('<Say>1 2<break time="2s"/><prosody rate="50%">3 4</prosody> <sub alias="five">5</sub></Say>')
    assert marked.said() == ["1 2 3 4 five"]
    assert marked.one("say")["seconds"] == pytest.approx(2 * 0.34 + 2 + 4 * 0.34 + 4 / 17.1, abs=0.02)


@fact("5: digits with spaces, or marked for it, are said one by one")
def test_digits_marked_for_spelling_are_said_one_by_one():
    assert call('<Say><say-as interpret-as="digits">123</say-as></Say>').said() == ["1 2 3"]


@fact("5: loop is 1 by default; 0 goes on until the caller hangs up")
def test_a_loop_repeats_and_a_loop_of_zero_goes_on_until_the_caller_hangs_up():
    assert call('<Say loop="3">Hello</Say>').said() == ["Hello"] * 3
    endless = call('<Say loop="0">1 2 3</Say>', hang_up(on="answered", after=10.0))
    assert len(endless.said()) == 10
    assert endless.end == ("caller", "hung up", "completed")


@fact("5: Play plays files, and digits with w (0.5 s) and W (1 s)")
def test_a_file_is_named_in_full_and_digits_are_played_with_their_waits():
    played = call('<Play>hold.mp3</Play><Play digits="1ww2W"/>', audio_seconds=7.0)
    sound, digits = played.of("play")
    assert (sound["url"], sound["seconds"]) == (f"{HERE}/hold.mp3", 7.0)
    assert (digits["digits"], digits["seconds"]) == ("1ww2W", 2.5)


@fact("5: Pause is 1 s by default")
def test_a_pause_takes_its_length():
    played = call('<Say>1</Say><Pause length="4"/><Pause/>')
    assert [pause["seconds"] for pause in played.of("pause")] == [4.0, 1.0]


@fact("5: Pause as the first verb delays answering")
def test_a_pause_at_the_beginning_delays_answering():
    played = call('<Pause length="4"/><Say>1</Say>')
    assert played.one("answered")["at"] == 4.25


@fact("5: Hangup ends the call")
def test_a_hangup_ends_the_call_and_nothing_behind_it_is_said():
    played = call("<Say>one</Say><Hangup/><Say>two</Say>")
    assert played.said() == ["one"]
    assert played.end == ("application", "Hangup", "completed")


@pytest.mark.parametrize(("reject", "status"), [("<Reject/>", "no-answer"), ('<Reject reason="busy"/>', "busy")])
@fact("5: Reject as the first verb leaves the call unanswered: no-answer, or busy")
def test_a_reject_at_the_beginning_leaves_the_call_unanswered(reject, status):
    played = call(reject)
    assert played.of("answered") == []
    assert played.end == ("application", "Reject", status)


@fact("5: Reject stops the answer only as the first verb")
def test_a_reject_after_the_call_was_answered_only_hangs_up():
    assert call("<Say>one</Say><Reject/>").end == ("application", "Reject", "completed")


@fact("5: Redirect is a POST, ends its document, and is relative to it")
def test_a_redirect_goes_to_another_document_relative_to_this_one():
    played = call(
        {"/a/voice": "<Redirect>next?x=1</Redirect><Say>no</Say>", "/a/next": END},
        voice_url=f"{HERE}/a/voice",
    )
    assert played.paths() == ["/a/voice", "/a/next"]
    assert played.asked[1]["query"] == {"x": "1"}


@fact("5: an empty Redirect is the current document")
def test_an_empty_redirect_asks_for_the_current_document_again():
    times = iter(["<Redirect/>", END])
    played = call({"/voice": lambda _: twiml(next(times))}, voice_url=f"{HERE}/voice?step=2")
    assert [asked["url"] for asked in played.asked] == [f"{HERE}/voice?step=2"] * 2


@fact("5: the end of the document hangs up")
def test_an_empty_document_ends_the_call():
    assert call("").end == ("application", "end of the document", "completed")


@fact("5: a loop of 0 is at most 1,000 times")
def test_a_loop_of_zero_ends_after_a_thousand_times():
    assert len(call('<Say loop="0">1</Say>').said()) == 1000


@fact("5: XML comments are ignored")
def test_comments_are_ignored():
    played = call("<!-- a --><Say>one<!-- two --></Say><!-- b -->")
    assert (played.said(), played.codes()) == (["one"], [])


@fact("5: Say: voice man, language en-US by default")
def test_a_text_is_said_in_american_english_by_a_man_where_nothing_else_is_said():
    say = call("<Say>one</Say>").one("say")
    assert (say["voice"], say["language"]) == ("man", "en-US")


@fact("5: commas and full stops are pauses")
def test_marks_in_a_text_are_pauses():
    plain, comma, stop = (call(f"<Say>one{mark} two</Say>").one("say")["seconds"] for mark in ("", ",", "."))
    assert plain < comma < stop


@fact("5: a break is at most 10 s (Amazon)")
def test_no_break_is_longer_than_ten_seconds():
    assert call('<Say>a<break time="60s"/></Say>').one("say")["seconds"] < 11


@fact("5: a Hangup as the first verb does not prevent answering")
def test_a_hangup_at_the_beginning_answers_the_call():
    assert len(call("<Hangup/>").of("answered")) == 1


@fact("4: the verbs behind a Gather are not reached once digits were sent")
def test_nothing_behind_a_gather_is_said_once_keys_were_sent():
    assert call(gathering(), press("1#")).said() == []


# -- keys ----------------------------------------------------------------------------------------------


@fact(
    "2: msg=Gather End, and FinishedOnKey (the key itself is an inference)",
    "4: finishOnKey is # by default; the digits do not contain it",
)
def test_a_gather_ends_at_the_hash_and_sends_the_digits_without_it():
    played = call(gathering(), press("123#"))
    assert played.paths() == ["/voice", "/keys"]
    form = played.asked[1]["form"]
    assert (form["Digits"], form["FinishedOnKey"], form["msg"]) == ("123", "#", "Gather End")
    assert played.one("gathered")["why"] == "finish key"


@fact("2: FinishedOnKey is empty in every capture (strict)")
def test_strictly_documented_facts_leave_the_finish_key_empty():
    played = call(gathering(), press("123#"), strict=True)
    assert played.asked[1]["form"]["FinishedOnKey"] == ""


@fact("4: a Gather ends on numDigits; without it there is no limit")
def test_a_gather_ends_with_its_number_of_digits_and_no_finish_key():
    played = call(gathering('numDigits="3"'), press("123"))
    assert (played.asked[1]["form"]["Digits"], played.asked[1]["form"]["FinishedOnKey"]) == ("123", "")
    assert played.one("gathered")["why"] == "number of digits"


@fact("4: a Gather ends after timeout seconds without another key")
def test_a_gather_ends_when_no_further_key_comes_within_the_timeout():
    played = call(gathering('timeout="3"'), press("12", gap=2.9))
    assert (played.one("gathered")["digits"], played.one("gathered")["why"]) == ("12", "timeout")
    assert played.one("gathered")["at"] == pytest.approx(played.of("key")[-1]["at"] + 3.0)


@fact("4: a Gather ends after timeout seconds without another key")
def test_the_timeout_counts_anew_from_each_key():
    played = call(gathering('timeout="3"'), press("12345#", gap=2.9))
    assert played.one("gathered")["digits"] == "12345"


@fact("4: timeout is 5 s by default")
def test_the_timeout_is_five_seconds_where_none_is_given():
    assert call(gathering()).one("wait")["seconds"] == 5


@fact("4: the timeout begins when the prompts end, or at the first key")
def test_the_timeout_begins_when_the_prompts_are_over():
    played = call(gathering(prompts='<Say>1 2 3</Say><Pause length="2"/>', after=""))
    say, pause = played.one("say"), played.one("pause")
    assert say["gather"] is pause["gather"] is True
    assert played.one("wait")["at"] == pytest.approx(0.25 + say["seconds"] + 2.0, abs=0.001)
    assert played.one("gathered")["at"] == pytest.approx(played.one("wait")["at"] + 5.0)


@fact("4: the first key stops the prompts")
def test_the_first_key_stops_the_prompt_and_all_prompts_behind_it():
    prompts = "<Say>a long story, told at length</Say><Say>and then another one</Say>"
    played = call(gathering(prompts=prompts), press("5#", after=0.5))
    assert played.said() == ["a long story, told at length"]
    assert played.of("wait") == []
    assert played.one("gathered")["at"] == 0.85


def test_a_key_in_the_second_prompt_counts_as_well():
    played = call(gathering(prompts="<Say>one</Say><Play>two.mp3</Play>"), press("5#", on="play"))
    assert played.one("gathered")["digits"] == "5"


@fact("4: without digits there is no request, and the next verb follows")
def test_silence_falls_through_to_the_next_verb_without_a_request():
    played = call(gathering())
    assert (played.one("gathered")["why"], played.said(), played.paths()) == (
        "silence",
        ["silent"],
        ["/voice"],
    )


@fact("4: the finish key before any digit: no request, and the next verb follows")
def test_the_finish_key_first_falls_through_without_a_request():
    played = call(gathering(), press("#"))
    assert played.one("gathered")["why"] == "finish key first"
    assert (played.said(), played.paths()) == (["silent"], ["/voice"])


def test_two_gathers_in_a_row_are_walked_through_by_silence():
    twice = '<Gather action="/one"><Say>a</Say></Gather><Gather action="/two"><Say>b</Say></Gather>'
    played = call({"/voice": twice, "/two": END}, press("7#", on="say", after=8.0))
    assert played.paths() == ["/voice", "/two"]


@pytest.mark.parametrize(("keys", "finished_on"), [("", ""), ("#", "#")])
@fact("4: actionOnEmptyResult is false by default; with it, the action is asked in any case")
def test_action_on_empty_result_asks_the_action_with_no_digits(keys, finished_on):
    played = call(gathering('actionOnEmptyResult="true"'), press(keys))
    form = played.asked[1]["form"]
    assert (form["Digits"], form["FinishedOnKey"]) == ("", finished_on)
    assert played.said() == []


@fact("4: with an empty finishOnKey all keys are digits")
def test_an_empty_finish_key_makes_every_key_a_digit():
    played = call(gathering('finishOnKey="" numDigits="4"'), press("1#*2"))
    assert played.asked[1]["form"]["Digits"] == "1#*2"


@fact("4: finishOnKey is one of 0-9 # * or empty")
def test_another_finish_key_makes_the_hash_a_digit():
    played = call(gathering('finishOnKey="*"'), press("1#*"))
    assert (played.asked[1]["form"]["Digits"], played.asked[1]["form"]["FinishedOnKey"]) == ("1#", "*")


@fact("4: action: the current document by default (the documented infinite loop)")
def test_without_an_action_the_current_document_is_asked():
    times = iter(["<Gather/>", END])
    played = call({"/voice": lambda _: twiml(next(times))}, press("1#"), voice_url=f"{HERE}/voice?block=2")
    assert played.asked[1]["url"] == f"{HERE}/voice?block=2"
    assert played.asked[1]["form"]["Digits"] == "1"


@fact(
    "4: method GET or POST; POST by default",
    "6: the signature of a GET has no parameters",
)
def test_a_gather_with_get_sends_everything_in_the_query():
    played = call(gathering('method="GET"'), press("1#"))
    assert played.asked[1]["method"] == "GET"
    assert played.asked[1]["query"]["Digits"] == "1"
    assert played.asked[1]["form"] == {}


def test_an_open_gather_tells_what_it_listens_for():
    listen = call(gathering('numDigits="49" timeout="9"')).one("listen")
    assert (listen["numDigits"], listen["finishOnKey"], listen["timeout"]) == (49, "#", 9)
    assert (listen["input"], listen["action"]) == ("dtmf", f"{HERE}/keys")


@pytest.mark.parametrize("verb", ["<Say>nobody listens now</Say>", '<Pause length="2"/>', "<Play>a.mp3</Play>"])
def test_a_key_outside_a_gather_is_lost(verb):
    played = call(verb, press("7", on=re.findall(r"\w+", verb)[0].lower()))
    assert (played.one("lost")["key"], played.one("lost")["why"]) == ("7", "nothing was listening")


@fact("4: keys before the Gather has started are lost")
def test_a_key_pressed_while_a_request_is_under_way_is_lost():
    played = call(gathering(), press("12#34", gap=0.1))
    assert [lost["key"] for lost in played.of("lost")] == ["3", "4"]
    assert {lost["why"] for lost in played.of("lost")} == {"the request was under way"}


@fact("4: keys before the Gather has started are lost")
def test_keys_before_the_gather_are_not_kept_for_it():
    played = call({"/voice": '<Say>enter</Say><Gather action="/keys"/>', "/keys": END}, press("1", on="say"))
    assert played.one("gathered")["why"] == "silence"


def test_every_key_of_a_gather_is_told_with_the_digits_so_far():
    played = call(gathering(), press("12#"))
    assert [(key["key"], key["digits"]) for key in played.of("key")] == [("1", "1"), ("2", "12"), ("#", "12")]


# -- the caller hangs up -------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_in_a_prompt_ends_the_call_there():
    played = call(gathering(prompts="<Say>a long story, told at length</Say>"), hang_up(on="say", after=1.0))
    assert played.one("end")["at"] == 1.25
    assert played.end == ("caller", "hung up", "completed")


def test_a_caller_who_hangs_up_before_the_answer_was_not_answered():
    assert call("<Say>one</Say>", hang_up(on="request", after=0.1)).end[2] == "no-answer"


# -- putting through -----------------------------------------------------------------------------------


def test_a_dial_rings_talks_and_tells_its_action():
    pages = {"/voice": '<Dial action="/after"><Number>+4930123</Number></Dial>', "/after": END}
    played = call(pages, dial_seconds=40.0, ring_seconds=3.0)
    dial = played.one("dial")
    assert (dial["number"], dial["outcome"], dial["seconds"]) == ("+4930123", "completed", 43.0)
    form = played.asked[1]["form"]
    assert (form["DialCallStatus"], form["DialCallDuration"]) == ("completed", "40")
    assert re.fullmatch(r"CA[0-9a-f]{32}", form["DialCallSid"])


@fact("5: a Dial without an action goes on with the document")
def test_a_dial_without_an_action_goes_on_with_the_document():
    assert call("<Dial>+4930123</Dial><Say>welcome back</Say>").said() == ["welcome back"]


@pytest.mark.parametrize(("outcome", "seconds"), [("busy", 2.0), ("no-answer", 12.0), ("failed", 0.0)])
def test_a_dial_that_reaches_nobody_says_so(outcome, seconds):
    pages = {"/voice": '<Dial action="/after" timeout="12">+4930123</Dial>', "/after": END}
    played = call(pages, dial_outcome=outcome)
    assert played.one("dial")["seconds"] == seconds
    assert played.asked[1]["form"]["DialCallStatus"] == outcome
    assert "DialCallDuration" not in played.asked[1]["form"]


def test_a_dial_lasts_no_longer_than_its_time_limit():
    played = call('<Dial timeLimit="10">+4930123</Dial>', dial_seconds=60.0, ring_seconds=0.0)
    assert played.one("dial")["seconds"] == 10


def test_a_key_after_the_caller_was_put_through_is_lost():
    played = call("<Dial>+4930123</Dial>", press("1", on="dial"))
    assert played.one("lost")["why"] == "the caller was put through"


# -- what is asked -------------------------------------------------------------------------------------

GOLDEN = (
    "AccountSid ApiVersion CallSid CallStatus Called CalledCity CalledCountry CalledState CalledZip Caller "
    "CallerCity CallerCountry CallerState CallerZip Digits Direction FinishedOnKey From FromCity FromCountry "
    "FromState FromZip To ToCity ToCountry ToState ToZip msg"
)


@fact(
    "1: the first request of an inbound call says ringing",
    "2: always: CallSid, AccountSid, From, To, CallStatus, ApiVersion 2010-04-01, Direction",
    "2: the older names Caller… and Called… as well",
)
def test_the_first_request_is_ringing_and_carries_what_every_request_carries():
    form = call(END).asked[0]["form"]
    assert list(form) == [name for name in GOLDEN.split() if name not in ("Digits", "FinishedOnKey", "msg")]
    assert (form["CallStatus"], form["ApiVersion"], form["Direction"]) == ("ringing", "2010-04-01", "inbound")
    assert form["From"] == form["Caller"] == "+14158675309"
    assert form["To"] == form["Called"] == "+18005551212"
    assert (form["FromCity"], form["ToCountry"]) == ("", "")


@fact(
    "1: later requests say in-progress",
    "2: a Gather's action gets exactly the captured parameters, with empty places as empty strings",
)
def test_a_request_with_keys_carries_exactly_the_captured_parameters():
    form = call(gathering(), press("300#")).asked[1]["form"]
    assert list(form) == GOLDEN.split()
    assert form["CallStatus"] == "in-progress"


@fact("2: places where they are known; ForwardedFrom and CalledVia of a forwarded call")
def test_what_is_known_of_both_ends_is_sent_under_both_names():
    known = Dialling(
        "anonymous", "+49800", "CA1", "AC1", caller_country="DE", dialled_country="AT", forwarded_from="+491"
    )
    form = call(END, dialling=known).asked[0]["form"]
    assert form["FromCountry"] == form["CallerCountry"] == "DE"
    assert form["ToCountry"] == form["CalledCountry"] == "AT"
    assert form["ForwardedFrom"] == form["CalledVia"] == "+491"


@fact("2: the captured headers")
def test_requests_carry_the_captured_headers():
    headers = call(END).asked[0]["headers"]
    assert headers["Accept"] == "*/*"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["Cache-Control"] == "max-age=259200"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["X-Home-Region"] == "us1"


@fact("2: I-Twilio-Idempotency-Token is a UUID")
def test_every_request_has_an_idempotency_token_of_its_own():
    played = call(gathering(), press("1#"))
    tokens = [asked["headers"]["I-Twilio-Idempotency-Token"] for asked in played.asked]
    assert len({uuid.UUID(token) for token in tokens}) == 2
    assert tokens == [asked["token"] for asked in played.of("request")]


@fact("1: VoiceMethod is POST by default")
def test_requests_are_told_with_their_parameters_but_not_with_their_signature():
    played = call(END)
    asked = played.one("request")
    assert (asked["method"], asked["url"], asked["params"]) == (
        "POST",
        f"{HERE}/voice",
        played.asked[0]["form"],
    )
    assert played.asked[0]["headers"]["X-Twilio-Signature"] not in json.dumps(played.of("request"))


def test_answers_are_told_with_their_body_and_the_time_they_took():
    response = call(END, latency=0.4).one("response")
    assert (response["status"], response["seconds"], response["at"]) == (200, 0.4, 0.4)
    assert response["body"] == "<Response><Hangup/></Response>"


def test_without_a_token_nothing_is_signed():
    assert "X-Twilio-Signature" not in call(END, auth_token=None).asked[0]["headers"]


@fact("3: the fragment is stripped from the request and from the signature")
def test_connection_overrides_behind_a_hash_sign_are_neither_sent_nor_signed():
    played = call(END, voice_url=f"{HERE}/voice#ct=1000&rc=2")
    asked = played.asked[0]
    signature = asked["headers"]["X-Twilio-Signature"]
    assert asked["url"] == played.one("request")["url"] == f"{HERE}/voice"
    assert RequestValidator(TOKEN).validate(f"{HERE}/voice", asked["form"], signature)


def test_a_get_keeps_the_query_of_its_address():
    asked = call(END, voice_url=f"{HERE}/voice?step=2#rc=2", voice_method="GET").asked[0]
    assert (asked["query"]["step"], asked["query"]["CallSid"]) == ("2", CALL.call_sid)


def test_an_address_without_a_path_is_that_of_the_root():
    played = call({"/": END}, voice_url=HERE)
    asked = played.asked[0]
    assert asked["url"] == played.one("request")["url"] == f"{HERE}/"
    assert RequestValidator(TOKEN).validate(asked["url"], asked["form"], asked["headers"]["X-Twilio-Signature"])


@fact("3: cookies are accepted and returned, per call")
def test_cookies_come_back_within_a_call_and_are_forgotten_before_the_next():
    def count(_: Request) -> Response:
        session["n"] = session.get("n", 0) + 1
        return twiml(f"<Say>{session['n']}</Say>" + ("<Redirect/>" if session["n"] < 3 else END))

    app = application({"/voice": count}, [])
    with httpx.Client(transport=httpx.WSGITransport(app=app)) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=f"{HERE}/voice")
        calls = [Played(carrier.place(CALL, ScriptedLine(lambda _: None))) for _ in range(2)]
    assert [played.said() for played in calls] == [["1", "2", "3"]] * 2


@fact("3: after a 3xx Digits are not sent again")
def test_a_redirected_action_loses_the_digits():
    pages = gathering() | {"/keys": lambda _: redirect("/keys/"), "/keys/": END}
    played = call(pages, press("123#"))
    assert played.paths() == ["/voice", "/keys", "/keys/"]
    last = played.asked[2]
    assert (last["method"], last["form"]) == ("GET", {})
    assert last["query"]["CallSid"] == CALL.call_sid
    assert not {"Digits", "FinishedOnKey", "msg"} & set(last["query"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@fact("3: redirects are followed")
def test_every_kind_of_redirect_is_followed(status):
    played = call(
        {
            "/voice": lambda _: redirect("/other/", status),
            "/other/": "<Redirect>next</Redirect>",
            "/other/next": END,
        }
    )
    assert played.paths() == ["/voice", "/other/", "/other/next"]


@fact("3: at most ten redirects, then 11215")
def test_ten_redirects_are_followed_and_the_eleventh_is_too_many():
    def counting(limit: int) -> Callable[[Request], Any]:
        left = iter(range(limit))
        return lambda _: twiml(END) if next(left, None) is None else redirect("/voice")

    assert call({"/voice": counting(10)}).end[0] == "application"
    assert call({"/voice": counting(11)}).codes() == [11215]


@fact(
    "1: StatusCallback is a POST by default",
    "2: a status callback has CallDuration, and does not control the call",
)
def test_the_status_callback_tells_the_end_and_changes_nothing():
    played = call({"/voice": "<Say>1 2 3</Say><Pause length='9'/>", "/over": ""}, status_url=f"{HERE}/over")
    form = played.asked[1]["form"]
    assert (form["CallStatus"], form["CallDuration"]) == ("completed", "10")
    assert played.events[-1].kind == "end"
    assert played.codes() == []


@fact("2: a status callback has CallDuration, and does not control the call")
def test_a_failing_status_callback_is_only_a_warning():
    pages = {"/voice": END, "/over": lambda _: ("no", 500)}
    played = call(pages, status_url=f"{HERE}/over", fallback_url=f"{HERE}/voice")
    assert (played.codes(), played.of("error"), played.end[0]) == ([11200], [], "application")


def test_a_status_callback_to_no_address_is_only_a_warning():
    played = call(END, status_url="nowhere")
    assert (played.codes("warning"), played.of("error")) == ([11100], [])


# -- the signature -------------------------------------------------------------------------------------

VECTOR = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


@pytest.mark.parametrize(
    ("origin", "signature"),
    [
        ("https://mycompany.com", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
)
@fact("6: the published vectors, with and without ports")
def test_the_published_signatures_are_met(origin, signature):
    assert sign("12345", f"{origin}/myapp.php?foo=1&bar=2", VECTOR.items()) == signature


@fact("6: repeated parameters are sorted and without repetition")
def test_the_published_signature_of_repeated_parameters_is_met():
    form = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, form) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@fact("3: the fragment is stripped from the request and from the signature")
def test_the_fragment_is_not_signed():
    assert sign(TOKEN, f"{HERE}/voice#rc=2", VECTOR.items()) == sign(TOKEN, f"{HERE}/voice", VECTOR.items())


@fact("6: the signature is HMAC-SHA1 over the URL and the sorted parameters of a POST")
def test_an_ordinary_flask_application_accepts_every_request():
    accepted = []

    def check(asked: Request) -> Response:
        signature = asked.headers["X-Twilio-Signature"]
        accepted.append(RequestValidator(TOKEN).validate(asked.url, asked.form, signature))
        return twiml(verbs[asked.path])

    verbs = {
        "/voice": '<Gather action="/keys?block=2&amp;block=3" method="GET"/>',
        "/keys": "<Redirect>/next</Redirect>",
        "/next": END,
        "/over": "",
    }
    call(dict.fromkeys(verbs, check), press("12#"), status_url=f"{HERE}/over")
    assert accepted == [True] * 4


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
queries = st.lists(st.tuples(words, words), max_size=4).map(lambda pairs: str(httpx.QueryParams(pairs)))
ports = st.sampled_from(["", ":80", ":443", ":8443"])
paths = st.text("abc/~%20é.-_", max_size=8).map(lambda path: "/" + path.lstrip("/").replace("%", "%25"))
forms = st.lists(st.tuples(words, words), max_size=6)


@given(st.sampled_from(["http", "https"]), ports, paths, queries, words, words, st.sampled_from(["GET", "POST"]))
def test_the_validator_of_twilios_library_accepts_every_request(scheme, port, path, query, caller, city, method):
    accepted = []

    def check(asked: httpx.Request) -> httpx.Response:
        form = MultiDict(parse_qsl(asked.content.decode(), keep_blank_values=True))
        accepted.append(RequestValidator(TOKEN).validate(str(asked.url), form, asked.headers["X-Twilio-Signature"]))
        return httpx.Response(200, text="<Response><Hangup/></Response>", headers={"Content-Type": "text/xml"})

    url = f"{scheme}://voice.example{port}{path}" + (f"?{query}" if query else "")
    dialling = Dialling(caller, "+49800", "CA1", "AC1", caller_city=city)
    with httpx.Client(transport=httpx.MockTransport(check)) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=url, voice_method=method, status_url=url)
        carrier.place(dialling, ScriptedLine(lambda _: None))
    assert accepted == [True, True]


@given(forms)
@fact("6: empty values count (FinishedOnKey=)")
def test_the_validator_accepts_empty_and_repeated_parameters(form):
    assert RequestValidator(TOKEN).validate(f"{HERE}/voice", MultiDict(form), sign(TOKEN, f"{HERE}/voice", form))


# -- what goes wrong -----------------------------------------------------------------------------------


def broken(body: str | bytes = "", status: int = 200, kind: str | None = "text/xml") -> dict[str, Page]:
    def answer(_: Request) -> Response:
        response = Response(body, status)
        if kind is None:
            del response.headers["Content-Type"]
        else:
            response.headers["Content-Type"] = kind
        return response

    return {"/voice": answer, "/fallback": "<Say>one moment</Say>"}


BROKEN = {
    "not xml": (broken("<Response><Say>a</Response>"), 12100),
    "a blank before the declaration": (broken(' <?xml version="1.0"?><Response/>'), 12100),
    "a document type": (broken('<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>'), 12100),
    "a document type in UTF-16": (
        broken('<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>'.encode("utf-16")),
        12100,
    ),
    "another root": (broken("<response/>"), 12102),
    "not found": (broken("<Response/>", 404), 11200),
    "a defect": (broken("oh", 500, "text/html"), 11200),
    "not modified": (broken("", 304), 11200),
    "nothing": (broken(""), 11770),
    "a picture": (broken("<Response/>", kind="image/png"), 12300),
    "no content type": (broken("<Response/>", kind=None), 11200),
    "more than 64 kB": (broken("<Response>" + " " * 65536 + "</Response>"), 11750),
}


@pytest.mark.parametrize("name", BROKEN)
@fact(
    "1: VoiceFallbackUrl is asked on an error in fetching or executing a document",
    "3: the fallback gets ErrorCode and ErrorUrl",
    "3: other content types are 12300; none is shown as a 502",
    "3: more than 64 kB is 11750",
    "3: an empty body is 11770",
    "7: 11200, 12100, 12102, 12300 of what cannot be fetched or parsed",
)
def test_a_fatal_error_asks_the_fallback_url_and_says_what_was_wrong(name):
    pages, code = BROKEN[name]
    played = call(pages, fallback_url=f"{HERE}/fallback")
    form = played.asked[1]["form"]
    assert (form["ErrorCode"], form["ErrorUrl"]) == (str(code), f"{HERE}/voice")
    assert (played.codes(), played.said()) == ([code], ["one moment"])
    assert played.one("error")["cure"] == CODES[code].cure


@pytest.mark.parametrize("name", BROKEN)
@fact("3: without a fallback there is a canned message, and the call ends")
def test_a_fatal_error_without_a_fallback_plays_the_carriers_message_and_ends_the_call(name):
    pages, code = BROKEN[name]
    played = call(pages)
    assert (played.codes(), played.said()) == ([code], [CANNED_MESSAGE])
    assert played.end == ("carrier", f"error {code}", "completed")


def test_a_fallback_that_fails_as_well_is_not_asked_again():
    pages = broken("", 500) | {"/fallback": lambda _: ("no", 500)}
    played = call(pages, fallback_url=f"{HERE}/fallback")
    assert played.paths() == ["/voice", "/fallback"]
    assert played.end[0] == "carrier"


@fact("3: the fallback gets ErrorCode and ErrorUrl")
def test_a_failing_action_asks_the_fallback_with_the_url_of_the_action():
    pages = gathering() | {"/keys": lambda _: ("no", 503), "/fallback": END}
    played = call(pages, press("1#"), fallback_url=f"{HERE}/fallback")
    assert played.asked[2]["form"]["ErrorUrl"] == f"{HERE}/keys"
    assert played.asked[2]["form"]["CallStatus"] == "in-progress"


@pytest.mark.parametrize("address", ["ftp://voice.example/a", "http://[voice/a", "http:///a", "mailto:a@b.example"])
@fact("7: 11100 an address that is none")
def test_an_address_that_is_none_is_an_error(address):
    assert call(f"<Redirect>{address}</Redirect>").codes() == [11100]


@fact("3: more than 64 kB is 11750")
def test_exactly_64_kilobytes_are_accepted():
    body = "<Response>" + " " * (65536 - 21) + "</Response>"
    assert call(broken(body)).codes() == []


@pytest.mark.parametrize("kind", ["text/xml", "application/xml; charset=utf-8", "text/html", "TEXT/XML"])
@fact("3: text/xml, application/xml and text/html are documents")
def test_these_content_types_are_documents(kind):
    assert call(broken("<Response><Say>yes</Say></Response>", kind=kind)).said() == ["yes"]


@fact("3: text/plain is a document if it is one, and is read aloud otherwise")
def test_plain_text_is_a_document_if_it_is_one_and_is_read_aloud_otherwise():
    assert call(broken("<Response><Say>yes</Say></Response>", kind="text/plain")).said() == ["yes"]
    assert call(broken("Good day & goodbye", kind="text/plain")).said() == ["Good day & goodbye"]


@fact("3: audio is played, and the call ends")
def test_a_sound_is_played_and_the_call_ends():
    played = call(broken(b"\xff\xfb" * 40000, kind="audio/mpeg"))
    assert played.one("play")["url"] == f"{HERE}/voice"
    assert played.end[0] == "application"


def test_the_declared_encoding_is_read():
    body = '<?xml version="1.0" encoding="ISO-8859-1"?><Response><Say>Grüße</Say></Response>'
    assert call(broken(body.encode("latin-1"))).said() == ["Grüße"]


def test_a_document_with_a_byte_order_mark_is_read():
    assert call(broken("\ufeff<Response><Say>yes</Say></Response>")).said() == ["yes"]


@pytest.mark.parametrize(
    "wrong",
    [
        "<say>a</say>",
        '<Say Voice="man">a</Say>',
        "<Fax/>",
        '<Pause now="yes"/>',
        "stray words",
        "<Say><Play/>a</Say>",
    ],
)
@fact("7: 12200 is a warning, and the call goes on")
def test_what_the_schema_does_not_know_is_a_warning_and_the_call_goes_on(wrong):
    played = call(wrong + "<Say>on</Say>")
    assert played.codes("warning") == [12200]
    assert played.said()[-1] == "on"


@fact("5: names are case-sensitive")
def test_a_name_in_the_wrong_case_gets_a_hint():
    assert call("<gather/>").one("warning")["message"].endswith("did you mean Gather?")


@pytest.mark.parametrize("verb", sorted(NOT_PLAYED_YET))
@fact("8: every verb of the library is played, or told as not played")
def test_a_real_verb_that_is_not_played_yet_is_an_error_and_is_skipped(verb):
    played = call(f"<{verb}/><Say>on</Say>")
    assert played.one("error")["message"] == f"not played yet by this carrier: {verb}"
    assert (played.codes(), played.said()) == ([0], ["on"])


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('numDigits="0"', 13314),
        ('numDigits="two"', 13314),
        ('timeout="-1"', 13313),
        ('timeout="soon"', 13313),
        ('finishOnKey="12"', 13311),
        ('finishOnKey="x"', 13310),
        ('method="PUT"', 13312),
        ('input="smell"', 13326),
        ('actionOnEmptyResult="perhaps"', 13338),
    ],
)
@fact("7: Gather: 13310-13314, 13326, 13338 for what is written wrongly")
def test_a_wrong_attribute_of_a_gather_is_told_and_its_default_is_used(attribute, code):
    played = call(gathering(attribute), press("123#"))
    assert played.codes() == [code]
    assert played.asked[1]["form"]["Digits"] == "123"
    assert played.asked[1]["method"] == "POST"


@fact("4: only Say, Play and Pause may stand in a Gather (13320)")
def test_only_prompts_may_stand_in_a_gather_and_the_rest_is_passed_over():
    played = call(gathering(prompts="<Redirect>/x</Redirect><Say>enter</Say>"), press("1#"))
    assert (played.codes("warning"), played.said()) == ([13320], ["enter"])


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("<Say/>", 13520),
        ("<Say> \n </Say>", 13520),
        ('<Say loop="often">a</Say>', 13510),
        (f"<Say>{'a ' * 2049}</Say>", 13521),
        ('<Play loop="-1">a.mp3</Play>', 13410),
        ('<Play digits="12x"/>', 13430),
        ('<Pause length="0"/>', 13910),
        ("<Dial/>", 13224),
        ('<Dial timeout="no">+491</Dial>', 13212),
        ('<Dial timeLimit="no">+491</Dial>', 13216),
        ("<Dial><Say>a</Say>+491</Dial>", 13215),
        ("<Dial>+491<Sim>DE1</Sim></Dial>", 0),
        ("<Play/>", 0),
        ('<Say><break time="long"/>a</Say>', 12200),
        ('<Say><prosody rate="quick">a</prosody></Say>', 12200),
    ],
)
@fact("7: Say 13510, 13520, 13521; Play 13410, 13430; Pause 13910; Dial 13212, 13215, 13216, 13224")
def test_a_wrong_value_is_told_and_the_call_goes_on(verb, code):
    played = call(verb + "<Say>on</Say>")
    assert (played.codes(), played.said()[-1]) == ([code], "on")


@pytest.mark.parametrize(
    ("verb", "code"), [('<Redirect method="PUT">/next</Redirect>', 13710), ('<Reject reason="rude"/>', 13810)]
)
@fact("7: Redirect 13710, Reject 13810")
def test_a_wrong_value_of_a_last_verb_is_told_and_its_default_is_used(verb, code):
    assert call({"/voice": verb, "/next": END}).codes() == [code]


def test_a_wrong_value_behind_the_end_of_the_call_is_never_told():
    assert call("<Hangup/><Say/>").codes() == []


# -- the loop guard ------------------------------------------------------------------------------------


def test_a_call_that_goes_round_for_ever_is_ended_by_the_carrier():
    played = call("<Redirect/>", max_requests=20)
    assert len(played.asked) == 20
    assert "20 requests" in played.one("error")["message"]
    assert played.end[0] == "carrier"


def test_a_call_that_lasts_for_ever_is_ended_by_the_carrier():
    played = call('<Pause length="9"/><Say>1</Say><Redirect/>', max_seconds=60.0)
    assert played.one("end")["at"] == 60.0
    assert played.end == ("carrier", "the call lasted 60 seconds", "completed")


def test_four_hours_are_the_longest_call():
    assert call('<Pause length="99999"/>').one("end")["at"] == 14_400.0


# -- the carrier itself --------------------------------------------------------------------------------


def test_the_same_call_twice_is_the_same_byte_for_byte():
    pages = gathering(prompts="<Say>1, 2, 3.</Say>") | {
        "/keys": '<Dial action="/over">+491</Dial>',
        "/over": END,
    }
    first, second = (json.dumps(call(pages, press("12#9")).of(*EVERY_KIND)) for _ in range(2))
    assert first == second


EVERY_KIND = [
    "request",
    "response",
    "answered",
    "say",
    "play",
    "pause",
    "listen",
    "wait",
    "key",
    "lost",
    "gathered",
    "dial",
    "warning",
    "error",
    "end",
]


def test_the_line_is_told_of_every_event_as_it_begins():
    told: list[Event] = []
    played = call("<Say>one</Say>", told.append)
    assert tuple(told) == played.events


def test_waits_end_on_whole_milliseconds_so_that_fractions_do_not_add_up():
    ends: list[float] = []

    class Noting(ScriptedLine):
        def wait(self, until: float) -> str | None:
            ends.append(until)
            return super().wait(until)

    app = application({"/voice": "<Redirect/>"}, [])
    with httpx.Client(transport=httpx.WSGITransport(app=app)) as client:
        carrier = Carrier(client, auth_token=None, voice_url=f"{HERE}/voice", latency=0.1, max_requests=9)
        carrier.place(CALL, Noting(lambda _: None))
    assert ends == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def test_events_come_in_the_order_of_time():
    times = [event.at for event in call(gathering(prompts="<Say>1 2 3</Say>"), press("12#99")).events]
    assert times == sorted(times)


# -- over real HTTP ------------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """An application on a port of this computer: its origin, and what it was asked."""
    asked: list[Mapping[str, Any]] = []
    pages = gathering(prompts="<Say>enter</Say>") | {"/slow": lambda _: ("no", 500)}
    server = make_server("127.0.0.1", 0, application(pages, asked))
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{server.port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_over_real_http_is_the_same_call(served):
    origin, asked = served
    with httpx.Client(trust_env=False) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=f"{origin}/voice")
        events = carrier.place(CALL, ScriptedLine(press("12#")))
    in_process = call(gathering(prompts="<Say>enter</Say>"), press("12#"), voice_url="http://127.0.0.1/voice")
    assert [event.kind for event in events] == [event.kind for event in in_process.events]
    assert [event.at for event in events] == [event.at for event in in_process.events]
    last = asked[-1]
    assert RequestValidator(TOKEN).validate(last["url"], last["form"], last["headers"]["X-Twilio-Signature"])


def test_a_person_calls_over_real_http_with_a_live_line(served):
    origin, _ = served
    line = LiveLine()
    with httpx.Client(trust_env=False) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=f"{origin}/voice", latency=None)
        carrying = threading.Thread(target=carrier.place, args=(CALL, line))
        carrying.start()
        seen: list[Event] = []
        while not seen or seen[-1].kind != "end":
            fresh = line.events_after(len(seen), timeout=30)
            seen += fresh
            if any(event.kind == "say" for event in fresh):
                line.press("42#")
        carrying.join()
    assert [event.details["digits"] for event in seen if event.kind == "gathered"] == ["42"]


@fact("7: 11201, 11202, 11205, 11206, 11210 of a connection that fails")
def test_nobody_at_the_port_is_a_refused_connection():
    server = make_server("127.0.0.1", 0, Flask(__name__))
    port = server.port
    server.server_close()
    with httpx.Client(trust_env=False) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=f"http://127.0.0.1:{port}/")
        played = Played(carrier.place(CALL, ScriptedLine(lambda _: None)))
    assert (played.codes(), played.of("response")) == ([11202], [])


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (httpx.ConnectTimeout("slow"), 11201),
        (httpx.ReadTimeout("slow"), 11200),
        (httpx.ConnectError("gone"), 11205),
        (httpx.RemoteProtocolError("odd"), 11206),
    ],
)
@fact("7: 11201, 11202, 11205, 11206, 11210 of a connection that fails")
def test_a_failed_connection_has_the_code_of_its_cause(failure, code):
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with httpx.Client(transport=httpx.MockTransport(fail)) as client:
        carrier = Carrier(client, auth_token=TOKEN, voice_url=f"{HERE}/voice")
        played = Played(carrier.place(CALL, ScriptedLine(lambda _: None)))
    assert (played.codes(), played.end[0]) == ([code], "carrier")
