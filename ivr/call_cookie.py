"""The call in the carrier's cookie: Twilio keeps cookies for each call, so no process has to remember one.

Signed, so that nobody can forge where a call stands, and not secret: it says what its caller has keyed and heard.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from flask import Request, Response
from itsdangerous import BadSignature, Signer

from ivr.dialogue import Call

NAME = "call"


class CallCookie:
    """`secrets` sign it: the last one the new ones, the others those of calls that were under way when it came."""

    def __init__(self, secrets: Sequence[bytes], path: str, secure: bool) -> None:
        self._signer = Signer(secrets, salt="call", key_derivation="hmac", digest_method=hashlib.sha256)
        self._path, self._secure = path, secure

    def read(self, request: Request) -> Call | None:
        """The call as the last document left it; None where there is no cookie, or none of ours."""
        try:
            step, facts, misses = json.loads(urlsafe_b64decode(self._signer.unsign(request.cookies.get(NAME, ""))))
        except BadSignature:
            return None
        return Call(step, facts, misses)

    def write(self, response: Response, call: Call) -> None:
        told = json.dumps([call.step, dict(call.facts), call.misses], separators=(",", ":"))
        signed = self._signer.sign(urlsafe_b64encode(told.encode())).decode()
        response.set_cookie(NAME, signed, path=self._path, secure=self._secure, httponly=True, samesite="Lax")
