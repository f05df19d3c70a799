"""The people and services that this computer knows over HTTP: their roles, and hashes of their tokens.

A token is drawn (`secrets.token_urlsafe`), shown once and never kept: 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from activation_core import connections, roles
from activation_core.machine.kept_file import KeptFile
from activation_core.refusals import Refusal
from activation_core.roles import Actor, Role

_SHORTEST = 32


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    token_hash: str


@dataclass(frozen=True)
class _People:
    people: tuple[Person, ...] = ()


class KeptPeople:
    """In `roles.json` in the server's home."""

    def __init__(self, home: Path) -> None:
        self._file = KeptFile(home / "roles.json", _People, "roles", copies=5)

    @property
    def people(self) -> tuple[Person, ...]:
        kept = self._file.read()
        return kept.people if kept else ()

    def admit(self, name: str, role: Role, token: str, by: Actor) -> Refusal | None:
        """Gives this person the role and the token, in the place of those they had. ValueError for a short token."""
        if len(token) < _SHORTEST:
            raise ValueError(f"a token has at least {_SHORTEST} characters, drawn at random")
        person = Person(connections.name(name, "person"), role, _hash(token))
        return self._change(lambda others: (*others, person), name, by)

    def remove(self, name: str, by: Actor) -> Refusal | None:
        """Nobody of this name is known afterwards."""
        return self._change(lambda others: others, name, by)

    def whose(self, token: str) -> Actor | None:
        """Who shows this token. The time it takes tells nothing about the tokens."""
        shown, found = _hash(token), None
        for person in self.people:
            if hmac.compare_digest(person.token_hash.encode("utf-8", "replace"), shown.encode()):
                found = Actor(person.name, person.role)
        return found

    def is_administrator(self, name: str) -> bool:
        spelt = connections.name(name, "user")
        return any((person.name, person.role) == (spelt, "administrator") for person in self.people)

    def _change(
        self, change: Callable[[tuple[Person, ...]], tuple[Person, ...]], name: str, by: Actor
    ) -> Refusal | None:
        spelt = connections.name(name, "person")

        def changed(kept: _People | None) -> _People:
            people = kept.people if kept else ()
            return _People(change(tuple(person for person in people if person.name != spelt)))

        return roles.forbidden(by, "roles") or self._file.change(changed)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
