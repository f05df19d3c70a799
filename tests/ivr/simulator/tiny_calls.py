"""Voice applications of a few lines, and the exploration of them."""

import httpx
from flask import Flask, Response, request

from ivr.simulator.carrier import Carrier
from ivr.simulator.explorer import explore
from ivr.simulator.rehearsal import dialling

BYE = "<Say>Goodbye.</Say><Hangup/>"
A_PERSON = '<Say voice="Polly.Joanna-Neural" language="en-US">One moment.</Say><Dial>+12125550143</Dial>'


def asks(words, action, after="", **attributes):
    """A Gather of one key that takes silence for an answer."""
    given = {"numDigits": "1", "finishOnKey": "", "actionOnEmptyResult": "true", "action": action} | attributes
    told = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f"<Gather {told}><Say>{words}</Say></Gather>{after}"


def walk(pages, **how):
    """The exploration of an application: a path and its TwiML, or a function of the keys."""
    application = Flask("tiny")
    application.secret_key = "of a call that keeps something"

    @application.route("/<path:path>", methods=["GET", "POST"])
    def answer(path):
        page = pages[path](request.form.get("Digits", "")) if callable(pages[path]) else pages[path]
        return Response(f"<Response>{page}</Response>", content_type="text/xml") if isinstance(page, str) else page

    with httpx.Client(transport=httpx.WSGITransport(application)) as client:

        def place(line, call):
            carrier = Carrier(client, auth_token=None, voice_url="https://tiny.example/voice", max_requests=20)
            carrier.place(dialling("US", "+18005550100", str(call)), line)

        return explore(place, **how)


def by_key(otherwise, **keys):
    """A page for each key; zero is a person, as a good call has it."""
    table = {"0": A_PERSON} | {key.removeprefix("_"): page for key, page in keys.items()}
    return lambda digits: table.get(digits, otherwise)
