"""The Internet method: ask the clearinghouse for a Confirmation ID and put it in (rules 13, 36, 42).

Asking again is always safe: the same Installation ID gets the same answer and counts once. What comes back is
checked by the same signature as an answer by telephone, so this never has to trust the connection.
"""

from __future__ import annotations

import errno
import json
import socket
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from activation_core import installation_id
from activation_core.from_here import LOOPBACK
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.backup import Standing
from activation_core.machine.cal_store import CalStore
from activation_core.machine.server import Server
from activation_core.refusals import REASONS, Refusal
from activation_core.roles import Actor

_WAITS = (0.5, 2.0)  # seconds before the second and the third attempt
_TIMEOUT = httpx.Timeout(15, connect=5)
_LARGEST, _LONGEST = 64 * 1024, 30.0  # of an answer, in bytes and in seconds
_NO_NETWORK = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}

Cause = Literal["interrupted", "unreachable", "hardware_changed", "code_not_verified"]
# The documented causes (rule 42) of what the clearinghouse refuses.
_CAUSES: Mapping[str, Cause] = {
    "internet_interrupted": "interrupted",
    "clearinghouse_unreachable": "unreachable",
    "in_use": "hardware_changed",
    "out_of_budget": "hardware_changed",
    "transfer_needed": "hardware_changed",
    "transfer_by_telephone": "hardware_changed",
    "reactivate_by_telephone": "hardware_changed",
}
_LADDER = (
    "Check that this computer is connected to the Internet.",
    "Try again.",
    "Use the telephone: the number to call is shown with the Installation ID.",
    "Ask product support.",
)


def cause(refusal: Refusal) -> Cause:
    """Which of the four documented causes it is: a code that cannot be verified, unless it is one of the others."""
    return _CAUSES.get(refusal.code, "code_not_verified")


def remedies(refusal: Refusal) -> tuple[str, ...]:
    """What to do, in this order (rule 42). A connection that works need not be checked, nor tried again."""
    if cause(refusal) in ("interrupted", "unreachable"):
        return _LADDER
    return (refusal.next_step, *_LADDER[3 if refusal.code.endswith("by_telephone") else 2 :])


class Clearinghouse:
    """The vendor's clearinghouse at this address, over a secure connection; `sleep` takes seconds."""

    def __init__(
        self,
        url: str,
        sleep: Callable[[float], object],
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        host = urlsplit(url)
        if host.scheme != "https" and host.hostname not in LOOPBACK:
            raise ValueError(f"CLEARINGHOUSE_URL: an address that begins with https:// is needed, not {url}")
        self._sleep, self._monotonic = sleep, monotonic
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/clearinghouse/v1", timeout=_TIMEOUT, transport=transport
        )

    def confirm(self, asked: InstallationId) -> str | Refusal:
        """The 91 digits of the Confirmation ID, or why not."""
        answer = self._ask("/confirmations", asked)
        return answer if isinstance(answer, Refusal) else str(answer.get("confirmation_id", ""))

    def standing(self, asked: InstallationId) -> Standing:
        """Whether the licence still belongs to the hardware of this Installation ID, as far as can be told."""
        answer = self._ask("/standings", asked)
        if isinstance(answer, Refusal):
            return "moved" if answer.code in ("not_genuine", "revoked") else "unknown"
        told = answer.get("standing")
        return told if told in ("current", "moved") else "unknown"

    def _ask(self, path: str, asked: InstallationId) -> Mapping[str, Any] | Refusal:
        for wait in (*_WAITS, None):
            try:
                with self._client.stream("POST", path, json={"installation_id": asked.digits}) as response:
                    answer = _read(response, self._monotonic)
            except httpx.RequestError as error:
                answer = Refusal(_what_broke(error))
            again = isinstance(answer, Refusal) and answer.code in ("internet_interrupted", "clearinghouse_unreachable")
            if not again or wait is None:
                return answer
            self._sleep(wait)
        raise AssertionError("the last attempt returns")


def activate(server: Server, clearinghouse: Clearinghouse, now: datetime) -> Refusal | None:
    """Ask for the server's Confirmation ID and put it in; None where it is activated then, or was already.

    After a significant change of the hardware it is activated by telephone (rule 17).
    """
    if server.is_activated(now):
        return None
    asked = server.installation_id(now)
    if isinstance(asked, Refusal):
        return asked
    if asked.operation is Operation.REACTIVATE:
        return Refusal("reactivate_by_telephone")
    answer = clearinghouse.confirm(asked)
    return answer if isinstance(answer, Refusal) else _checked(lambda: server.accept(answer, now, "internet"))


def install(store: CalStore, clearinghouse: Clearinghouse, actor: Actor, number: int, now: datetime) -> Refusal | None:
    """Ask for the Confirmation ID of this box and put it in. A transfer is done by telephone only (rule 32)."""
    entries = store.licences.entries
    if not 1 <= number <= len(entries):
        return Refusal("no_such_box", {"boxes": len(entries)})
    asked = installation_id.parse(entries[number - 1].installation_id)
    if asked.operation is Operation.TRANSFER:
        return Refusal("transfer_by_telephone")
    answer = clearinghouse.confirm(asked)
    return answer if isinstance(answer, Refusal) else _checked(lambda: store.accept(actor, number, answer, now))


def _checked(accept: Callable[[], Refusal | None]) -> Refusal | None:
    try:
        return accept()
    except ValueError:  # no Confirmation ID at all: something else than the clearinghouse answers there
        return Refusal("clearinghouse_unreachable")


def _read(response: httpx.Response, monotonic: Callable[[], float]) -> Mapping[str, Any] | Refusal:
    """Whoever answers is not trusted to end, in bytes or in time."""
    said, latest = b"", monotonic() + _LONGEST
    for part in response.iter_bytes():
        said += part
        if len(said) > _LARGEST or monotonic() > latest:
            return Refusal("clearinghouse_unreachable")
    try:
        body = json.loads(said)
    except (ValueError, RecursionError):
        return Refusal("clearinghouse_unreachable")
    if response.is_success and isinstance(body, dict):
        return body
    code = body.get("code") if isinstance(body, dict) else None
    if isinstance(code, str) and code in REASONS:
        details = body.get("details")
        return Refusal(code, details if isinstance(details, dict) else {})
    return Refusal("clearinghouse_unreachable")


def _what_broke(error: httpx.RequestError) -> str:
    """Our own connection, or their end: nothing of ours reached them, or nobody listens there."""
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError | httpx.RemoteProtocolError):
        return "internet_interrupted"
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, socket.gaierror) or (isinstance(reason, OSError) and reason.errno in _NO_NETWORK):
            return "internet_interrupted"
        reason = reason.__cause__ or reason.__context__
    return "clearinghouse_unreachable"
