"""The webhooks as Twilio meets them: signatures, cookies, repeats, defects, and nothing personal in the log."""

import logging
import re
import resource
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.test import Client

import app
from activation_core import codes, installation_id
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.store import StoreDown
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator.message_service import MessageService
from ivr.webhooks import Webhooks

CALL = {"CallSid": "CA" + "1" * 32, "From": "+442079460999", "FromCountry": "GB", "To": "+448081570142"}
NOT_ISSUED = codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"somebody else's issuing key")
WRONG = installation_id.make(Operation.ACTIVATE, NOT_ISSUED, 0, 0x12345678, 1).digits


class Phone:
    """A carrier's side of the webhooks, by hand: signs, keeps the cookie, reads the document."""

    def __init__(self, client, settings):
        self.client, self.settings = client, settings

    def post(self, path, *, token="", once="", **form):
        form = {**CALL, **form}
        validator = RequestValidator(token or self.settings.twilio_auth_token)
        signature = validator.compute_signature(self.settings.public_url + path, form)
        headers = {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": once}
        self.response = self.client.post(path, data=form, headers=headers)
        return self.response

    def document(self):
        return ElementTree.fromstring(self.response.data)

    def press(self, keys):
        return self.post(self.document().find("Gather").get("action"), Digits=keys)

    def words(self):
        return " ".join(" ".join("".join(say.itertext()).split()) for say in self.document().iter("Say"))


@pytest.fixture
def phone(settings):
    return Phone(app.create_app(settings).test_client(), settings)


def genuine_id(parts):
    (key,) = parts.desk.issue(1, 1, "standard", lambda _: 4711, app.now())
    return installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1).digits


def test_a_call_is_answered_in_the_language_of_the_dialled_number(phone):
    phone.post("/voice", To="+17875550142")
    assert phone.response.content_type.startswith("text/xml")
    assert phone.words().startswith("Bienvenido a la activación")


def test_a_number_that_is_in_no_directory_is_answered_all_the_same(phone):
    assert phone.post("/voice", To="sip:desk@example.com").status_code == 200
    assert phone.words().startswith("Welcome")


@pytest.mark.parametrize("path", ["", "/step/enter_id", "/fallback", "/status", "/dialled"])
def test_a_request_without_the_carriers_signature_is_refused_and_logged_without_digits(phone, path, caplog):
    assert phone.post(f"/voice{path}", token="another token", Digits="1234567").status_code == 403
    assert "wrong signature" in caplog.text
    assert not re.search(r"\d{4}", caplog.text)


def test_a_signature_of_other_digits_is_refused(phone, settings):
    phone.post("/voice")
    validator = RequestValidator(settings.twilio_auth_token)
    signature = validator.compute_signature(f"{settings.public_url}/voice/step/enter_id", {**CALL, "Digits": "1"})
    response = phone.client.post(
        "/voice/step/enter_id", data={**CALL, "Digits": "2"}, headers={"X-Twilio-Signature": signature}
    )
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("127.0.0.1", {"Host": "rebound.example"}, 403),
    ],
)
def test_without_a_token_only_this_machine_may_call(settings, address, headers, status):
    client = app.create_app(replace(settings, twilio_auth_token="")).test_client()
    response = client.post("/voice", data=CALL, headers=headers, environ_base={"REMOTE_ADDR": address})
    assert response.status_code == status


@pytest.mark.parametrize("asks", ["a person", "a confirmation"])
def test_a_repeated_webhook_gets_the_same_answer_byte_for_byte(settings, parts, asks):
    """The carrier repeats a request with the cookie that it had then."""
    digits, answered = ("0", b"Dial") if asks == "a person" else (genuine_id(parts), b"Alpha")
    app_ = app.create_app(settings)
    phone = Phone(app_.test_client(), settings)
    phone.post("/voice")
    cookie = phone.client.get_cookie("call", path="/voice").value
    answers = set()
    for _ in range(3):
        again = Phone(app_.test_client(), settings)
        again.client.set_cookie("call", cookie, path="/voice")
        answers.add(again.post("/voice/step/enter_id", Digits=digits).data)
    assert len(answers) == 1
    assert answered in answers.pop()


def test_the_call_travels_in_the_cookie_so_that_any_worker_can_answer(settings):
    first, second = app.create_app(settings), app.create_app(settings)
    phone = Phone(first.test_client(), settings)
    phone.post("/voice")
    other = Phone(second.test_client(), settings)
    other.client.set_cookie("call", phone.client.get_cookie("call", path="/voice").value, path="/voice")
    other.post("/voice/step/enter_id", Digits=WRONG)
    assert "I do not find a product key or license code" in other.words()


def test_a_cookie_of_another_call_is_a_defect_and_the_caller_is_put_through(phone, caplog):
    phone.post("/voice")
    phone.post("/voice/step/enter_id", CallSid="CA" + "2" * 32, Digits=WRONG)
    assert "Something went wrong on our side" in phone.words()
    assert phone.document().find("Dial").text == phone.settings.operator_number


def test_a_lost_cookie_is_a_defect_and_the_caller_is_put_through(phone):
    phone.post("/voice/step/enter_id", Digits=WRONG)
    assert phone.response.status_code == 200
    assert phone.document().find("Dial").text == phone.settings.operator_number


def test_any_defect_is_answered_with_twiml_that_puts_the_caller_through(phone, monkeypatch, caplog):
    phone.post("/voice")
    monkeypatch.setattr(Desk, "confirm", lambda *_, **__: 1 / 0)
    phone.post("/voice/step/enter_id", Digits=WRONG)
    assert phone.response.status_code == 200
    assert phone.document().find("Dial").text == phone.settings.operator_number
    assert "ZeroDivisionError" in caplog.text
    assert WRONG not in caplog.text


def test_when_even_the_database_is_gone_the_caller_is_put_through(phone, parts, monkeypatch):
    genuine = genuine_id(parts)
    phone.post("/voice")
    for name in ("settle", "hand_over"):
        monkeypatch.setattr(SqlRecords, name, lambda *_: 1 / 0)
    phone.post("/voice/step/enter_id", Digits=genuine)
    assert phone.document().find("Dial").text == phone.settings.operator_number


@contextmanager
def full_disk():
    """No file of this process takes another byte, those of SQLite neither."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_while_the_disk_is_full_one_moment_then_a_person_and_nothing_is_half_kept(phone, parts):
    genuine = genuine_id(parts)
    before = parts.records.activations(9)
    phone.post("/voice")
    with full_disk():
        phone.post("/voice/step/enter_id", Digits=genuine)
        assert "moment" in phone.words()
        while (dial := phone.document().find("Dial")) is None:
            phone.press("#")
        assert dial.text == phone.settings.operator_number
    assert parts.records.activations(9) == before == []

    phone.post("/voice", CallSid="CA" + "3" * 32)
    phone.post("/voice/step/enter_id", CallSid="CA" + "3" * 32, Digits=genuine)
    assert "Alpha" in phone.words()
    assert len(parts.records.activations(9)) == 1


def test_a_hand_over_that_cannot_be_kept_is_not_waited_for_twice(phone, monkeypatch, caplog):
    asked = []

    def down(*keyed):
        asked.append(keyed)
        raise StoreDown

    monkeypatch.setattr(SqlRecords, "hand_over", down)
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits="0")
    assert phone.document().find("Dial").text == phone.settings.operator_number
    assert len(asked) == 1
    assert "put through without a reference" in caplog.text


def test_when_nothing_works_and_there_is_no_operator_the_caller_is_told_what_to_do(settings, monkeypatch):
    phone = Phone(app.create_app(replace(settings, operator_number="")).test_client(), settings)
    monkeypatch.setattr(SqlRecords, "hand_over", lambda *_: 1 / 0)
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits="0")
    assert phone.words().endswith("write to the support address on your license document. Goodbye.")
    assert phone.document().find("Hangup") is not None


def test_the_fallback_puts_the_caller_through_with_what_was_keyed(phone, parts):
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits=WRONG[:21])
    phone.post("/voice/fallback", ErrorCode="11200", ErrorUrl="https://x.example/voice")
    assert phone.document().find("Dial").text == phone.settings.operator_number
    assert parts.records.hand_overs(1)[0].keyed == WRONG[:21] + "-" * 28


def test_an_operator_who_does_not_answer_leads_to_a_reference(phone, parts):
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits="0")
    phone.post("/voice/dialled", DialCallStatus="no-answer")
    assert "Nobody can take your call right now" in phone.words()
    phone.post("/voice/dialled", DialCallStatus="completed")
    assert [element.tag for element in phone.document()] == ["Hangup"]


def test_the_last_resort_does_not_dial_again_and_again(phone, monkeypatch):
    monkeypatch.setattr(SqlRecords, "hand_over", lambda *_: 1 / 0)
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits="0")
    assert phone.document().find("Dial") is not None
    phone.post("/voice/dialled", DialCallStatus="busy")
    assert phone.document().find("Dial") is None
    assert phone.words().endswith("Goodbye.")


def test_a_cookie_of_another_call_does_not_dial_again_and_again(phone):
    phone.post("/voice")
    phone.post("/voice/step/enter_id", CallSid="CA" + "2" * 32, Digits="0")
    phone.post("/voice/dialled", CallSid="CA" + "2" * 32, DialCallStatus="busy")
    assert phone.document().find("Dial") is None


def test_an_unsigned_request_is_refused_before_its_body_is_waited_for(settings):
    class Slow:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": "9"}
    environ["wsgi.input"] = Slow()
    response = app.create_app(settings).test_client().open("/voice", environ_overrides=environ)
    assert response.status_code == 403


def test_a_status_cannot_forge_a_line_of_the_log(phone, caplog):
    caplog.set_level(logging.INFO)
    phone.post("/voice/status", CallStatus="completed\nERROR:root:forged")
    assert "\nERROR" not in caplog.text


def test_a_caller_of_whom_nothing_is_known_is_not_dialled_twice(phone):
    phone.post("/voice/step/enter_id", Digits=WRONG)
    phone.client.delete_cookie("call", path="/voice")
    phone.post("/voice/dialled", DialCallStatus="busy")
    assert phone.document().find("Dial") is None
    assert phone.document().find("Hangup") is not None


def test_a_call_that_ended_is_noted_without_numbers(phone, caplog):
    caplog.set_level(logging.DEBUG)
    assert phone.post("/voice/status", CallStatus="completed", CallDuration="77").status_code == 204
    assert not phone.response.headers
    assert "completed" in caplog.text
    assert CALL["From"] not in caplog.text


def test_nothing_of_a_call_is_logged_that_could_tell_who_called_or_what_was_keyed(phone, caplog):
    caplog.set_level(logging.DEBUG)
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits=WRONG)
    phone.post("/voice/step/nowhere", Digits=WRONG)
    assert not re.search(r"\d{5}", caplog.text)


def test_keys_that_are_on_no_telephone_are_ignored(phone):
    phone.post("/voice")
    phone.post("/voice/step/enter_id", Digits="<script>")
    assert phone.response.status_code == 200
    assert b"script" not in phone.response.data


def test_a_body_that_is_too_large_is_refused(phone):
    assert phone.post("/voice", Digits="1" * 70_000).status_code == 413


def test_a_call_whose_book_is_gone_goes_on_in_the_default_language(parts, settings):
    """A locale may be taken away while calls are under way in it."""
    books = dict(parts.books)
    options = {"public_url": settings.public_url, "auth_tokens": [settings.twilio_auth_token], "now": app.now}
    options |= {"session_keys": [b"a secret of these tests"], "operator": settings.operator_number}
    voice = Webhooks(ACTIVATION_CALL, app.TelephoneDesk(parts.desk, True), parts.directory, books, **options)
    phone = Phone(Client(voice), settings)
    phone.post("/voice", To="+17875550142")
    assert phone.words().startswith("Bienvenido")
    for locale in [locale for locale in books if locale.startswith("es")]:
        del books[locale]
    assert phone.press("0").status_code == 200
    assert {say.get("language") for say in phone.document().iter("Say")} == {"en-US"}


def test_a_body_in_chunks_that_is_too_large_is_refused_and_not_cut(settings):
    client = app.create_app(replace(settings, twilio_auth_token="")).test_client()
    body, chunked = BytesIO(b"CallSid=CA1&Digits=" + b"1" * 70_000), {"wsgi.input_terminated": True}
    answer = client.post("/voice", input_stream=body, headers={"Transfer-Encoding": "chunked"}, environ_base=chunked)
    assert answer.status_code == 413


def test_the_cookie_is_the_carriers_alone(phone):
    phone.post("/voice")
    cookie = phone.response.headers["Set-Cookie"]
    assert all(mark in cookie for mark in ("HttpOnly", "Secure", "Path=/voice"))


# What is counted of a call


@pytest.fixture
def counted(parts, settings):
    """A telephone whose `clock` stands still, and what was counted: (when, counts, once)."""
    desk, taken, clock = app.TelephoneDesk(parts.desk, True), [], [datetime(2026, 5, 4, 23, 59, 30, tzinfo=UTC)]
    voice = Webhooks(
        ACTIVATION_CALL,
        desk,
        parts.directory,
        parts.books,
        public_url=settings.public_url,
        auth_tokens=[settings.twilio_auth_token],
        session_keys=[b"a secret of these tests"],
        operator=settings.operator_number,
        now=lambda: clock[0],
        count=lambda *told: taken.append(told),
    )
    phone = Phone(Client(voice), settings)
    phone.clock, phone.counted = clock, taken
    return phone


def test_all_of_a_call_counts_in_the_hour_in_which_it_was_answered(counted, parts):
    counted.post("/voice")
    answered = counted.clock[0]
    counted.clock[0] += timedelta(seconds=75)
    counted.post("/voice/step/enter_id", Digits=genuine_id(parts))
    (first, _, _), (second, counts, _) = counted.counted
    assert first == second == answered
    assert counts["seconds", "75"] == 1
    assert (counts["confirmed", ""], counts["gave_up", "enter_id"]) == (1, -1)


def test_what_the_carrier_repeats_is_counted_under_the_same_name(counted):
    for once in ("a", "a", "b"):
        counted.post("/voice", once=once)
    assert [once for _, _, once in counted.counted] == ["a", "a", "b"]


def test_a_person_who_does_not_answer_and_a_defect_count_too(counted, monkeypatch):
    counted.post("/voice")
    counted.post("/voice/step/enter_id", Digits="0")
    counted.post("/voice/dialled", DialCallStatus="busy")
    assert counted.counted[-1][1]["nobody", "enter_id"] == 1
    counted.post("/voice")
    counted.post("/voice/step/nowhere", Digits="1")
    assert counted.counted[-1][1]["out_of_order", "enter_id"] == 1
    counted.client.delete_cookie("call", path="/voice")
    counted.post("/voice/step/enter_id", Digits="1")
    assert counted.counted[-1][1] == {("defect", ""): 1}


def test_nothing_that_is_counted_names_the_caller_or_what_was_keyed(counted):
    counted.post("/voice")
    for keys in (WRONG, "1", WRONG[:20], "123", "0"):
        counted.press(keys)
    named = [part for _, counts, _ in counted.counted for count in counts for part in count]
    assert not re.search(r"\d{3}", " ".join(named))


MOBILE = "+447400123456"


@pytest.fixture
def messages():
    return MessageService()


@pytest.fixture
def mobile(settings, parts, messages):
    """A caller from a mobile who has heard the whole Confirmation ID."""
    phone = Phone(app.create_app(settings, messages=messages).test_client(), settings)
    phone.post("/voice", From=MOBILE)
    phone.post("/voice/step/enter_id", From=MOBILE, Digits=genuine_id(parts))
    phone.post("/voice/step/read_back?part=12", From=MOBILE, Digits="*")
    assert "as a text message, press three" in phone.words()
    return phone


def test_a_repeated_webhook_sends_no_second_text_message(mobile, messages):
    answers = set()
    cookie = mobile.client.get_cookie("call", path="/voice").value
    for _ in range(3):
        mobile.client.set_cookie("call", cookie, path="/voice")
        answers.add(mobile.post("/voice/step/what_next_or_text", From=MOBILE, Digits="3").data)
    assert len(messages.arrived(MOBILE)) == 1
    assert len(answers) == 1
    assert "The text message is on its way" in mobile.words()


def test_the_number_of_a_caller_is_neither_in_the_cookie_nor_logged_nor_kept(mobile, settings, caplog):
    caplog.set_level(logging.DEBUG)
    mobile.post("/voice/step/what_next_or_text", From=MOBILE, Digits="3")
    payload = mobile.client.get_cookie("call", path="/voice").value.rpartition(".")[0]
    kept = Path(settings.database_url.removeprefix("sqlite:///"))
    written = [b64decode(payload + "==", altchars=b"-_"), *(each.read_bytes() for each in kept.parent.glob("*.db*"))]
    assert len(written) > 1
    assert not any(MOBILE[1:].encode() in each for each in written)
    assert not re.search(r"\d{5}", caplog.text)


@pytest.mark.parametrize("number", ["anonymous", "+442079460999", ""])
def test_a_caller_whose_number_takes_no_texts_is_offered_none(settings, parts, messages, number):
    phone = Phone(app.create_app(settings, messages=messages).test_client(), settings)
    phone.post("/voice", From=number)
    phone.post("/voice/step/enter_id", From=number, Digits=genuine_id(parts))
    assert "press three" not in phone.words()


def test_without_a_sender_no_caller_is_offered_a_text(settings, parts):
    phone = Phone(app.create_app(settings).test_client(), settings)
    phone.post("/voice", From=MOBILE)
    phone.post("/voice/step/enter_id", From=MOBILE, Digits=genuine_id(parts))
    assert "press three" not in phone.words()
