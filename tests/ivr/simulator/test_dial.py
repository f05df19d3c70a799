"""Others on the call: who is dialled, who waits in a queue, who leaves a message."""

from datetime import UTC, datetime

import pytest
from calling import CALL, END, HERE, both, call, hang_up, press, say, twiml
from conformance import fact

from ivr.simulator.transcript import transcript
from ivr.simulator.why import rows


def dialling(attributes="", nouns="+4930123", after=END):
    return {"/voice": f'<Dial action="/after" {attributes}>{nouns}</Dial>', "/after": after}


# -- Dial ----------------------------------------------------------------------------------------------

NOUNS = {
    "<Number>+4930123</Number>": "+4930123",
    "<Client>jenny</Client>": "jenny",
    "<Client><Identity>jenny</Identity></Client>": "jenny",
    "<Queue>support</Queue>": "support",
    "<Conference>Room 1</Conference>": "Room 1",
    "<Sip>sip:jenny@voice.example</Sip>": "sip:jenny@voice.example",
    "<Sip><Uri>sip:jenny@voice.example</Uri></Sip>": "sip:jenny@voice.example",
}


@fact("5: Dial a Number, Client, Queue, Conference or Sip: completed, busy, no-answer or failed")
@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("outcome", ["completed", "busy", "no-answer", "failed"])
def test_every_noun_can_be_reached_or_not(noun, outcome):
    played = call(dialling(nouns=noun), dial_outcome={NOUNS[noun]: outcome})
    assert (played.one("dial")["number"], played.one("dial")["outcome"]) == (NOUNS[noun], outcome)
    assert played.asked[1]["form"]["DialCallStatus"] == outcome
    assert played.codes() == []


def test_of_several_numbers_the_first_to_answer_counts():
    played = call(dialling(nouns="<Number>+1</Number><Number>+2</Number>"), dial_outcome={"+1": "busy"})
    assert (played.one("dial")["outcome"], played.one("dial")["seconds"]) == ("completed", 32.0)


def test_in_sequence_each_number_rings_until_one_answers():
    numbers = "<Number>+1</Number><Number>+2</Number><Number>+3</Number>"
    played = call(dialling('sequential="true" timeout="7"', numbers), dial_outcome={"+1": "no-answer"})
    assert played.one("dial")["seconds"] == 7 + 2 + 30


def test_in_sequence_nobody_answers():
    played = call(dialling('sequential="true"', "<Number>+1</Number><Number>+2</Number>"), dial_outcome="busy")
    assert (played.one("dial")["outcome"], played.one("dial")["seconds"]) == ("busy", 4.0)


@fact("5: Dial hangupOnStar is false by default")
def test_a_star_lets_the_dialled_party_go_only_if_it_is_to():
    star = press("1*", on="dial", after=12.0)
    played = call(dialling('hangupOnStar="true"'), star)
    assert len(played.of("released")) == 1
    assert played.asked[1]["form"]["DialCallDuration"] == "10"
    ignored = call(dialling(), press("1*", on="dial", after=12.0))
    assert (ignored.of("released"), len(ignored.of("lost"))) == ([], 2)


@fact("5: Dial answerOnBridge is false by default")
def test_with_answer_on_bridge_the_call_is_answered_when_the_other_end_is():
    assert call(dialling()).one("answered")["at"] == 0.25
    assert call(dialling('answerOnBridge="true"')).one("answered")["at"] == 2.25


def test_with_answer_on_bridge_a_call_that_nobody_takes_still_rings():
    played = call(dialling('answerOnBridge="true"', after="<Reject/>"), dial_outcome="no-answer")
    assert played.asked[1]["form"]["CallStatus"] == "ringing"
    assert played.end[2] == "no-answer"


@fact("5: Dial timeLimit is 14,400 s and timeout 30 s by default")
def test_a_dial_rings_thirty_seconds_and_lasts_four_hours_at_most():
    assert call(dialling(), dial_outcome="no-answer").one("dial")["seconds"] == 30
    long = call(dialling(), dial_seconds=20_000.0, ring_seconds=0.0, max_seconds=50_000.0)
    assert long.asked[1]["form"]["DialCallDuration"] == "14400"


@fact("5: the action of a Dial is told DialCallStatus, DialCallSid, DialCallDuration and RecordingUrl")
def test_a_recorded_dial_tells_where_the_recording_is():
    form = call(dialling('record="record-from-answer"')).asked[1]["form"]
    assert form["RecordingUrl"].startswith("https://")
    assert {"DialCallStatus", "DialCallSid", "DialCallDuration"} <= set(form)
    assert "RecordingUrl" not in call(dialling()).asked[1]["form"]


@fact("5: what is played to a member of a queue gets QueueSid, CallSid, QueueTime, DequeingCallSid")
def test_the_document_for_a_member_of_a_queue_is_asked_for_and_checked():
    pages = dialling(nouns='<Queue url="/whisper">support</Queue>')
    played = call(pages | {"/whisper": "<Say>now</Say><Gather/>"})
    form = played.asked[1]["form"]
    assert form["DequeingCallSid"] == CALL.call_sid != form["CallSid"]
    assert {"QueueSid", "QueueTime"} <= set(form)
    assert (played.codes("warning"), played.said()) == ([12200], [])


@fact("5: what is played to the called party takes its time before the two are connected; the caller hears none")
def test_what_is_played_to_the_called_party_comes_before_the_talk():
    nouns = '<Number url="/whisper">+491</Number>'
    pages = dialling('answerOnBridge="true"', nouns) | {
        "/whisper": '<Say>A call for you.</Say><Redirect method="GET">/more</Redirect><Say>never</Say>',
        "/more": '<Play loop="2">beep.mp3</Play><Pause length="3"/>',
    }
    played = call(pages, dial_seconds=10.0, audio_seconds=2.0)
    whispers = played.of("whispered")
    told = [whisper.get("text") or whisper.get("url", "") for whisper in whispers]
    assert told == ["A call for you.", f"{HERE}/beep.mp3", f"{HERE}/beep.mp3", ""]
    assert played.said() == []
    answered = played.one("answered")["at"]
    assert answered == pytest.approx(0.25 + 2.0 + sum(whisper["seconds"] for whisper in whispers))
    assert whispers[-1]["at"] + 3.0 == pytest.approx(answered)
    assert played.asked[-1]["form"]["DialCallDuration"] == "10"


def test_what_the_called_party_hears_is_told_in_the_transcripts():
    whisper = '<Say>Number 4 7 1 1.</Say><Play digits="12"/><Play>a.mp3</Play><Pause/>'
    played = call(dialling(nouns='<Number url="/whisper">+491</Number>') | {"/whisper": whisper})
    assert " 0:02  — +491 hears: Number 4 7 1 1." in list(transcript(played.events, {}))
    told = [row.words for row in rows(played.events, {}) if row.kind == "whispered"]
    heard = ["Number • • • •.", "the tones ••", "the recording /a.mp3", "silence"]
    assert told == [f"does not hear what +491 hears: {each}" for each in heard]


@pytest.mark.parametrize(
    ("whisper", "talked", "codes"),
    [
        ("<Say>one</Say><Hangup/>", "0", []),
        ("<Gather><Say>one</Say></Gather><Hangup/>", "30", [0]),
        ("<Say>one</Say><Record/>", "30", [0]),
        ("<Say>one</Say><Redirect/>", "30", [0]),
        ("<Say>one</Say><Sey/>", "30", [12200]),
    ],
)
def test_the_called_party_may_be_hung_up_on_and_what_is_not_played_to_them_is_told(whisper, talked, codes):
    played = call(dialling(nouns='<Number url="/whisper">+491</Number>') | {"/whisper": whisper})
    assert {each["text"] for each in played.of("whispered")} == {"one"}
    assert (played.asked[-1]["form"]["DialCallDuration"], played.codes()) == (talked, codes)


@fact("5: who waits for a conference hears its waitUrl (POST by default): Play, Say and Redirect")
def test_who_waits_for_a_conference_hears_its_wait_url_until_it_begins():
    pages = dialling(nouns='<Conference waitUrl="/wait">room</Conference>')
    played = call(pages | {"/wait": "<Say>Please wait.</Say><Gather/>"}, ring_seconds=6.0)
    assert played.paths()[1:-1] == ["/wait"] * len(played.said())
    assert set(played.said()) == {"Please wait."}
    assert len(played.said()) > 2
    assert {asked["method"] for asked in played.asked} == {"POST"}
    assert set(played.codes()) == {12200}
    (end,) = [event["at"] for event in played.of("request") if event["url"].endswith("/after")]
    assert end == pytest.approx(0.25 + 6.0 + 30.0)


def test_a_wait_url_that_cannot_be_played_is_told_and_the_conference_begins_all_the_same():
    pages = dialling(nouns='<Conference waitUrl="/wait" waitMethod="GET">room</Conference>')
    played = call(pages | {"/wait": lambda _: ("no", 500)}, ring_seconds=6.0)
    assert played.asked[1]["method"] == "GET"
    assert (played.codes(), played.one("dial")["outcome"]) == ([11200], "completed")


def test_the_document_for_a_dialled_number_cannot_dial():
    pages = dialling(nouns='<Number url="/whisper">+491</Number>') | {"/whisper": "<Dial>+492</Dial>"}
    played = call(pages)
    assert played.codes() == [13201]
    assert (played.asked[1]["form"]["ParentCallSid"], played.asked[1]["form"]["To"]) == (CALL.call_sid, "+491")


def test_a_dialled_number_has_status_callbacks_of_its_own():
    events = "initiated ringing answered completed"
    nouns = f'<Number statusCallback="/told" statusCallbackEvent="{events}">+491</Number>'
    played = call(dialling(nouns=nouns) | {"/told": ""}, dial_seconds=12.0)
    told = [asked["form"] for asked in played.asked if asked["path"] == "/told"]
    assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert {form["Direction"] for form in told} == {"outbound-dial"}
    assert told[-1]["CallDuration"] == "12"


@fact("7: Dial: 13210-13243 for what cannot be dialled or is written wrongly")
@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ('<Dial method="PUT">+491</Dial>', 13210),
        ('<Dial hangupOnStar="no">+491</Dial>', 13213),
        ('<Dial callerId="?">+491</Dial>', 13214),
        ('<Dial record="always">+491</Dial>', 13217),
        ('<Dial><Number method="PUT">+491</Number></Dial>', 13221),
        ('<Dial><Number sendDigits="1x">+491</Number></Dial>', 13222),
        ("<Dial>call me</Dial>", 13223),
        ('<Dial><Conference muted="x">a</Conference></Dial>', 13230),
        ('<Dial><Conference endConferenceOnExit="x">a</Conference></Dial>', 13231),
        ('<Dial><Conference startConferenceOnEnter="x">a</Conference></Dial>', 13232),
        ('<Dial><Conference waitMethod="x">a</Conference></Dial>', 13234),
        ('<Dial><Conference beep="x">a</Conference></Dial>', 13235),
        ("<Dial><Conference/></Dial>", 13237),
        ('<Dial><Sip method="PUT">sip:a@b</Sip></Dial>', 13241),
        ("<Dial><Sip>jenny</Sip></Dial>", 13243),
        ("<Dial><Client/></Dial>", 13224),
    ],
)
def test_a_wrong_value_of_a_dial_is_told_and_the_call_goes_on(dial, code):
    played = call(dial + "<Say>on</Say>")
    assert (played.codes(), played.said()) == ([code], ["on"])


# -- queues --------------------------------------------------------------------------------------------


def queueing(attributes='waitUrl="/wait"', wait="<Say>please wait</Say>", after=END):
    enqueue = f'<Enqueue action="/after" {attributes}>support</Enqueue>'
    return {"/voice": enqueue, "/wait": wait, "/after": after}


@fact(
    "5: Enqueue: the waitUrl (POST by default) is played until the caller is connected",
    "5: the action of an Enqueue gets QueueResult, QueueSid and QueueTime",
)
def test_the_wait_document_is_played_until_the_caller_is_connected():
    played = call(queueing(), queue_seconds=9.0, dial_seconds=20.0)
    assert set(played.said()) == {"please wait"}
    assert len(played.said()) > 3
    assert played.asked[1]["method"] == "POST"
    form = played.asked[-1]["form"]
    assert (form["QueueResult"], form["QueueTime"]) == ("bridged", "9")
    assert form["QueueSid"].startswith("QU")
    assert played.one("left")["at"] == 9.25
    assert played.one("end")["at"] == pytest.approx(9.25 + 20 + 0.25)


@fact("5: without a waitUrl the carrier's own music is played")
def test_without_a_wait_url_there_is_music():
    played = call(queueing(""), queue_seconds=9.0)
    assert (played.paths(), played.one("left")["at"]) == (["/voice", "/after"], 9.25)
    assert "music" in played.one("play")["url"]


def test_a_full_queue_is_told_at_once():
    played = call(queueing(), queue_result="queue-full")
    assert (played.paths(), played.asked[1]["form"]["QueueResult"]) == (["/voice", "/after"], "queue-full")


@fact("5: Leave leaves the queue and goes on behind the Enqueue")
def test_a_caller_can_leave_the_queue():
    wait = '<Gather action="/leave" numDigits="1"><Say>press a key</Say></Gather>'
    played = call(queueing(wait=wait) | {"/leave": "<Leave/>"}, press("1"))
    assert played.asked[-1]["form"]["QueueResult"] == "leave"
    no_action = {"/voice": '<Enqueue waitUrl="/wait">a</Enqueue><Say>on</Say>', "/wait": "<Leave/>"}
    assert call(no_action).said() == ["on"]


def test_a_leave_outside_a_queue_is_told_and_passed_over():
    played = call("<Leave/><Say>on</Say>")
    assert (played.codes(), played.said()) == ([0], ["on"])


@fact("5: while waiting only Play, Say, Pause, Hangup, Redirect, Leave and Gather are played")
def test_other_verbs_are_passed_over_while_waiting():
    played = call(queueing(wait="<Dial>+491</Dial><Say>wait</Say>"), queue_seconds=2.0)
    assert set(played.codes("warning")) == {12200}
    assert played.of("dial") == []


def test_a_hangup_while_waiting_ends_the_call():
    assert call(queueing(wait=END)).end == ("application", "Hangup", "completed")


def test_a_redirect_while_waiting_is_followed():
    played = call(queueing(wait="<Redirect>/more</Redirect>") | {"/more": "<Say>more</Say>"}, queue_seconds=3.0)
    assert set(played.said()) == {"more"}


def test_a_wait_document_that_fails_asks_the_fallback():
    pages = queueing(wait=lambda _: ("no", 500)) | {"/fallback": END}
    assert call(pages, fallback_url=f"{HERE}/fallback").paths() == ["/voice", "/wait", "/fallback"]


@fact("5: the name of a queue has at most 64 characters")
def test_a_longer_name_of_a_queue_is_told_and_cut():
    played = call(f"<Enqueue>{'q' * 65}</Enqueue>", queue_seconds=1.0)
    assert (played.codes(), len(played.one("queued")["queue"])) == ([12200], 64)


# -- Record --------------------------------------------------------------------------------------------


def recording(attributes="", after="<Say>nothing</Say>"):
    return {"/voice": f'<Record action="/after" {attributes}/>{after}', "/after": END}


@fact("5: Record ends after 5 s of silence, on any key, or after 3,600 s; then its action, and no verb behind it")
def test_a_message_is_recorded_until_silence():
    played = call(recording(), say("hello there", on="record"))
    form = played.asked[1]["form"]
    assert form["RecordingUrl"].endswith(form["RecordingSid"])
    assert (form["RecordingDuration"], form["Digits"], played.said()) == ("1", "", [])
    words, recorded = played.one("words"), played.one("recorded")
    assert recorded["why"] == "silence"
    assert recorded["at"] == pytest.approx(words["at"] + words["seconds"] + 5, abs=0.002)


@pytest.mark.parametrize("key", "1234567890*#")
def test_every_key_ends_a_recording(key):
    played = call(recording(), both(say("hello there", on="record"), press(key, on="words", after=3.0)))
    assert (played.one("recorded")["why"], played.asked[1]["form"]["Digits"]) == ("finish key", key)


def test_a_key_that_is_no_finish_key_does_not_end_a_recording():
    played = call(recording('finishOnKey="#"'), both(say("hello", on="record"), press("1#", on="words", after=1.0)))
    assert played.one("recorded")["key"] == "#"


def test_a_recording_lasts_no_longer_than_its_length():
    played = call(recording('maxLength="4"'), say("on and on " * 20, on="record"))
    assert (played.one("recorded")["why"], played.asked[1]["form"]["RecordingDuration"]) == ("maximum length", "4")
    assert played.one("record")["maxLength"] == 4
    assert call(recording()).one("record")["maxLength"] == 3600


@fact("5: playBeep is true by default")
def test_a_recording_begins_with_a_beep_unless_it_is_not_to():
    beeps = [call(recording(beep)).one("record")["beep"] for beep in ("", 'playBeep="false"')]
    assert beeps == [True, False]


def test_where_nothing_was_said_the_next_verb_follows():
    played = call(recording())
    assert (played.paths(), played.said()) == (["/voice"], ["nothing"])


@fact("5: the action of a Record is the current document where none is given")
def test_without_an_action_a_recording_asks_the_current_document_again():
    pages = iter(["<Record/>", END])
    played = call({"/voice": lambda _: twiml(next(pages))}, say("a", on="record"), voice_url=f"{HERE}/voice?x=1")
    assert [asked["query"] for asked in played.asked] == [{"x": "1"}] * 2


def test_the_message_of_a_caller_who_hangs_up_is_told_as_well():
    played = call(recording(), both(say("hello", on="record"), hang_up(on="words", after=1.0)))
    assert (played.asked[1]["form"]["Digits"], played.asked[1]["form"]["CallStatus"]) == ("hangup", "completed")
    assert played.end[0] == "caller"


@fact("2: a status callback also has RecordingUrl, RecordingSid and RecordingDuration if the call was recorded")
def test_the_status_callback_tells_of_the_recording():
    played = call(recording() | {"/over": ""}, say("hello", on="record"), status_url=f"{HERE}/over")
    assert {"RecordingUrl", "RecordingSid", "RecordingDuration"} <= set(played.asked[-1]["form"])


TOLD = {"AccountSid", "CallSid", "ErrorCode", "RecordingChannels", "RecordingSid", "RecordingSource", "RecordingStatus"}


@fact("5: recordingStatusCallback is told of a recording: completed, and in-progress and absent if it is asked for")
@pytest.mark.parametrize(
    ("words", "status", "more"),
    [("hello", "completed", {"RecordingDuration", "RecordingUrl"}), (None, "absent", set())],
)
def test_a_recording_is_told_of_when_it_begins_and_when_it_is_ready(words, status, more):
    events = 'recordingStatusCallback="/told" recordingStatusCallbackEvent="in-progress completed absent"'
    played = call(recording(events) | {"/told": ""}, say(words, on="record") if words else lambda _: None)
    begun, over = (asked["form"] for asked in played.asked if asked["path"] == "/told")
    assert (set(begun), set(over)) == (TOLD, TOLD | more)
    assert (begun["RecordingStatus"], over["RecordingStatus"]) == ("in-progress", status)
    assert (over["CallSid"], over["RecordingSource"]) == (CALL.call_sid, "RecordVerb")
    assert played.paths()[-1] == "/told"


def test_only_a_completed_recording_is_told_of_where_nothing_else_is_asked_for():
    played = call(recording('recordingStatusCallback="/told"') | {"/told": ""})
    assert "/told" not in played.paths()


def test_the_recording_of_a_dial_is_told_of_with_its_channels():
    attributes = 'record="record-from-answer-dual" recordingStatusCallback="/told" recordingStatusCallbackMethod="GET"'
    played = call(dialling(attributes) | {"/told": ""}, started_at=datetime(2026, 5, 4, 12, tzinfo=UTC))
    (told,) = [asked["query"] for asked in played.asked if asked["path"] == "/told"]
    assert (told["RecordingSource"], told["RecordingChannels"], told["RecordingDuration"]) == ("DialVerb", "2", "30")
    assert told["RecordingStartTime"] == "Mon, 04 May 2026 12:00:02 +0000"
    assert told["RecordingUrl"] == played.asked[1]["form"]["RecordingUrl"]


@fact("5: transcribeCallback is told what was said in a recording of 2 to 120 s (13617)")
def test_a_recording_is_transcribed_when_the_call_is_over():
    attributes = 'maxLength="120" transcribeCallback="/told" '
    played = call(
        recording(attributes) | {"/told": ""}, say("please call me back about my order tomorrow", on="record")
    )
    told = played.asked[-1]["form"]
    assert (told["TranscriptionText"], told["TranscriptionStatus"]) == (
        "please call me back about my order tomorrow",
        "completed",
    )
    assert told["RecordingUrl"] == played.asked[1]["form"]["RecordingUrl"]
    assert "/told" not in call(recording(attributes) | {"/told": ""}).paths()
    short = call(recording(attributes), say("yes", on="record"))
    assert (short.paths(), short.codes()) == (["/voice", "/after"], [13617])


def test_an_event_of_a_recording_that_there_is_not_is_told():
    assert call(recording('recordingStatusCallback="/told" recordingStatusCallbackEvent="begun"')).codes() == [13621]


@fact("7: Record: 13610-13616 for what is written wrongly")
@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('method="PUT"', 13610),
        ('timeout="0"', 13611),
        ('maxLength="long"', 13612),
        ('finishOnKey="x"', 13613),
        ('transcribe="perhaps" maxLength="9"', 13614),
        ('transcribe="true"', 13615),
        ('playBeep="loud"', 13616),
    ],
)
def test_a_wrong_value_of_a_record_is_told_and_the_call_goes_on(attributes, code):
    played = call(recording(attributes))
    assert (played.codes("warning"), played.said()) == ([code], ["nothing"])


# -- Sms -----------------------------------------------------------------------------------------------


@fact("5: Sms sends a message, and tells its action and statusCallback")
def test_a_message_is_sent_and_told():
    pages = {
        "/voice": '<Sms to="+491" action="/sent" statusCallback="/told">your code</Sms>',
        "/sent": END,
        "/told": "",
    }
    played = call(pages)
    assert (played.one("sms")["text"], played.one("sms")["to"]) == ("your code", "+491")
    assert played.paths() == ["/voice", "/told", "/sent"]
    assert played.asked[2]["form"]["SmsSid"].startswith("SM")


def test_a_message_goes_to_the_caller_where_nobody_else_is_named():
    sms = call("<Sms>code</Sms>").one("sms")
    assert (sms["to"], sms["sender"]) == (CALL.caller, CALL.dialled)


@fact("5: 13803 where messages are not supported")
def test_where_messages_are_not_supported_an_error_is_told_and_the_call_goes_on():
    played = call("<Sms>code</Sms><Say>on</Say>", sms=False)
    assert (played.codes("error"), played.of("sms"), played.said()) == ([13803], [], ["on"])


def test_strictly_what_is_only_inferred_is_not_sent():
    inferred = {"QueueSid", "QueueTime", "QueuePosition", "SmsSid", "SmsStatus"}
    waiting = call(queueing(), strict=True, queue_seconds=2.0).asked[1]["form"]
    sent = call({"/voice": '<Sms action="/sent">a</Sms>', "/sent": END}, strict=True).asked[1]["form"]
    assert not inferred & (set(waiting) | set(sent))
    assert inferred - {"SmsSid", "SmsStatus"} <= set(call(queueing(), queue_seconds=2.0).asked[1]["form"])
