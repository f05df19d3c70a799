"""Whether a request comes from this very machine: for what needs no password because nobody else is let in."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Headers(Protocol):
    def __contains__(self, name: str, /) -> bool: ...


def is_from_here(address: str | None, host: str, headers: Headers) -> bool:
    """A proxy or tunnel on this machine forwards for others, so a forwarded request is not from here.

    Nor is one for another host name: somebody bound that name to 127.0.0.1, and a page of theirs is asking.
    """
    named = urlsplit(f"//{host}").hostname in LOOPBACK
    return address in LOOPBACK and named and "X-Forwarded-For" not in headers and "Forwarded" not in headers
