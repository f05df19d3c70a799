"""Whether a request comes from this very machine: for what needs no password because nobody else is let in."""

from __future__ import annotations

from typing import Protocol

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Headers(Protocol):
    def __contains__(self, name: str, /) -> bool: ...


def is_from_here(address: str | None, headers: Headers) -> bool:
    """A proxy or tunnel on this machine forwards for others, so a forwarded request is not from here."""
    return address in LOOPBACK and "X-Forwarded-For" not in headers and "Forwarded" not in headers
