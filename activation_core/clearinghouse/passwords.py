"""Passwords of operators: kept as Argon2id, made anew when the parameters change, refused where they are short."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200  # characters
# Argon2id where memory is scarce, as RFC 9106 recommends it (section 4, second choice).
ITERATIONS, MEMORY, LANES = 3, 64 * 1024, 4  # MEMORY in KiB
_AT_ONCE = 2  # each takes its memory for itself: a flood of sign-ins must not take all there is


class Unfit(ValueError):
    """A password that is not taken; the message says why."""


class Passwords:
    """`iterations` and `memory` are those of new hashes; old ones are still read."""

    def __init__(self, iterations: int = ITERATIONS, memory: int = MEMORY) -> None:
        self._hasher = PasswordHasher(iterations, memory, LANES)
        # A salt and a hash of zeros: as dear to verify as any, and no password has it.
        self._of_nobody = f"$argon2id$v=19$m={memory},t={iterations},p={LANES}${'A' * 22}${'A' * 43}"
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    def hashed(self, password: str) -> str:
        """What is kept of a password. Unfit where it is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Unfit(f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}.")
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is this password. Where nothing is kept it is not, and that takes as long to tell."""
        with self._turn:
            try:
                fits = self._hasher.verify(kept or self._of_nobody, password[:LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return fits and kept is not None and len(password) <= LONGEST

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)
