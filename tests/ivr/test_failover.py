"""A Twilio account that fails, and a region that does: rehearsed, as docs/going_live.md says what to do.

Two Twilios on this machine, each with its own account and token; one application and one database.
"""

import json
from contextlib import ExitStack
from dataclasses import replace

import pytest
from twilio_here import Twilio, dialled_here, serving
from vendor_at_twilio import PUBLIC_URL, Vendor, answering

import app
from activation_core import installation_id
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from ivr.twilio_account import sid_of

A, B = "AC" + "a" * 32, "AC" + "b" * 32
C_US, C_IE = (f"AC{'c' * 32}@{region}" for region in ("us1", "ie1"))  # one account in two regions
FREE, TOLL = "+448081570142", "+442079460142"  # both of Great Britain, in the directory of the house
TEXTS_OF_A, TEXTS_OF_B = "+447400999001", "+447400999002"

ACTIVATES = """
hears enter_id
presses the Installation ID
hears confirmed
stays silent
writes down 13 blocks
stays silent
"""
ENDS = """
presses 9
hears goodbye
is hung up on
"""
CALL = f"hears welcome{ACTIVATES}hears what_next{ENDS}"
ASKS_FOR_A_TEXT = f"""
hears what_next_or_text
presses 3
receives a text message
hears text_sent
hears what_next_or_text
{ENDS}
"""
CALL_AND_TEXT = f"hears welcome{ACTIVATES}{ASKS_FOR_A_TEXT}"
HEARS_OF_A_FREE_NUMBER = """
hears toll_free
presses #
"""
CANNOT_GET_THROUGH = """
hears "an application error has occurred"
is cut off by the carrier
"""


@pytest.fixture
def vendor_of(settings, monkeypatch, tmp_path):
    """A vendor whose accounts have these numbers, which are pointed here by now."""
    monkeypatch.chdir(tmp_path)
    for name, value in vars(replace(settings, public_url=PUBLIC_URL)).items():
        monkeypatch.setenv(name.upper(), str(value))
    with ExitStack() as stack:

        def vendor_of(owners, *twilios, **more):
            known = app.read_directory()
            numbers = tuple(replace(number, account=owners.get(number.e164, "")) for number in known.numbers)
            monkeypatch.setattr("wiring.parts.read_directory", lambda: replace(known, numbers=numbers))
            servers = {
                sid_of(name): stack.enter_context(serving(twilio)) for twilio in twilios for name in twilio.tokens
            }
            dialled_here(monkeypatch, servers)
            vendor = Vendor(monkeypatch, stack.enter_context(answering()), twilios)
            tokens = {name: token for twilio in twilios for name, token in twilio.tokens.items()}
            all_tokens = ",".join(["an old token", *tokens.values()])
            vendor.set(TWILIO_ACCOUNT_SID=",".join(tokens), TWILIO_AUTH_TOKEN=all_tokens, **more)
            vendor.run("numbers", "sync", "--apply")
            return vendor

        yield vendor_of


@pytest.fixture
def vendor(vendor_of):
    """Callers are told the free number of A; B has one that they pay for."""
    twilios = Twilio({A: "the token of A"}), Twilio({B: "the token of B"})
    for twilio, account, number, texts in zip(twilios, (A, B), (FREE, TOLL), (TEXTS_OF_A, TEXTS_OF_B), strict=True):
        twilio.own(account, number)
        twilio.own(account, texts, voice=False)
    return vendor_of({FREE: A, TOLL: B}, *twilios, MESSAGING_FROM=f"{TEXTS_OF_A},{TEXTS_OF_B}")


@pytest.fixture
def computer(parts):
    (key,) = parts.desk.issue(1, 1, "standard", lambda _: 4711, app.now())
    return installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1).digits


@pytest.fixture
def counted(parts):
    """How many places the one product key has given."""
    return lambda: len(parts.records.activations_of(Kind.PRODUCT_KEY, 1, 4711))


def test_an_account_fails_and_its_customers_get_through_by_the_other_one(vendor, computer, counted):
    # All is well: customers are told A's free number, and A texts.
    assert vendor.number_told() == FREE
    confirmation = vendor.call(FREE, CALL_AND_TEXT, computer)
    assert (len(confirmation), counted(), vendor.texted(A), vendor.texted(B)) == (91, 1, 1, 0)

    # A is suspended in the middle of a call, and set down. The call is finished, and B sends its text.
    def a_fails():
        vendor.twilio(A).status[A] = "suspended"
        vendor.set(TWILIO_ACCOUNT_DOWN=A)

    asked = vendor.asked(A)
    assert vendor.call(FREE, CALL_AND_TEXT, computer, meanwhile=a_fails) == confirmation
    assert (vendor.texted(A), vendor.texted(B)) == (1, 1)

    # A's number rings nobody now. The same customer is told B's, hears of no free number, and is counted once.
    assert vendor.call(FREE, CALL_AND_TEXT, computer) is None
    assert vendor.number_told() == TOLL
    assert "020 7946 0142" in vendor.run("numbers", "--region", "GB")
    assert vendor.call(TOLL, CALL_AND_TEXT, computer) == confirmation
    assert (counted(), vendor.texted(A), vendor.texted(B)) == (1, 1, 2)
    assert vendor.asked(A) == asked

    # A is there again.
    vendor.twilio(A).status[A] = "active"
    vendor.set(TWILIO_ACCOUNT_DOWN="")
    assert vendor.number_told() == FREE
    assert vendor.call(FREE, CALL_AND_TEXT, computer) == confirmation
    assert (counted(), vendor.texted(A)) == (1, 2)


def test_a_region_fails_and_the_same_number_rings_in_another_one(vendor_of, computer, counted):
    # All is well: calls come in over the United States, signed with that region's token.
    twilio = Twilio({C_US: "the token of us1", C_IE: "the token of ie1"})
    for account in (C_US, C_IE):
        twilio.own(account, FREE)
    vendor = vendor_of({}, twilio)
    assert twilio.rung(FREE)[0] == C_US
    confirmation = vendor.call(FREE, CALL, computer)
    assert (len(confirmation), counted()) == (91, 1)

    # That region fails, is set down, and the numbers are routed anew: over Ireland's host, with Ireland's token.
    twilio.status[C_US] = 503
    assert vendor.call(FREE, CALL, computer) is None
    vendor.set(TWILIO_ACCOUNT_DOWN=C_US)
    asked = vendor.asked(C_US)
    assert f"Changed {FREE} in ie1." in vendor.run("numbers", "sync", "--apply")
    assert vendor.asked(C_US) == asked

    # The number is the same, so customers notice nothing.
    assert (twilio.rung(FREE)[0], vendor.number_told()) == (C_IE, FREE)
    assert (vendor.call(FREE, CALL, computer), counted()) == (confirmation, 1)

    # The region is there again.
    twilio.status[C_US] = "active"
    vendor.set(TWILIO_ACCOUNT_DOWN="")
    vendor.run("numbers", "sync", "--apply")
    assert twilio.rung(FREE)[0] == C_US


def test_before_the_switch_the_other_account_answers_and_texts_already(vendor, computer, counted):
    vendor.twilio(A).status[A] = "suspended"
    script = f"hears welcome{HEARS_OF_A_FREE_NUMBER}{ACTIVATES}{ASKS_FOR_A_TEXT}"
    assert len(vendor.call(TOLL, script, computer)) == 91
    assert (counted(), vendor.texted(A), vendor.texted(B)) == (1, 0, 1)


def test_a_text_goes_out_by_the_account_that_the_call_came_in_by(vendor, computer):
    vendor.call(FREE, CALL_AND_TEXT, computer)
    assert (vendor.texted(A), vendor.texted(B)) == (1, 0)
    vendor.call(TOLL, f"hears welcome{HEARS_OF_A_FREE_NUMBER}{ACTIVATES}{ASKS_FOR_A_TEXT}", computer)
    assert (vendor.texted(A), vendor.texted(B)) == (1, 1)


@pytest.mark.parametrize("fault", [403, 503, "nobody answers", "it never answers"])
def test_where_the_account_of_the_call_sends_no_text_the_other_one_does(vendor, computer, fault, monkeypatch):
    """Its calls come in all the same."""
    if fault == "it never answers":
        monkeypatch.setattr("wiring.voice.TEXT_SECONDS", 0.2)
        vendor.set()
        vendor.twilio(A).shutdown()
    elif fault == "nobody answers":
        vendor.twilio(A).server_close()
    else:
        vendor.twilio(A).statuses[:] = [fault]
    assert vendor.call(FREE, CALL_AND_TEXT, computer)
    assert (vendor.texted(A), vendor.texted(B)) == (0, 1)


@pytest.mark.parametrize("down", ["", A])
def test_whoever_signs_with_a_token_of_neither_account_is_refused(vendor, down):
    vendor.set(TWILIO_ACCOUNT_DOWN=down)
    for number in (FREE, TOLL):
        vendor.call(number, CANNOT_GET_THROUGH, token="somebody's token")
        assert {event.details["status"] for event in vendor.events if event.kind == "response"} == {403}


@pytest.fixture
def doctor(vendor):
    """What the doctor says of A, and of B nothing."""

    def doctor(status=1):
        findings = json.loads(vendor.run("doctor", "--json", status=status))["findings"]
        assert not any(B in found["words"] for found in findings)
        return [(found["kind"], found["words"]) for found in findings if A in found["words"]]

    return doctor


def test_the_doctor_asks_each_account_and_tells_what_is_wrong_with_it(vendor, doctor):
    assert doctor(status=0) == []
    vendor.twilio(A).status[A] = "suspended"
    assert doctor() == [("wrong", f"Account {A}: Twilio says that it is suspended.")]
    vendor.twilio(A).tokens[A] = "a new token"
    assert doctor() == [("wrong", f"Account {A}: TWILIO_AUTH_TOKEN has no token that it accepts.")]
    vendor.twilio(A).server_close()
    assert doctor() == [("wrong", f"Account {A}: no answer of Twilio's came (ConnectionError).")]


def test_the_doctor_tells_of_an_account_that_is_down_whether_it_is_there_again(vendor, doctor):
    vendor.set(TWILIO_ACCOUNT_DOWN=A)
    assert doctor(status=0) == [("note", f"Account {A}: Twilio says that it is active. Here it is down.")]
    vendor.twilio(A).status[A] = "suspended"
    assert doctor(status=0) == [("note", f"Account {A}: Twilio says that it is suspended. Here it is down.")]


def test_the_doctor_tells_which_numbers_callers_are_told_whichever_account_is_down(vendor, monkeypatch):
    def findings():
        return [each["words"] for each in json.loads(vendor.run("doctor", "--json"))["findings"]]

    known = app.read_directory()
    real = [replace(number, example=False, account={FREE: A}.get(number.e164, "")) for number in known.numbers[4:6]]
    assert {number.e164 for number in real} == {FREE, TOLL}
    monkeypatch.setattr(
        "wiring.parts.read_directory", lambda: replace(known, numbers=(*known.numbers[:4], *real, *known.numbers[6:]))
    )
    assert f"None of your accounts is said to have {TOLL}." in findings()
    vendor.set(TWILIO_ACCOUNT_SID=A, MESSAGING_FROM="")
    assert not any("None of your accounts" in words for words in findings())


def test_numbers_sync_goes_through_the_accounts_that_are_up(vendor):
    vendor.twilio(A).status[A] = "suspended"
    assert "status 403: it is suspended, or closed" in vendor.run("numbers", "sync", status=1)
    vendor.set(TWILIO_ACCOUNT_DOWN=A)
    assert "Nothing is to be changed" in vendor.run("numbers", "sync")
