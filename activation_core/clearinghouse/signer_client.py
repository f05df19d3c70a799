"""The other end of the signer's socket: what the clearinghouse has instead of signing keys."""

from __future__ import annotations

import socket
from pathlib import Path

from activation_core.clearinghouse.signer import (
    KEY,
    KEY_ID_BYTES,
    NO_LOG,
    NO_MESSAGE,
    PUBLIC_KEY_BYTES,
    SIGN,
    SIGNATURE_BYTES,
    TOO_MANY,
    YES,
)
from activation_core.clearinghouse.store import StoreDown


class SignerDown(StoreDown):
    """The signer does not answer, or not now. For whoever asked it is as if the store did not: to be asked again.

    What was settled stays, and is signed then.
    """


_WHY = {
    TOO_MANY: "it has signed as many as it may in a minute",
    NO_LOG: "it cannot write its log",
    NO_MESSAGE: "it did not understand what was asked",
}


class SignerClient:
    """As many connections as threads ask at once, each made anew where the signer was restarted.

    `seconds` is how long it may take to answer.
    """

    def __init__(self, path: Path, seconds: float = 3.0) -> None:
        self._path, self._seconds = path, seconds
        self._free: list[socket.socket] = []

    def sign(self, message: bytes) -> int:
        """The signature. KeyError where there is no such key, SignerDown where there is no answer."""
        return int.from_bytes(self._ask(SIGN + message, SIGNATURE_BYTES), "big")

    def public_key(self, product: int, epoch: int) -> bytes:
        """As `sign`."""
        return self._ask(KEY + (product << 4 | epoch).to_bytes(KEY_ID_BYTES, "big"), PUBLIC_KEY_BYTES)

    def close(self) -> None:
        while self._free:
            self._free.pop().close()

    def _ask(self, request: bytes, length: int) -> bytes:
        while self._free:
            connection = self._free.pop()
            try:
                return self._answer(connection, request, length)
            except OSError:
                continue  # the signer was restarted: every connection of before is dead
        try:
            return self._answer(self._connected(), request, length)
        except OSError as error:
            raise SignerDown(f"The signer at {self._path} does not answer: {error}") from error

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self._seconds)
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        return connection

    def _answer(self, connection: socket.socket, request: bytes, length: int) -> bytes:
        try:
            connection.sendall(request)
            letter = _read(connection, 1)
            answer = _read(connection, length) if letter == YES else b""
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        if letter in _WHY:
            raise SignerDown(f"The signer at {self._path} did not sign: {_WHY[letter]}.")
        if letter != YES:
            raise KeyError("the signer has no such key")
        return answer


def _read(connection: socket.socket, length: int) -> bytes:
    read = b""
    while len(read) < length:
        more = connection.recv(length - len(read))
        if not more:
            raise ConnectionError("it has closed the connection")
        read += more
    return read
