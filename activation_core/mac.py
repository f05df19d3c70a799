"""What proves that a message comes from whoever holds a key; a webhook takes several of these."""

from __future__ import annotations

import hmac
from hashlib import blake2b


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """32 bytes (RFC 2104). `hmac.digest` gives the same, but lets go of the interpreter's lock: threads then queue."""
    return hmac.new(key, message, "sha256").digest()


def blake2_mac(key: bytes, message: bytes) -> bytes:
    """16 bytes (RFC 7693), in a third of the time: for what nobody else computes. A key has 64 bytes at most."""
    return blake2b(message, key=key, digest_size=16).digest()
