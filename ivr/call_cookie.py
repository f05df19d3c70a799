"""The call in the carrier's cookie: Twilio keeps cookies for each call, so no process has to remember one.

Signed, so that nobody can forge where a call stands, and not secret: it says what its caller has keyed and heard.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence

import orjson
from werkzeug.http import dump_cookie

from activation_core.mac import blake2_mac
from ivr.dialogue import Call

NAME = "call"
_HOLE = "0"


class CallCookie:
    """`secrets` sign it: the last one the new ones, the others those of calls that were under way when it came."""

    def __init__(self, secrets: Sequence[bytes], path: str, secure: bool) -> None:
        self._keys = [blake2_mac(secret, b"call") for secret in reversed(secrets)]
        header = dump_cookie(NAME, _HOLE, path=path, secure=secure, httponly=True, samesite="Lax")
        self._before, _, self._after = header.partition(_HOLE)

    def read(self, cookies: str) -> Call | None:
        """The call as the last document left it; None where the Cookie header has none, or none of ours."""
        told, _, signature = _value(cookies).encode().rpartition(b".")
        if not any(hmac.compare_digest(_signature(key, told), signature) for key in self._keys):
            return None
        step, facts, misses = orjson.loads(b64decode(told))
        return Call(step, facts, misses)

    def write(self, call: Call) -> str:
        """The Set-Cookie header. TypeError where a fact is more than JSON and 64 bits hold."""
        told = b64encode(orjson.dumps([call.step, dict(call.facts), call.misses]))
        signed = b"%b.%b" % (told, _signature(self._keys[0], told))
        return f"{self._before}{signed.decode()}{self._after}"


def _signature(key: bytes, told: bytes) -> bytes:
    return b64encode(blake2_mac(key, told))


def _value(cookies: str) -> str:
    """Of our cookie among all; it needs no quotes."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == NAME:
            return value
    return ""
