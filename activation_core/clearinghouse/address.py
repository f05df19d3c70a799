"""Where a request comes from, for counting what goes wrong."""

from __future__ import annotations

from flask import Request

from activation_core.from_here import LOOPBACK


def address_of(request: Request) -> str:
    """A proxy on this machine says so in the last part of its header; others may say anything."""
    address = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and address in LOOPBACK else address
