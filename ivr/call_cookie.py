"""The call in the carrier's cookie: Twilio keeps cookies for each call, so no process has to remember one.

Signed, so that nobody can forge where a call stands, and not secret: it says what its caller has keyed and heard.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm
from werkzeug.http import dump_cookie

from ivr.dialogue import Call

NAME = "call"
_HOLE = "0"


class _HmacSha256(SigningAlgorithm):
    """At once, for a third of what the library's own objects take."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class CallCookie:
    """`secrets` sign it: the last one the new ones, the others those of calls that were under way when it came."""

    def __init__(self, secrets: Sequence[bytes], path: str, secure: bool) -> None:
        # Derived once; itsdangerous would do so for each cookie.
        derived = [hmac.digest(secret, b"call", "sha256") for secret in secrets]
        self._signer = Signer(derived, key_derivation="none", algorithm=_HmacSha256())
        header = dump_cookie(NAME, _HOLE, path=path, secure=secure, httponly=True, samesite="Lax")
        self._before, _, self._after = header.partition(_HOLE)

    def read(self, cookies: str) -> Call | None:
        """The call as the last document left it; None where the Cookie header has none, or none of ours."""
        try:
            step, facts, misses = json.loads(urlsafe_b64decode(self._signer.unsign(_value(cookies))))
        except BadSignature:
            return None
        return Call(step, facts, misses)

    def write(self, call: Call) -> str:
        """The Set-Cookie header."""
        told = json.dumps([call.step, dict(call.facts), call.misses], separators=(",", ":"))
        signed = self._signer.sign(urlsafe_b64encode(told.encode())).decode()
        return f"{self._before}{signed}{self._after}"


def _value(cookies: str) -> str:
    """Of our cookie among all; it needs no quotes."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == NAME:
            return value
    return ""
