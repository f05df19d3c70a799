"""Who is licensed per device or per user: the devices, users and groups that the pool of a site serves.

A device or a user is licensed once and may then use every server of the site. The first license is temporary
and becomes permanent with a successful logon only, so that whoever merely knocks keeps none. A temporary one
takes its place in the pool too: never are more in use than there are.

A group is users who share devices. Its licenses are set apart from the pool, and license the devices of its
members, who then need none of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from activation_core import connections
from activation_core.licensing_mode import Pool
from activation_core.refusals import Refusal

Kind = Literal["device", "user"]
_KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Holder:
    """A licensed device or user. `until` is the end of a temporary license; None is permanent."""

    kind: Kind
    name: str
    until: datetime | None
    group: str = ""

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True)
class Group:
    name: str
    licences: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    pool: Pool = field(default_factory=Pool)
    holders: tuple[Holder, ...] = ()  # with those whose temporary license is over: they get no second one
    groups: tuple[Group, ...] = ()


def in_use(site: Site, now: datetime) -> int:
    return sum(holder.holds(now) for holder in site.holders)


def free(site: Site, kind: Kind, now: datetime) -> int:
    """How many more of this kind could be licensed; what is set apart for groups is not free."""
    own = {of: site.pool.serving(of) - _taken(site, of, now) for of in _KINDS}
    either = site.pool.serving("either") + sum(min(0, left) for left in own.values())
    return max(0, own[kind]) + max(0, either)


def connect(site: Site, asked: connections.Connection, temporary_days: int, now: datetime) -> Site | Refusal:
    """The site, with a license for this connection's device or user, a temporary one where neither has any.

    Where there is none, an administrator is let in without. Where temporary ones are for no day, one must be
    free, and the logon takes it.
    """
    if _holders_of(site, asked, now):
        return site
    if not temporary_days:
        at_logon = _license(site, asked, None, now)
        return at_logon if isinstance(at_logon, Refusal) else site
    return _license(site, asked, now + timedelta(days=temporary_days), now)


def logon(site: Site, asked: connections.Connection, now: datetime) -> Site | Refusal:
    """The site, with the license that serves this connection made permanent; where it is over, with another one."""
    serving = _holders_of(site, asked, now)
    if not serving:
        return _license(site, asked, None, now)
    if any(holder.until is None for holder in serving):
        return site
    return _with(site, replace(serving[0], until=None))


def release(site: Site, kind: Kind, name: str) -> Site | Refusal:
    """The site without this holder, whose license is free again: a device out of use, a user who left."""
    spelt = connections.name(name, kind)
    kept = tuple(holder for holder in site.holders if (holder.kind, holder.name) != (kind, spelt))
    if kept == site.holders:
        return Refusal("not_licensed", {"kind": kind, "name": spelt})
    return replace(site, holders=kept)


def set_group(site: Site, name: str, licences: int, members: Iterable[str], now: datetime) -> Site | Refusal:
    """The site with this group, new or changed. Licenses that its members hold themselves are free again."""
    group = Group(
        connections.name(name, "group"),
        licences,
        tuple(sorted({connections.name(member, "user") for member in members})),
    )
    if licences < 1:
        raise ValueError("a group has at least one license")
    others = tuple(other for other in site.groups if other.name != group.name)
    elsewhere = sorted(set(group.members) & {member for other in others for member in other.members})
    if elsewhere:
        return Refusal("in_another_group", {"members": elsewhere})
    used = _used(site, group, now)
    if used > licences:
        return Refusal("group_too_small", {"in_use": used})
    holders = tuple(held for held in site.holders if held.kind != "user" or held.name not in group.members)
    without = replace(site, holders=holders, groups=others)
    if free(without, "device", now) < licences:
        return Refusal("no_licence_free", {"licences": site.pool.licences, "in_use": in_use(site, now)})
    return replace(without, groups=(*others, group))


def remove_group(site: Site, name: str) -> Site | Refusal:
    """The site without this group; the devices that its members used stay licensed."""
    spelt = connections.name(name, "group")
    kept = tuple(group for group in site.groups if group.name != spelt)
    if kept == site.groups:
        return Refusal("no_such_group", {"name": spelt})
    holders = tuple(replace(held, group="") if held.group == spelt else held for held in site.holders)
    return replace(site, groups=kept, holders=holders)


def _taken(site: Site, kind: Kind, now: datetime) -> int:
    held = sum(holder.kind == kind and not holder.group and holder.holds(now) for holder in site.holders)
    apart = sum(group.licences for group in site.groups) if kind == "device" else 0
    return held + apart


def _used(site: Site, group: Group, now: datetime) -> int:
    return sum(holder.group == group.name and holder.holds(now) for holder in site.holders)


def _holders_of(site: Site, asked: connections.Connection, now: datetime) -> list[Holder]:
    """Who holds a license that serves this connection: its device, its user or both."""
    served = {("device", asked.device), ("user", asked.user)}
    return [holder for holder in site.holders if (holder.kind, holder.name) in served and holder.holds(now)]


def _license(site: Site, asked: connections.Connection, until: datetime | None, now: datetime) -> Site | Refusal:
    """The site with one license more, for whom one is free and, if it is temporary, who had none before."""
    places = _places(site, asked, until, now)
    had_one = {(holder.kind, holder.name) for holder in site.holders} if until else set()
    new = next((place for place in places if (place.kind, place.name) not in had_one), None)
    if new:
        return _with(site, new)
    if asked.administrator:
        return site
    if places:
        return Refusal("temporary_licence_over")
    group = _group_of(site, asked.user)
    if group:
        return Refusal("group_is_full", {"group": group.name, "licences": group.licences})
    return Refusal("no_licence_free", {"licences": site.pool.licences, "in_use": in_use(site, now)})


def _places(site: Site, asked: connections.Connection, until: datetime | None, now: datetime) -> list[Holder]:
    """Who could be licensed, best first: licenses for just this kind before those that serve either."""
    group = _group_of(site, asked.user)
    if group:
        device = Holder("device", asked.device, until, group.name)
        return [device] if _used(site, group, now) < group.licences else []
    best = sorted(_KINDS, key=lambda kind: site.pool.serving(kind) <= _taken(site, kind, now))
    names: dict[Kind, str] = {"device": asked.device, "user": asked.user}
    return [Holder(kind, names[kind], until) for kind in best if free(site, kind, now)]


def _group_of(site: Site, user: str) -> Group | None:
    return next((group for group in site.groups if user in group.members), None)


def _with(site: Site, new: Holder) -> Site:
    others = tuple(held for held in site.holders if (held.kind, held.name) != (new.kind, new.name))
    return replace(site, holders=(*others, new))
