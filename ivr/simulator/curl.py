"""A webhook as a command that makes it once more, with its signature and its cookies, in any POSIX shell."""

from __future__ import annotations

import shlex

import httpx

__all__ = ["curl"]

_KEPT = ("Content-Type", "I-Twilio-Idempotency-Token", "X-Twilio-Signature", "Cookie")


def curl(request: httpx.Request, base: str) -> str:
    """The same request, sent to where the application listens: `base` is scheme, host and port."""
    parts = [f"curl {shlex.quote(base.rstrip('/') + request.url.raw_path.decode('ascii'))}"]
    parts += [f"-H {shlex.quote(f'{name}: {request.headers[name]}')}" for name in _KEPT if name in request.headers]
    if request.method == "POST":
        parts.append(f"--data-raw {shlex.quote(request.content.decode('ascii'))}")
    return " \\\n  ".join(parts) + "\n"
