"""Flask, twilio and sqlite-utils as their documentation shows them; each claim durable, as ours is."""

import os
import sqlite3
from functools import wraps

from flask import Flask, Response, abort, g, request, session, url_for
from sqlite_utils import Database
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

NAMES = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"]
NAMES += ["Hotel", "India", "Juliet", "Kilo", "Lima", "Mike"]


app = Flask(__name__)
app.secret_key = "bench"
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])


def get_db():
    if "db" not in g:
        connection = sqlite3.connect(os.environ["BENCH_DATABASE"], timeout=10)
        connection.execute("PRAGMA synchronous = FULL")
        g.db = Database(connection)
    return g.db


@app.teardown_appcontext
def close_db(_):
    if "db" in g:
        g.pop("db").conn.close()


def validate_twilio_request(view):
    @wraps(view)
    def decorated(*args, **kwargs):
        url = os.environ["PUBLIC_URL"] + request.full_path.rstrip("?")
        if validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
            return view(*args, **kwargs)
        return abort(403)

    return decorated


def twiml(response):
    return Response(str(response), mimetype="text/xml")


@app.post("/voice")
@validate_twilio_request
def voice():
    session["call"] = request.form["CallSid"]
    response = VoiceResponse()
    gather = Gather(num_digits=49, action=url_for("digits"), timeout=10)
    gather.say("Welcome. Please enter the 49 digits of your Installation ID.", voice="Polly.Joanna-Neural")
    response.append(gather)
    response.redirect(url_for("voice"))
    return twiml(response)


@app.post("/voice/digits")
@validate_twilio_request
def digits():
    if session.get("call") != request.form["CallSid"]:
        abort(400)
    keyed = request.form["Digits"]
    get_db()["claims"].insert({"id": keyed, "call": request.form["CallSid"]}, pk="id", ignore=True)
    response = VoiceResponse()
    for place, name in enumerate(NAMES):
        block = " ".join(keyed[place * 3 : place * 3 + 7])
        gather = Gather(num_digits=1, action=url_for("end"), timeout=1)
        for _ in range(2):
            gather.say(f"{name}. {block}.", voice="Polly.Joanna-Neural")
        response.append(gather)
    return twiml(response)


@app.post("/voice/end")
@validate_twilio_request
def end():
    response = VoiceResponse()
    response.say("Thank you for calling. Goodbye.")
    response.hangup()
    return twiml(response)


@app.post("/voice/status")
@validate_twilio_request
def status():
    return "", 204
