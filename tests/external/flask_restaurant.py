"""A restaurant's telephone in the manner of the usual Flask tutorials. It knows nothing of this project.

`/voice` is as it should be. Two more numbers have a defect that many such applications have.
"""

import os
from functools import wraps

from flask import Flask, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

app = Flask(__name__)


def from_twilio(view):
    """Refuses whoever does not know the auth token."""

    @wraps(view)
    def checked():
        validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
        if not validator.validate(request.url, request.form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        return str(view()), {"Content-Type": "text/xml"}

    return checked


@app.post("/voice")
@from_twilio
def voice():
    response = VoiceResponse()
    gather = response.gather(num_digits=1, action="/menu")
    gather.say("Welcome to the Blue Door. To book a table, press 1. For opening hours, press 2.")
    response.say("We did not hear you. Goodbye.")
    return response


@app.post("/menu")
@from_twilio
def menu():
    response = VoiceResponse()
    if request.form["Digits"] == "1":
        gather = response.gather(finish_on_key="#", action="/table")
        gather.say("How many are you? Then press pound.")
    elif request.form["Digits"] == "2":
        response.say("We are open every evening from six.")
        response.hangup()
    else:
        response.say("Sorry, that is no choice.")
        response.redirect("/voice")
    return response


@app.route("/table", methods=["GET", "POST"])
@from_twilio
def table():
    response = VoiceResponse()
    if "Digits" in request.values:
        response.say(f"A table for {request.values['Digits']}. Goodbye.")
    else:
        response.say("You pressed nothing.")
    response.hangup()
    return response


# Defect: Flask sends whoever asks for /tables on to /tables/, and the digits do not come along.


@app.post("/moved")
@from_twilio
def moved():
    response = VoiceResponse()
    response.gather(finish_on_key="#", action="/tables").say("How many are you?")
    return response


@app.route("/tables/", methods=["GET", "POST"])
def tables():
    return table()


# Defect: the prompt stands before the Gather, not in it. Whoever knows the menu presses too early.


@app.post("/outside")
@from_twilio
def outside():
    response = VoiceResponse()
    response.say("How many are you?")
    response.gather(num_digits=1, action="/table", timeout=3)
    response.say("You pressed nothing.")
    return response
