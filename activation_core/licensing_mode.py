"""The licensing mode of one product on one server, and the pool that the servers of a site share.

Per server: the licenses of a server count its live connections. Per device or user: the pool of the site
licenses devices and users, which may then use every server of it. The way from the one to the other is gone
once and never back; after it, an administrator adds the server's licenses to the pool by an act of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from activation_core.refusals import Refusal

Mode = Literal["per_server", "per_device_or_user"]
For = Literal["device", "user", "either"]


@dataclass(frozen=True)
class Entry:
    """One line of a history: who did what, and when."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class LicensingMode:
    """Every product starts per server; whoever is unsure stays there."""

    mode: Mode = "per_server"
    history: tuple[Entry, ...] = ()


def change(before: LicensingMode, to: Mode, who: str, now: datetime) -> LicensingMode | Refusal:
    """The mode after the one change that there is. Staying per server changes nothing."""
    match before.mode, to:
        case "per_server", "per_server":
            return before
        case _, "per_server":
            return Refusal("mode_never_goes_back")
        case "per_device_or_user", _:
            return Refusal("mode_is_final")
    entry = Entry(now, who, "Changed the licensing mode from per server to per device or user.")
    return LicensingMode(to, (*before.history, entry))


@dataclass(frozen=True)
class Contribution:
    """Licenses that a server brings into the pool. `key` says which ones they are, so that they count once."""

    key: str
    licences: int
    serves: For
    server: str


def included(server: str, licences: int, copy: str = "") -> Contribution:
    """Those that came with this server; they serve devices and users alike.

    `copy` tells one copy of the product from another, whatever the servers are called; without it the name does.
    """
    return Contribution(f"included:{copy or server}", licences, "either", server)


def pack(product: int, serial: int, licences: int, serves: For, server: str) -> Contribution:
    """A pack, known by the serial of its license: it is the same one whichever server brings it."""
    return Contribution(pack_key(product, serial), licences, serves, server)


def pack_key(product: int, serial: int) -> str:
    """What a pack is known by in a pool."""
    return f"pack:{product}-{serial}"


@dataclass(frozen=True)
class Pool:
    contributions: tuple[Contribution, ...] = ()
    history: tuple[Entry, ...] = ()

    @property
    def licences(self) -> int:
        return sum(contribution.licences for contribution in self.contributions)

    def serving(self, serves: For) -> int:
        """How many are for just this: devices, users, or either of them."""
        return sum(contribution.licences for contribution in self.contributions if contribution.serves == serves)


def add(pool: Pool, mode: Mode, brought: Iterable[Contribution], who: str, now: datetime) -> Pool | Refusal:
    """The pool with what is not in it yet. Adding the same again changes nothing, whoever adds it."""
    if mode == "per_server":
        return Refusal("mode_is_per_server")
    there = {contribution.key: contribution for contribution in pool.contributions}
    new = {contribution.key: contribution for contribution in brought if contribution.key not in there}
    if not new:
        return pool
    entries = (
        Entry(now, who, f"Added {contribution.licences} licenses of {contribution.server} to the pool ({key}).")
        for key, contribution in new.items()
    )
    return Pool((*pool.contributions, *new.values()), (*pool.history, *entries))


def remove(pool: Pool, key: str, who: str, now: datetime) -> Pool | Refusal:
    """The pool without it, as after a transfer to a server elsewhere. Who is licensed stays so; nobody new is."""
    kept = tuple(contribution for contribution in pool.contributions if contribution.key != key)
    if kept == pool.contributions:
        return Refusal("not_in_the_pool", {"key": key})
    return replace(pool, contributions=kept, history=(*pool.history, Entry(now, who, f"Removed {key} from the pool.")))
