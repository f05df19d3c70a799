"""Signing in a process of its own: whoever breaks into the web application finds no signing key there.

A Unix socket takes requests of one shape, a message of 48 bytes that `confirmation_id` describes, and nothing else is
ever signed. Each is written to the signer's own log before it is answered, as a digest: line by line, never changed,
each with the hash of the one before. It answers so many a minute and no more, whoever asks.

Request: `s` and the message, or `k` and a key id. Answer: a letter, then the signature in 32 bytes or the public key in
128. The letters: `y` yes, `m` not such a message, `u` no such key, `r` too many, `l` the log cannot be written.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import socket
import socketserver
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from activation_core import confirmation_id
from activation_core.confirmation_id import MESSAGE_BYTES, NotAMessage

SIGN, KEY = b"s", b"k"
YES, NO_MESSAGE, NO_KEY, TOO_MANY, NO_LOG = b"y", b"m", b"u", b"r", b"l"
SIGNATURE_BYTES, PUBLIC_KEY_BYTES, KEY_ID_BYTES = 32, 128, 2
BYTES = {SIGN: MESSAGE_BYTES, KEY: KEY_ID_BYTES}
_MINUTE = 60.0  # seconds
_SILENT = 600.0  # seconds after which a connection that says nothing is closed


class Signing(Protocol):
    """What `clearinghouse.keys` makes of the key folder."""

    def sign(self, message: bytes) -> int:
        """KeyError where there is no such key."""

    def public_key(self, product: int, epoch: int) -> bytes:
        """KeyError where there is no such key."""


class SignerLog:
    """A line a signature, durable before it is given: number, time, key, digest of the message, hash of all so far."""

    def __init__(self, path: Path) -> None:
        """Goes on with the log that is there. LogBroken where that is not whole, OSError where another writes it.

        A last line without its end was never answered: its writer was killed. It is cut off.
        """
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._count, self._chain = check_log(path)
            self._bytes = sum(map(len, _whole_lines(path)))
            if os.fstat(self._file).st_size > self._bytes:
                os.ftruncate(self._file, self._bytes)
        except BaseException:
            os.close(self._file)
            raise

    def add(self, at: datetime, key_id: int, message: bytes) -> None:
        """OSError where it cannot be kept; then nothing of it is."""
        line = {"n": self._count + 1, "at": at.isoformat(), "key": key_id, "message": digest(message)}
        chain = _chained(self._chain, line)
        written = (json.dumps({**line, "chain": chain}) + "\n").encode()
        try:
            if os.write(self._file, written) < len(written):
                raise OSError(errno.ENOSPC, "only a part of the line could be written")
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self._bytes)
            raise
        self._count, self._chain, self._bytes = self._count + 1, chain, self._bytes + len(written)

    def close(self) -> None:
        os.close(self._file)


class LogBroken(Exception):
    """The log is not as it was written; the message says in which line."""


def check_log(path: Path) -> tuple[int, str]:
    """How many lines a log has, and the hash of all. LogBroken where one was changed, added or taken out.

    A last line that has no end yet does not count.
    """
    count, chain = 0, ""
    for line in _lines(path):
        count += 1
        told = line.pop("chain", None)
        chain = _chained(chain, line)
        if line.get("n") != count or told != chain:
            raise LogBroken(f"{path}, line {count}: not as it was written")
    return count, chain


def digests(path: Path) -> set[str]:
    """The messages that were signed."""
    return {str(line["message"]) for line in _lines(path)}


def digest(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()


def _lines(path: Path) -> Iterator[dict[str, object]]:
    for number, line in enumerate(_whole_lines(path), 1):
        try:
            yield dict(json.loads(line))
        except (ValueError, TypeError) as error:
            raise LogBroken(f"{path}, line {number}: not as it was written") from error


def _whole_lines(path: Path) -> Iterator[bytes]:
    if not path.exists():
        return
    with path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))


def _chained(before: str, line: dict[str, object]) -> str:
    return hashlib.sha256((before + json.dumps(line, sort_keys=True)).encode()).hexdigest()


class Signer:
    """What is answered, whoever asks. One at a time: what it costs is arithmetic, which threads do not speed up."""

    def __init__(
        self,
        keys: Signing,
        log: SignerLog,
        per_minute: int,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._keys, self._log, self._per_minute, self._now, self._clock = keys, log, per_minute, now, clock
        self._signed, self._turn = deque[float](), threading.Lock()

    def answer(self, kind: bytes, asked: bytes) -> bytes:
        with self._turn:
            try:
                return self._signature(asked) if kind == SIGN else self._public_key(int.from_bytes(asked, "big"))
            except NotAMessage:
                return NO_MESSAGE
            except KeyError:
                return NO_KEY
            except OSError:
                return NO_LOG

    def _signature(self, message: bytes) -> bytes:
        product, epoch = confirmation_id.key_of(message)
        self._keys.public_key(product, epoch)
        now = self._clock()
        while self._signed and self._signed[0] <= now - _MINUTE:
            self._signed.popleft()
        if len(self._signed) >= self._per_minute:
            return TOO_MANY
        self._signed.append(now)
        self._log.add(self._now(), product << 4 | epoch, message)
        return YES + self._keys.sign(message).to_bytes(SIGNATURE_BYTES, "big")

    def _public_key(self, key_id: int) -> bytes:
        return YES + self._keys.public_key(key_id >> 4, key_id & 15)


class _Conversation(socketserver.StreamRequestHandler):
    timeout = _SILENT

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, SignerServer)  # noqa: S101 (it made this)
        try:
            while kind := self.rfile.read(1):
                asked = self.rfile.read(BYTES.get(kind, 0))
                if kind not in BYTES or len(asked) < BYTES[kind]:
                    self.wfile.write(NO_MESSAGE)
                    return
                self.wfile.write(server.signer.answer(kind, asked))
        except (ConnectionError, TimeoutError):
            return


class SignerServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens at a path that only this account, and its group, can open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, signer: Signer) -> None:
        """ValueError where a signer answers there already."""
        self.signer = signer
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if path.is_socket():
            with socket.socket(socket.AF_UNIX) as other:
                if other.connect_ex(str(path)) == 0:
                    raise ValueError(f"{path}: another signer is running there.")
            path.unlink()
        before = os.umask(0o117)
        try:
            super().__init__(str(path), _Conversation)
        finally:
            os.umask(before)
