"""Twilio's own validator accepts what the carrier signs: ten thousand requests, with everything odd in them."""

import json
import random
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from calling import END, TOKEN, call
from conformance import fact
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from ivr.simulator.carrier import Dialling
from ivr.simulator.signature import sign, with_body_hash
from ivr.simulator.webhook import Target, compose, parameters

MANY = 2_500  # in each of four parts
ODD = (
    "aZ09 +&=?#%/\\'\"<>;:,.~_-*()[]{}|^`@$!\t\n\r\0"
    "äßñçøłžΩжя中文字日本語ひカ한국어العربيةעבריתहिन्दी🙂👍🏽"
    "\u200b\u202e\ufeff\u00a0e\u0301"
)
HOSTS = ["voice.example", "a-b.voice.example", "127.0.0.1", "[::1]", "xn--bcher-kva.example", "VOICE.example"]
PORTS = ["", ":80", ":443", ":8443", ":5001", ":1"]
NAMES = ["Digits", "SpeechResult", "FinishedOnKey", "msg", "", "X y", "ä", "Ünï", "a[]", "a.b"]


def odd(dice: random.Random, most: int = 12) -> str:
    return "".join(dice.choices(ODD, k=dice.randrange(most)))


def address(dice: random.Random) -> str:
    path = "/".join(quote(odd(dice, 5)) for _ in range(dice.randrange(4)))
    pairs = [(odd(dice, 6), odd(dice)) for _ in range(dice.randrange(4))]
    pairs += pairs[: dice.randrange(3)]
    query = "&".join(f"{quote(name)}={quote(value)}" if dice.random() < 0.9 else quote(name) for name, value in pairs)
    fragment = dice.choice(["", "#rc=2&rp=all", "#ct=100"])
    origin = dice.choice(["http://", "https://"]) + dice.choice(HOSTS) + dice.choice(PORTS)
    return f"{origin}/{path}" + (f"?{query}" if query else dice.choice(["", "?"])) + fragment


def caller(dice: random.Random) -> Dialling:
    return Dialling(odd(dice), odd(dice), "CA1", "AC1", caller_city=odd(dice), caller_name=odd(dice), forwarded_from="")


@fact("6: twilio-python's RequestValidator accepts every request, with any port, empty and repeated parameters")
@pytest.mark.parametrize("part", range(4))
def test_twilios_validator_accepts_every_request(part):
    dice = random.Random(part)
    validator = RequestValidator(TOKEN)
    with httpx.Client() as client:
        for number in range(MANY):
            target = Target(address(dice), dice.choice(["GET", "POST"]), "a test", {dice.choice(NAMES): odd(dice)})
            params = parameters(caller(dice), "ringing", target.extra)
            request = compose(client, target, params, auth_token=TOKEN, idempotency_token="t")
            assert isinstance(request, httpx.Request), (target.url, request)
            form = MultiDict(parse_qsl(request.content.decode(), keep_blank_values=True))
            signature = request.headers["X-Twilio-Signature"]
            assert validator.validate(str(request.url), form, signature), (part, number, target)
            assert "#" not in str(request.url)


@fact("6: a JSON body is signed by its bodySHA256 in the query")
@given(st.binary(max_size=50), st.sampled_from(["", "?a=1", "?a=1&b=", "#rc=1"]))
def test_a_json_body_is_signed_by_its_hash(content, end):
    body = json.dumps({"content": content.hex()})
    url = with_body_hash(f"https://voice.example/json{end}", body.encode())
    signed = url.partition("#")[0]
    assert RequestValidator(TOKEN).validate(signed, body, sign(TOKEN, url))
    assert not RequestValidator(TOKEN).validate(signed, body + " ", sign(TOKEN, url))


@fact("6: the published vectors with a user and a password in the URL, and with a quote in it")
@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "CukzLTc1tT5dXEDIHm/tKBanW10="),
        ("https://user@mycompany.com/myapp.php?foo=1&bar=2", "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        ("https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing", "dsq4Ehbj6cs+KdTkpF5sSSplOWw="),
    ],
)
def test_the_published_signatures_of_odd_addresses_are_met(url, signature):
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert sign("12345", url, form.items()) == signature


def test_a_password_in_an_address_is_sent_as_basic_authentication_and_shown_to_nobody():
    played = call(END, voice_url="https://user:pass@voice.example/voice")
    assert played.asked[0]["headers"]["Authorization"] == "Basic dXNlcjpwYXNz"
    assert "pass" not in json.dumps(played.of("request", "response"))
