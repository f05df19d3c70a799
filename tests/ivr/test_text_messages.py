"""Text messages that callers ask for: once a call, by Twilio's own client, and why there is none."""

import logging
import re
import subprocess
import sys
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from twilio_here import JsonAnswers, client_of

import app
from activation_core import blocks
from activation_core.refusals import REASONS
from ivr.callers_desk import CallersDesk
from ivr.simulator.message_service import REFUSED, UNDELIVERED, UNREACHABLE, Message, MessageService
from ivr.simulator.simulated_texts import LedgerInMemory, simulated_texts
from ivr.text_messages import _REFUSALS, NoTextMessages
from ivr.twilio_account import TwilioAccount
from ivr.twilio_messages import TwilioMessages

ANSWER = blocks.from_number(987654321, 13)
MOBILE, CALL = "+447400123456", "CA" + "1" * 32


@pytest.fixture
def service():
    return MessageService()


@pytest.fixture
def texts(service, books):
    return simulated_texts(service, books)


def test_the_blocks_are_sent_to_the_number_that_calls(texts, service):
    assert texts.send(MOBILE, CALL, "en-US", ANSWER) is None
    (message,) = service.arrived(MOBILE)
    assert re.findall(r"(\d{3}) (\d{4})", message.text) == [(block[:3], block[3:]) for block in ANSWER]


def test_a_message_is_sent_once_a_call_however_often_it_is_asked_for(texts, service):
    for _ in range(3):
        assert texts.send(MOBILE, CALL, "en-US", ANSWER) is None
    assert len(service.arrived(MOBILE)) == 1
    texts.send(MOBILE, "CA" + "2" * 32, "en-US", ANSWER)
    texts.send(MOBILE, CALL, "en-US", ANSWER[::-1])
    assert len(service.arrived(MOBILE)) == 3


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15005550001", "text_no_mobile"),
        ("+15005550009", "text_no_mobile"),
        ("+15005550002", "text_region"),
        ("+15005550003", "text_region"),
        ("+15005550004", "text_opted_out"),
        ("+15005550017", "text_too_long"),
        ("+15005550029", "text_down"),
        (UNREACHABLE, "text_down"),
    ],
)
def test_why_none_is_sent_is_said(texts, service, number, code):
    assert texts.send(number, CALL, "en-US", ANSWER).code == code
    assert service.arrived(number) == []


def test_what_was_refused_may_be_asked_for_again_and_what_is_in_doubt_may_not(service, books):
    asked = []

    class Watched(MessageService):
        def send(self, to, text):
            asked.append(to)
            return super().send(to, text)

    texts = simulated_texts(Watched(), books)
    for number in ("+15005550029", UNREACHABLE):
        for _ in range(2):
            assert texts.send(number, f"{CALL}{number}", "en-US", ANSWER).code == "text_down"
    assert asked == ["+15005550029", "+15005550029", UNREACHABLE]


def test_whoever_asks_again_learns_that_it_did_not_arrive(texts):
    (number,) = UNDELIVERED
    assert texts.send(number, CALL, "en-US", ANSWER) is None
    assert texts.send(number, CALL, "en-US", ANSWER).code == "text_not_delivered"


def test_every_reason_has_words_and_a_prompt_in_every_language(books):
    for code in [*_REFUSALS, "text_down"]:
        assert code in REASONS
        assert all(code in book.prompts for book in books.values())


def test_too_long_a_message_is_not_even_tried(books, monkeypatch):
    monkeypatch.setattr("ivr.text_messages.is_too_long", lambda text: True)
    texts = simulated_texts(MessageService(), books)
    monkeypatch.setattr(MessageService, "send", lambda *_: 1 / 0)
    assert texts.send(MOBILE, CALL, "en-US", ANSWER).code == "text_too_long"


def test_while_the_ledger_is_down_nothing_is_sent(service, books, monkeypatch):
    def down(_, message):
        raise OSError("the records are locked")

    monkeypatch.setattr(LedgerInMemory, "claim", down)
    assert simulated_texts(service, books).send(MOBILE, CALL, "en-US", ANSWER).code == "text_down"
    assert service.arrived(MOBILE) == []


def test_no_number_and_no_digits_are_logged(texts, caplog):
    caplog.set_level(logging.DEBUG)
    for number in [MOBILE, *REFUSED, *UNDELIVERED, UNREACHABLE]:
        texts.send(number, f"{CALL}{number}", "en-US", ANSWER)
    assert not re.search(r"\d{6}", caplog.text)


def test_a_vendor_who_sends_none_offers_none():
    assert not NoTextMessages().reach(MOBILE)


# -- several accounts


@dataclass
class Account:
    """A sender whose account answers with this error, or not at all (OSError)."""

    fault: int | type[OSError] | None = None
    service: MessageService = field(default_factory=MessageService)
    asked: int = 0

    def send(self, to, text):
        return self._answer(lambda: self.service.send(to, text))

    def look(self, sid):
        return self._answer(lambda: self.service.look(sid))

    def _answer(self, answer):
        self.asked += 1
        if isinstance(self.fault, int):
            return Message("", self.fault, "", "")
        if self.fault:
            raise self.fault
        return answer()


@pytest.mark.parametrize("fault", [20403, 20003, 21660, 21408, 20429, TimeoutError, ConnectionError])
def test_where_an_account_fails_the_next_one_sends(books, fault):
    first, second = Account(fault), Account()
    texts = replace(simulated_texts(MessageService(), books), senders=lambda account: [first, second])
    assert texts.send(MOBILE, CALL, "en-US", ANSWER) is None
    assert texts.send(MOBILE, CALL, "en-US", ANSWER) is None  # and what became of it is asked of that one
    assert (first.asked, second.asked) == (2, 2)
    assert len(second.service.arrived(MOBILE)) == 1


@pytest.mark.parametrize(("number", "code"), [("+15005550004", "text_opted_out"), ("+15005550009", "text_no_mobile")])
def test_a_number_that_takes_or_wants_no_message_is_not_tried_from_another_account(books, number, code):
    first, second = Account(), Account()
    texts = replace(simulated_texts(MessageService(), books), senders=lambda account: [first, second])
    assert texts.send(number, CALL, "en-US", ANSWER).code == code
    assert (first.asked, second.asked) == (1, 0)


@pytest.mark.parametrize(
    ("first", "second", "asked"), [(TimeoutError, 20403, 1), (20403, TimeoutError, 1), (20403, 20403, 2)]
)
def test_where_all_accounts_fail_it_is_tried_again_only_if_it_was_surely_not_sent(books, first, second, asked):
    accounts = [Account(first), Account(second)]
    texts = replace(simulated_texts(MessageService(), books), senders=lambda account: accounts)
    for _ in range(2):
        assert texts.send(MOBILE, CALL, "en-US", ANSWER).code == "text_down"
    assert [account.asked for account in accounts] == [asked, asked]


def test_the_account_of_the_call_is_told(books):
    told, account = [], Account()
    texts = replace(simulated_texts(MessageService(), books), senders=lambda name: told.append(name) or [account])
    assert CallersDesk(None, texts, MOBILE, "AC1").text(CALL, "en-US", ANSWER) is None
    assert told == ["AC1"]


# -- Twilio's client, against the simulated company's service over real HTTP


class Messages(JsonAnswers, BaseHTTPRequestHandler):
    """Twilio's Messages resource, as its documentation shows it."""

    service, asked = MessageService(), []

    def do_POST(self):
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        self.asked.append((self.path, b64decode(self.headers["Authorization"].split()[1]).decode(), form))
        if form["To"] == UNREACHABLE:
            self.close_connection = True
            return
        self._answer(self.service.send(form["To"], form["Body"]))

    def do_GET(self):
        self._answer(self.service.look(self.path.rpartition("/")[2].removesuffix(".json")))

    def _answer(self, message):
        if message.sid:
            status, body = 201, {"sid": message.sid, "error_code": message.error, "status": "queued"}
        else:
            status = 429 if message.error == 20429 else 400
            body = {"code": message.error, "message": f"no message to {message.to}", "status": status}
        self.say(status, body)


@contextmanager
def twilio(sender="+15005550006"):
    """A sender whose requests go to this machine instead of api.twilio.com."""
    with client_of(ThreadingHTTPServer(("127.0.0.1", 0), Messages)) as client:
        yield TwilioMessages(TwilioAccount("AC" + "0" * 32, ["a token"], client), sender)


def test_twilios_client_sends_and_looks():
    with twilio() as sender:
        sent = sender.send(MOBILE, "words")
        path, account, form = Messages.asked[-1]
        assert path == f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
        assert account == f"AC{'0' * 32}:a token"
        assert form == {"To": MOBILE, "From": "+15005550006", "Body": "words"}
        assert sent.sid.startswith("SM")
        assert sent.error is None
        assert sender.look(sent.sid) == sent


def test_a_messaging_service_sends_by_its_own_name():
    with twilio("MG" + "1" * 32) as sender:
        sender.send(MOBILE, "words")
    assert Messages.asked[-1][2]["MessagingServiceSid"] == "MG" + "1" * 32


@pytest.mark.parametrize(("number", "error"), REFUSED.items())
def test_twilios_refusals_come_with_their_code(number, error):
    with twilio() as sender:
        assert (sender.send(number, "words").sid, sender.send(number, "words").error) == ("", error)


def test_a_message_that_did_not_arrive_is_found_out_later():
    (number,) = UNDELIVERED
    with twilio() as sender:
        sent = sender.send(number, "words")
        assert (sent.error, sender.look(sent.sid).error) == (None, 30003)


def test_where_no_answer_comes_nobody_knows():
    with twilio() as sender, pytest.raises(OSError, match="no answer of Twilio's came"):
        sender.send(UNREACHABLE, "words")


def test_a_service_in_trouble_is_as_good_as_no_answer(monkeypatch):
    monkeypatch.setattr(Messages.service, "send", lambda *_: type("Told", (), {"sid": "", "error": 0, "to": ""})())
    monkeypatch.setattr(Messages, "send_response", lambda self, status: BaseHTTPRequestHandler.send_response(self, 503))
    with twilio() as sender, pytest.raises(OSError, match="503"):
        sender.send(MOBILE, "words")


def test_the_clients_weight_is_carried_only_when_something_is_sent():
    code = """
import sys
from ivr.twilio_account import TwilioAccount
from ivr.twilio_messages import TwilioMessages
TwilioMessages(TwilioAccount("AC", ["a token"]), "+15005550006")
print("twilio.rest" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=app.DATA.parent)
    assert told.stdout.strip() == "False"
