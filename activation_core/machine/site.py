"""What the servers of a site share: the pool of each product, who is licensed from it, and the groups.

The folder is one that all of them can write; where it lies on a network drive, that drive must keep locks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from activation_core import licensing_mode, roles, site_licences
from activation_core.connections import Connection
from activation_core.licensing_mode import Contribution, LicensingMode, Pool
from activation_core.machine.kept_file import KeptFile
from activation_core.refusals import Refusal
from activation_core.roles import Actor
from activation_core.site_licences import Kind, Site


@dataclass(frozen=True)
class _Sites:
    products: dict[str, Site] = field(default_factory=dict)


class KeptSite:
    """The site as one product sees it, in `site.json` in the folder that its servers share."""

    def __init__(self, folder: Path, product: int) -> None:
        self._file = KeptFile(folder / "site.json", _Sites, "site", copies=5)
        self._product = str(product)

    @property
    def site(self) -> Site:
        return self._of(self._file.read())

    # By clients, through a server

    def connect(self, asked: Connection, temporary_days: int, now: datetime) -> Refusal | None:
        return self._change(lambda site: site_licences.connect(site, asked, temporary_days, now))

    def logon(self, asked: Connection, now: datetime) -> Refusal | None:
        return self._change(lambda site: site_licences.logon(site, asked, now))

    # By administrators

    def add(self, mode: LicensingMode, brought: Iterable[Contribution], actor: Actor, now: datetime) -> Refusal | None:
        """Adds what a server, in this mode, brings. What is in the pool already counts once."""
        brought = tuple(brought)

        def added(pool: Pool) -> Pool | Refusal:
            return licensing_mode.add(pool, mode.mode, brought, actor.name, now)

        return roles.forbidden(actor, "add_to_pool") or self._change_pool(added)

    def remove(self, key: str, actor: Actor, now: datetime) -> Refusal | None:
        """Takes these out of the pool, as after their transfer to a server elsewhere."""
        forbidden = roles.forbidden(actor, "add_to_pool")
        return forbidden or self._change_pool(lambda pool: licensing_mode.remove(pool, key, actor.name, now))

    def release(self, kind: Kind, name: str, actor: Actor) -> Refusal | None:
        """Frees the license of a device or user. ValueError where the name is none."""
        forbidden = roles.forbidden(actor, "groups")
        return forbidden or self._change(lambda site: site_licences.release(site, kind, name))

    def set_group(
        self, name: str, licences: int, members: Iterable[str], actor: Actor, now: datetime
    ) -> Refusal | None:
        """Makes or changes a group of users. ValueError where a name or the number is none."""
        members = tuple(members)
        forbidden = roles.forbidden(actor, "groups")
        return forbidden or self._change(lambda site: site_licences.set_group(site, name, licences, members, now))

    def remove_group(self, name: str, actor: Actor) -> Refusal | None:
        forbidden = roles.forbidden(actor, "groups")
        return forbidden or self._change(lambda site: site_licences.remove_group(site, name))

    def _change_pool(self, change: Callable[[Pool], Pool | Refusal]) -> Refusal | None:
        def changed(site: Site) -> Site | Refusal:
            pool = change(site.pool)
            return pool if isinstance(pool, Refusal) else replace(site, pool=pool)

        return self._change(changed)

    def _change(self, change: Callable[[Site], Site | Refusal]) -> Refusal | None:
        def changed(kept: _Sites | None) -> _Sites | Refusal:
            after = change(self._of(kept))
            if isinstance(after, Refusal):
                return after
            return _Sites({**(kept.products if kept else {}), self._product: after})

        return self._file.change(changed)

    def _of(self, kept: _Sites | None) -> Site:
        return kept.products.get(self._product, Site()) if kept else Site()
