"""`GET /speech/<key>.wav`: what `Speech` gave a key for, and nothing else.

There is no guard: a key is 128 bits that only the page has which was given it, for words that this program chose.
"""

from __future__ import annotations

import io
from http import HTTPStatus

from flask import Blueprint, Response, abort, send_file

from ivr.speech.speech import Speech

_AN_HOUR = 60 * 60


def speech_routes(speech: Speech) -> Blueprint:
    """`url_for("speech.wav", key=audio.key)` is the address of an audio."""
    blueprint = Blueprint("speech", __name__, url_prefix="/speech")

    @blueprint.get("/<key>.wav")
    def wav(key: str) -> Response:
        sound = speech.wav(key)
        if sound is None:
            abort(HTTPStatus.NOT_FOUND)
        response = send_file(io.BytesIO(sound), mimetype="audio/wav", etag=key, max_age=_AN_HOUR)
        response.cache_control.public, response.cache_control.private = False, True
        response.cache_control.immutable = True
        return response

    return blueprint
