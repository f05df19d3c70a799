"""Which fact about the carrier is held by which test.

A fact is a sentence with the section of the notes about Twilio that it comes from. `@fact("3: ...")` above a test
says that the test holds it; `table()` lists them all. A fact that no test holds, and a sentence that is no
fact, fail in test_conformance.py.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])
HERE = Path(__file__).parent


def fact(*_: str) -> Callable[[Test], Test]:
    """The test holds these facts. They are read from its source, not from here."""
    return lambda test: test


def held() -> Iterator[tuple[str, str]]:
    """Each fact that is named above a test, with the name of the test."""
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "fact":
                    yield from ((ast.literal_eval(each), f"{path.stem[5:]}: {node.name[5:]}") for each in call.args)


def table() -> str:
    """The conformance table, as it stands in the README."""
    tests: dict[str, list[str]] = {}
    for sentence, test in held():
        tests.setdefault(sentence, []).append(test)
    rows = ["| fact | held by |", "|---|---|"]
    for section, sentences in FACTS.items():
        rows.append(f"| **{section}** | |")
        for sentence in sentences:
            names = "<br>".join(f"`{name}`" for name in tests.get(sentence, ()))
            rows.append(f"| {_cell(sentence)} | {names or OUT_OF_SCOPE.get(sentence, '')} |")
    return "\n".join(rows) + "\n"


def _cell(sentence: str) -> str:
    return sentence.partition(": ")[2].replace("|", "\\|").replace("<", "&lt;")


FACTS: dict[str, list[str]] = {
    "1. A number and its webhooks": [
        "1: the first request of an inbound call says ringing",
        "1: later requests say in-progress",
        "1: StatusCallback is a POST by default",
        "1: VoiceFallbackUrl is asked on an error in fetching or executing a document",
        "1: StatusCallbackEvent: initiated, ringing, answered, completed; only completed by default",
        "1: Twiml of at most 4,000 characters, Timeout 60 to 600 s, SendDigits of 32 characters",
        "1: VoiceMethod is POST by default",
        "1: VoiceCallerIdLookup is false by default",
        "1: statuses queued and canceled",
        "1: the host of a callback has no underscore",
    ],
    "2. Parameters": [
        "2: msg=Gather End, and FinishedOnKey (the key itself is an inference)",
        "2: FinishedOnKey is empty in every capture (strict)",
        "2: always: CallSid, AccountSid, From, To, CallStatus, ApiVersion 2010-04-01, Direction",
        "2: the older names Caller… and Called… as well",
        "2: a Gather's action gets exactly the captured parameters, with empty places as empty strings",
        "2: places where they are known; ForwardedFrom and CalledVia of a forwarded call",
        "2: the captured headers",
        "2: I-Twilio-Idempotency-Token is a UUID",
        "2: a status callback has CallDuration, and does not control the call",
        "2: a status callback also has RecordingUrl, RecordingSid and RecordingDuration if the call was recorded",
        "2: progress events carry Timestamp, SequenceNumber and CallbackSource",
        "2: dates are RFC 2822, in GMT",
        "2: a status callback is answered with 204, or 200 and a document; otherwise there is a warning",
        "2: From may be withheld (anonymous, unknown) or not in E.164 form",
        "2: CallerName, ParentCallSid, CallToken, StirVerstat, StirPassportToken and AddOns where there are any",
        "2: AddOns and StirPassportToken have contents of their own",
    ],
    "3. HTTP": [
        "3: the fragment is stripped from the request and from the signature",
        "3: cookies are accepted and returned, per call",
        "3: after a 3xx Digits are not sent again",
        "3: redirects are followed",
        "3: at most ten redirects, then 11215",
        "3: the fallback gets ErrorCode and ErrorUrl",
        "3: other content types are 12300; none is shown as a 502",
        "3: more than 64 kB is 11750",
        "3: an empty body is 11770",
        "3: without a fallback there is a canned message, and the call ends",
        "3: text/xml, application/xml and text/html are documents",
        "3: text/plain is a document if it is one, and is read aloud otherwise",
        "3: audio is played, and the call ends",
        "3: an answer has 15 s in total, with the connecting (11200)",
        "3: ct, rt, tt: 100 to 10000, 15000 and 15000 ms; defaults 5000, 15000, 15000",
        "3: 11203 when tt is used up",
        "3: two attempts to connect, of 5 s each",
        "3: rc: 0 to 5 retries, 1 by default",
        "3: retries of one request carry the same I-Twilio-Idempotency-Token",
        "3: rp: a list of 4xx, 5xx, ct, rt, all",
        "3: 11243 for an rp that cannot be read",
        "3: e and sni are accepted",
        "3: GET answers are remembered by ETag and Last-Modified",
        "3: POST answers are never remembered",
        "3: the Webhooks configuration API takes precedence",
    ],
    "4. Gather": [
        "4: the verbs behind a Gather are not reached once digits were sent",
        "4: finishOnKey is # by default; the digits do not contain it",
        "4: a Gather ends on numDigits; without it there is no limit",
        "4: a Gather ends after timeout seconds without another key",
        "4: timeout is 5 s by default",
        "4: the timeout begins when the prompts end, or at the first key",
        "4: the first key stops the prompts",
        "4: without digits there is no request, and the next verb follows",
        "4: the finish key before any digit: no request, and the next verb follows",
        "4: actionOnEmptyResult is false by default; with it, the action is asked in any case",
        "4: with an empty finishOnKey all keys are digits",
        "4: finishOnKey is one of 0-9 # * or empty",
        "4: action: the current document by default (the documented infinite loop)",
        "4: method GET or POST; POST by default",
        "4: keys before the Gather has started are lost",
        "4: only Say, Play and Pause may stand in a Gather (13320)",
        "4: input speech: SpeechResult, and Confidence from 0.0 to 1.0",
        "4: input: dtmf, speech or both; of both, the kind that comes first wins and then finishOnKey is ignored",
        "4: speechTimeout is the timeout where none is given; a positive whole number or auto",
        "4: speech lasts at most 60 seconds",
        "4: partialResultCallback (POST by default) is told of words before the Gather ends",
        "4: bargeIn is true by default",
        "4: hints: at most 500, each at most 100 characters",
        "4: speechModel, language and profanityFilter have the documented values and defaults",
        "4: several Plays in a Gather are all fetched before the first is played",
        "4: only RFC 4733 events are keys; SIP INFO and tones in the sound are not",
    ],
    "5. Other verbs": [
        "5: breaks take their time",
        "5: digits with spaces, or marked for it, are said one by one",
        "5: loop is 1 by default; 0 goes on until the caller hangs up",
        "5: Play plays files, and digits with w (0.5 s) and W (1 s)",
        "5: Pause is 1 s by default",
        "5: Pause as the first verb delays answering",
        "5: Hangup ends the call",
        "5: Reject as the first verb leaves the call unanswered: no-answer, or busy",
        "5: Reject stops the answer only as the first verb",
        "5: Redirect is a POST, ends its document, and is relative to it",
        "5: an empty Redirect is the current document",
        "5: the end of the document hangs up",
        "5: a loop of 0 is at most 1,000 times",
        "5: XML comments are ignored",
        "5: Say: voice man, language en-US by default",
        "5: commas and full stops are pauses",
        "5: a break is at most 10 s (Amazon)",
        "5: a Hangup as the first verb does not prevent answering",
        "5: a Dial without an action goes on with the document",
        "5: names are case-sensitive",
        "5: Dial a Number, Client, Queue, Conference or Sip: completed, busy, no-answer or failed",
        "5: Dial hangupOnStar is false by default",
        "5: Dial answerOnBridge is false by default",
        "5: Dial timeLimit is 14,400 s and timeout 30 s by default",
        "5: the action of a Dial is told DialCallStatus, DialCallSid, DialCallDuration and RecordingUrl",
        "5: what is played to a member of a queue gets QueueSid, CallSid, QueueTime, DequeingCallSid",
        "5: what is played to the called party takes its time before the two are connected; the caller hears none",
        "5: who waits for a conference hears its waitUrl (POST by default): Play, Say and Redirect",
        "5: recordingStatusCallback is told of a recording: completed, and in-progress and absent if it is asked for",
        "5: transcribeCallback is told what was said in a recording of 2 to 120 s (13617)",
        "5: Enqueue: the waitUrl (POST by default) is played until the caller is connected",
        "5: the action of an Enqueue gets QueueResult, QueueSid and QueueTime",
        "5: without a waitUrl the carrier's own music is played",
        "5: Leave leaves the queue and goes on behind the Enqueue",
        "5: while waiting only Play, Say, Pause, Hangup, Redirect, Leave and Gather are played",
        "5: the name of a queue has at most 64 characters",
        "5: Record ends after 5 s of silence, on any key, or after 3,600 s; then its action, and no verb behind it",
        "5: the action of a Record is the current document where none is given",
        "5: Sms sends a message, and tells its action and statusCallback",
        "5: 13803 where messages are not supported",
        "5: a trial account's calls are cut off at 10 minutes (13805)",
        "5: a call that exceeds the account's longest duration ends with 32015",
        "5: a Say takes 4096 characters (Polly 3000 without tags, Google 5000 with tags), 4500 when URL-encoded",
        "5: SSML in a Say: break, emphasis, lang, p, phoneme, prosody, s, say-as, sub, w",
        "5: a wrong pair of voice and language may fail",
        "5: Polly's neural voices take no emphasis, and prosody and say-as in part; basic voices perhaps no SSML",
        "5: playBeep is true by default",
        "5: queues are made on demand and hold 1,000 callers (older pages: 100)",
        "5: trim and the sound of a beep",
    ],
    "6. Signature": [
        "6: the signature of a GET has no parameters",
        "6: the published vectors, with and without ports",
        "6: repeated parameters are sorted and without repetition",
        "6: the signature is HMAC-SHA1 over the URL and the sorted parameters of a POST",
        "6: empty values count (FinishedOnKey=)",
        "6: twilio-python's RequestValidator accepts every request, with any port, empty and repeated parameters",
        "6: a JSON body is signed by its bodySHA256 in the query",
        "6: the published vectors with a user and a password in the URL, and with a quote in it",
        "6: behind a proxy the URL that was signed differs",
    ],
    "7. Errors": [
        "7: 11200, 12100, 12102, 12300 of what cannot be fetched or parsed",
        "7: 11100 an address that is none",
        "7: 12200 is a warning, and the call goes on",
        "7: Gather: 13310-13314, 13326, 13338 for what is written wrongly",
        "7: Say 13510, 13520, 13521; Play 13410, 13430; Pause 13910; Dial 13212, 13215, 13216, 13224",
        "7: Redirect 13710, Reject 13810",
        "7: 11201, 11202, 11205, 11206, 11210 of a connection that fails",
        "7: Dial: 13210-13243 for what cannot be dialled or is written wrongly",
        "7: Record: 13610-13616 for what is written wrongly",
        "7: in a Gather a prompt's problems have codes of their own: 13321 voice, 13322 loop",
        "7: 11220 TLS; 11235-11237 certificates",
        "7: 13420 and 13325: a Play that is no audio",
        "7: every documented code is known, with severity, cause and cure",
        "7: 12101 another version of XML",
        "7: 13511 voice and 13512 language of a Say",
        "7: 13999, 12400, 13225-13227, 13236, 13238, 13242, 13244, 13233, 13618 are never caused",
    ],
    "8. Schema": [
        "8: every verb of the library is played, or told as not played",
        "8: verbs and attributes are those of twilio-python's own classes, introspected at test time",
        "8: historic copies of a schema",
    ],
}
# What the notes say of other things than a call that comes in, with the reason.
OUT_OF_SCOPE: dict[str, str] = {
    "5: queues are made on demand and hold 1,000 callers (older pages: 100)": (
        "not here: one caller waits; `queue_result` says that the queue was full"
    ),
    "1: Twiml of at most 4,000 characters, Timeout 60 to 600 s, SendDigits of 32 characters": (
        "not here: parameters of the REST interface, of outbound calls only"
    ),
    "1: statuses queued and canceled": (
        "not here: an inbound call is never queued, and is ended by its caller, not canceled"
    ),
    "1: the host of a callback has no underscore": "not here: refused by the REST interface when the number is set up",
    "2: AddOns and StirPassportToken have contents of their own": (
        "not here: what the account has bought; whatever is given is sent"
    ),
    "3: the Webhooks configuration API takes precedence": "not here: a REST interface, and not read",
    "4: only RFC 4733 events are keys; SIP INFO and tones in the sound are not": (
        "not here: there is no sound; a line tells keys"
    ),
    "5: a wrong pair of voice and language may fail": "not here: `may`, and no list of pairs is public",
    "5: Polly's neural voices take no emphasis, and prosody and say-as in part; basic voices perhaps no SSML": (
        "not here: the sound alone; the lint warns"
    ),
    "5: trim and the sound of a beep": "not here: no sound is kept; trimming shortens RecordingDuration",
    "6: behind a proxy the URL that was signed differs": "not here: the application's own setting (its public address)",
    "7: 13999, 12400, 13225-13227, 13236, 13238, 13242, 13244, 13233, 13618 are never caused": (
        "not here: they tell of accounts, networks and conferences that a simulation has not; the table explains them"
    ),
    "8: historic copies of a schema": "not here: superseded by the library's classes",
}
