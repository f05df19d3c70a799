"""FastAPI, twilio and SQLite as their documentation shows them; each claim durable, as ours is."""

import os
import sqlite3

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from starlette.middleware.sessions import SessionMiddleware
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

NAMES = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"]
NAMES += ["Hotel", "India", "Juliet", "Kilo", "Lima", "Mike"]


app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="bench")
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
connection = sqlite3.connect(os.environ["BENCH_DATABASE"], timeout=10, isolation_level=None)
connection.execute("PRAGMA synchronous = FULL")


async def signed_form(request: Request) -> dict[str, str]:
    form = dict(await request.form())
    url = os.environ["PUBLIC_URL"] + request.url.path
    if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
        raise HTTPException(403)
    return form


SIGNED = Depends(signed_form)


def twiml(response: VoiceResponse) -> Response:
    return Response(str(response), media_type="text/xml")


@app.post("/voice")
async def voice(request: Request, form: dict[str, str] = SIGNED) -> Response:
    request.session["call"] = form["CallSid"]
    response = VoiceResponse()
    gather = Gather(num_digits=49, action="/voice/digits", timeout=10)
    gather.say("Welcome. Please enter the 49 digits of your Installation ID.", voice="Polly.Joanna-Neural")
    response.append(gather)
    response.redirect("/voice")
    return twiml(response)


@app.post("/voice/digits")
async def digits(request: Request, form: dict[str, str] = SIGNED) -> Response:
    if request.session.get("call") != form["CallSid"]:
        raise HTTPException(400)
    keyed = form["Digits"]
    connection.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (keyed, form["CallSid"]))
    response = VoiceResponse()
    for place, name in enumerate(NAMES):
        block = " ".join(keyed[place * 3 : place * 3 + 7])
        gather = Gather(num_digits=1, action="/voice/end", timeout=1)
        for _ in range(2):
            gather.say(f"{name}. {block}.", voice="Polly.Joanna-Neural")
        response.append(gather)
    return twiml(response)


@app.post("/voice/end")
async def end(form: dict[str, str] = SIGNED) -> Response:
    response = VoiceResponse()
    response.say("Thank you for calling. Goodbye.")
    response.hangup()
    return twiml(response)


@app.post("/voice/status", status_code=204)
async def status(form: dict[str, str] = SIGNED) -> None:
    return None
