"""A flood at the real webhooks: who is turned away, and how; and who gets through all the same."""

from dataclasses import replace
from itertools import count
from threading import current_thread
from time import sleep
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator

import app
from activation_core.clearinghouse.calls_under_way import CallsUnderWay
from activation_core.clearinghouse.store import StoreDown

LINE, OTHER = "+442079460999", "+442079460123"
ROOM = {"calls_at_once": 4, "calls_at_once_a_line": 2}


class Carrier:
    """By hand: calls that are begun and left as they are, which one that is played to its end cannot be."""

    sids = count(1)

    def __init__(self, flask, settings):
        self.flask, self.settings = flask, settings

    def dial(self, line=LINE, to="+448081570142"):
        return Call(self, {"CallSid": f"CA{next(self.sids):032x}", "From": line, "FromCountry": "GB", "To": to})


class Call:
    def __init__(self, carrier, form):
        self.carrier, self.form, self.client = carrier, form, carrier.flask.test_client()
        self.post("/voice", CallStatus="ringing")

    def post(self, path, **more):
        form = {**self.form, "CallStatus": "in-progress", **more}
        validator = RequestValidator(self.carrier.settings.twilio_auth_token)
        signature = validator.compute_signature(self.carrier.settings.public_url + path, form)
        self.response = self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        return self

    def press(self, keys):
        return self.post(self.document.find(".//Gather").get("action"), Digits=keys)

    def ends(self, status="completed"):
        return self.post("/voice/status", CallStatus=status)

    @property
    def document(self):
        return ElementTree.fromstring(self.response.data)

    @property
    def words(self):
        return " ".join(" ".join("".join(say.itertext()).split()) for say in self.document.iter("Say"))

    @property
    def is_welcome(self):
        return self.words.startswith("Welcome")

    @property
    def is_hung_up_on(self):
        return [verb.tag for verb in self.document] == ["Say", "Hangup"]


@pytest.fixture
def settings(settings):
    return replace(settings, **ROOM)


@pytest.fixture
def carrier(settings):
    return Carrier(app.create_app(settings), settings)


def test_a_line_with_too_many_calls_hears_so_and_is_hung_up_on_while_others_get_through(carrier):
    first = [carrier.dial() for _ in range(3)]
    assert [call.is_welcome for call in first] == [True, True, False]
    assert first[2].words.startswith("There are too many calls from your telephone number right now.")
    assert first[2].is_hung_up_on
    assert carrier.dial(OTHER).is_welcome


def test_where_all_lines_are_busy_the_caller_hears_when_to_call_again(carrier):
    lines = [f"+4420794600{n:02}" for n in range(5)]
    last = [carrier.dial(line) for line in lines][-1]
    assert last.words == "All our lines are busy right now. Please call again in ten minutes. Goodbye."
    assert last.is_hung_up_on


def test_it_is_said_in_the_languages_of_the_number(carrier):
    for _ in range(2):
        carrier.dial()
    turned_away = carrier.dial(to="+17875550142")
    assert turned_away.words.startswith("En este momento hay demasiadas llamadas desde su número de teléfono.")


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", ""])
def test_callers_who_withhold_their_number_count_in_all_only(carrier, withheld):
    calls = [carrier.dial(withheld) for _ in range(5)]
    assert [call.is_welcome for call in calls] == [True] * 4 + [False]
    assert calls[-1].words.startswith("All our lines are busy")


def test_the_carrier_repeats_the_first_webhook_and_the_call_counts_once(carrier):
    call = carrier.dial()
    for _ in range(5):
        assert call.post("/voice", CallStatus="ringing").is_welcome
    assert carrier.dial().is_welcome
    assert not carrier.dial().is_welcome


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_a_call_is_over_when_the_carrier_says_so(carrier, status):
    calls = [carrier.dial() for _ in range(2)]
    calls[0].ends(status)
    assert [carrier.dial().is_welcome for _ in range(2)] == [True, False]


@pytest.mark.parametrize("status", ["initiated", "ringing", "in-progress", "answered", "", "nonsense"])
def test_any_other_status_ends_no_call(carrier, status):
    calls = [carrier.dial() for _ in range(2)]
    calls[0].ends(status)
    assert not carrier.dial().is_welcome


def test_a_call_is_over_when_our_own_document_ends_it(settings):
    alone = replace(settings, operator_number="")
    carrier = Carrier(app.create_app(alone), alone)
    call, _ = [carrier.dial() for _ in range(2)]
    call.press("0")
    assert call.words.startswith("Nobody can take your call right now.")
    assert [carrier.dial().is_welcome for _ in range(2)] == [True, False]


def test_a_caller_who_was_put_through_is_under_way_until_the_operator_hangs_up(carrier):
    call, _ = [carrier.dial() for _ in range(2)]
    call.press("0")
    assert call.document.find("Dial") is not None
    assert not carrier.dial().is_welcome
    call.post("/voice/dialled", DialCallStatus="completed")
    assert carrier.dial().is_welcome


def test_whoever_is_turned_away_and_tries_again_and_again_keeps_nobody_out(carrier):
    first, _ = [carrier.dial() for _ in range(2)]
    assert not any(carrier.dial().ends().response.data for _ in range(20))
    first.ends()
    assert carrier.dial().is_welcome


def test_what_another_process_answers_counts_here_within_seconds(settings, carrier):
    other = Carrier(app.create_app(settings), settings)
    other.dial(OTHER)
    for _ in range(2):
        carrier.dial()
    for _ in range(100):
        if not (call := other.dial()).is_welcome:
            break
        call.ends()
        sleep(0.1)
    assert call.is_hung_up_on
    assert other.dial(OTHER).is_welcome


def test_calls_that_were_turned_away_are_counted_and_told_in_one_line_without_the_number(carrier, caplog):
    for _ in range(12):
        carrier.dial()
    told = carrier.flask.test_client().get("/metrics", base_url="http://localhost").text
    assert 'phone_activation_calls_turned_away_total{by="line_busy"} 10.0' in told
    assert "phone_activation_calls_total 2.0" in told
    assert caplog.text.count("too many calls at once") == 1
    assert LINE[1:] not in caplog.text


def test_the_flood_costs_the_answer_no_look_into_the_store(carrier, monkeypatch):
    """A database that is down or slow makes nobody wait for the first word; what is counted waits on its own thread."""
    asked_by = []

    def down(store):
        asked_by.append(current_thread())
        raise StoreDown

    monkeypatch.setattr(CallsUnderWay, "look", lambda self: None)
    monkeypatch.setattr("activation_core.clearinghouse.sqlite_store.SqliteStore.reading", down)
    monkeypatch.setattr("activation_core.clearinghouse.sqlite_store.SqliteStore.writing", down)
    assert [carrier.dial().is_welcome for _ in range(3)] == [True, True, False]
    assert current_thread() not in asked_by
