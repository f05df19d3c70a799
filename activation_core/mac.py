"""HMAC-SHA256 (RFC 2104), of which a webhook takes several."""

from __future__ import annotations

import hmac


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """32 bytes. `hmac.digest` gives the same, but lets go of the interpreter's lock, for which threads then queue."""
    return hmac.new(key, message, "sha256").digest()
