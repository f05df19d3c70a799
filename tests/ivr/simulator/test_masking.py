"""A call without its digits: what is masked in each kind of event, and what is not."""

import httpx
import pytest

from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event
from ivr.simulator.masking import masked, masked_text
from ivr.simulator.rehearsal import dialling

ID = "1415581536297558996835937966345221728418510438913"


def one(books, kind, **details):
    return masked([Event(1.0, kind, details)], books)[0].details


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Alpha. zero four two. Once more: zero four two.", "Alpha. • • •. Once more: • • •."),
        ("Alfa. cero cuatro dos.", "Alfa. • • •."),
        ("Also 4 8 2 1, 4, 8, 2, 1 and 4821907.", "Also • • • •, •, •, •, • and •••••••."),
        (
            "Press one. The 49 digits, in 13 blocks, within 3.5 s.",
            "Press one. The 49 digits, in 13 blocks, within 3.5 s.",
        ),
        ("Call +49 30 23125142", "Call +49 30 ••••••••"),
    ],
)
def test_digits_one_by_one_and_long_numbers_are_masked_in_a_text(books, text, told):
    assert masked_text(text, books) == told


def test_what_was_keyed_is_masked_and_a_choice_in_a_menu_is_not(books):
    assert one(books, "gathered", digits=ID, key="#")["digits"] == "•" * 49
    assert one(books, "gathered", digits="2", key="#") == {"digits": "2", "key": "#"}


@pytest.mark.parametrize("kind", ["key", "lost"])
def test_keys_told_one_by_one_are_masked_each(books, kind):
    assert one(books, kind, key="4", digits="4") == {"key": "•", "digits": "•"}
    assert one(books, kind, key="#")["key"] == "#"


def test_a_request_has_its_digits_and_its_numbers_masked_and_its_names_not(books):
    params = {
        "Digits": ID,
        "From": "+4930123456",
        "CallSid": "CA12345678",
        "ErrorCode": "11200",
        "SpeechResult": "one two",
    }
    told = one(books, "request", url=f"http://127.0.0.1:8000/keyed?step=3&Digits={ID}", params=params)

    assert told["params"] == {
        **params,
        "Digits": "•" * 49,
        "From": "+••••••••••",
        "SpeechResult": "• •",
    }
    assert told["url"] == f"http://127.0.0.1:8000/keyed?step=3&Digits={'•' * 49}"


def test_a_document_keeps_its_verbs_and_loses_its_digits(books):
    body = (
        '<Response><Gather numDigits="49" action="/step?part=3"><Say language="en-US">Alpha. <break time="500ms"/> zero'
        "<break/> four <break/> two.</Say><Say>Press <break/> one.</Say></Gather><Dial>+12125550143</Dial>"
        '<Play digits="4821"/></Response>'
    )

    assert one(books, "response", body=body)["body"] == (
        '<Response><Gather numDigits="49" action="/step?part=3"><Say language="en-US">Alpha. • • •.</Say>'
        '<Say>Press <break /> one.</Say></Gather><Dial>+•••••••••••</Dial><Play digits="••••" /></Response>'
    )


@pytest.mark.parametrize("body", ["", "4821907, sorry", '<!DOCTYPE x [<!ENTITY a "4821907">]><a>&a;</a>', "<a>4821907"])
def test_what_is_no_document_is_masked_as_it_stands(books, body):
    assert one(books, "response", body=body)["body"] == body.replace("4821907", "•••••••")


def test_a_whole_activation_holds_no_block_of_either_id(world):
    _, shown = world.stage.set("genuine")
    caller = AttentiveCaller(shown, "es-US", world.books)
    with httpx.Client(transport=world.transport) as client:
        carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
        events = carrier.place(dialling("US", "+18005550199", "masked"), caller.line())
    whole = [shown[i : i + 7] for i in range(0, 49, 7)] + [caller.confirmation_id[i : i + 7] for i in range(0, 91, 7)]

    def found(events):
        text = repr([event.details for event in events]).replace('<break time="250ms" /> ', "").replace("  ", " ")
        compact = "".join(book.numerals(text).replace(" ", "") for book in world.books.values())
        return sum(block in compact for block in whole)

    assert found(events) == len(whole) == 20
    assert found(masked(events, world.books)) == 0


def test_no_digit_of_a_text_message_is_told(books):
    told = one(books, "sms", text="Your Confirmation ID\nAlpha 123 4567", to="+447400123456", sender="+15005550006")
    assert told == {"text": "Your Confirmation ID\nAlpha ••• ••••", "to": "+••••••••••••", "sender": "+•••••••••••"}
