"""One licensed computer with one product: everything that its wizards, pages and commands act on, put together.

`home` is the computer's: people, usage and mode, by product where they differ, and a folder for each product with
its activation and licences. The folder of the site is shared with its other servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from activation_core import clock, codes, installation_id, licensing_mode, roles, server_activation
from activation_core.licensing_mode import Contribution
from activation_core.machine import backup, internet
from activation_core.machine.backup import Restored, Standing
from activation_core.machine.cal_store import CalStore
from activation_core.machine.internet import Clearinghouse
from activation_core.machine.licensing_mode import KeptMode
from activation_core.machine.people import KeptPeople
from activation_core.machine.registration import RegistrationStore
from activation_core.machine.server import Server
from activation_core.machine.site import KeptSite
from activation_core.machine.usage import KeptUsage
from activation_core.products import Product
from activation_core.refusals import Refusal
from activation_core.roles import Actor


class LicensedComputer:
    """`name` is what the site knows it by. `clearinghouse` is None where there is no Internet."""

    def __init__(
        self,
        name: str,
        home: Path,
        site: Path,
        product: Product,
        components: Mapping[str, str],
        now: datetime,
        clearinghouse: Clearinghouse | None = None,
    ) -> None:
        self.name, self.product, self.clearinghouse = name, product, clearinghouse
        self.server = Server(home / f"product-{product.number}", product, components, now)
        self.cals = CalStore(self.server)
        self.registration = RegistrationStore(home)
        self.people = KeptPeople(home)
        self.mode = KeptMode(home, product.number)
        self.site = KeptSite(site, product.number)
        self.usage = KeptUsage(
            home,
            product.number,
            self.mode,
            self.site,
            licences=lambda: self.cals.installed.total,
            temporary_days=product.temporary_days,
            stopped=self._stopped,
            reckoned=self._reckoned,
        )

    def activate_by_internet(self, now: datetime) -> Refusal | None:
        """None where the server is activated then."""
        if self.clearinghouse is None:
            return Refusal("internet_interrupted")
        return internet.activate(self.server, self.clearinghouse, now)

    def install_by_internet(self, actor: Actor, number: int, now: datetime) -> Refusal | None:
        """None where the licences of this box are installed then."""
        if self.clearinghouse is None:
            return Refusal("internet_interrupted")
        return internet.install(self.cals, self.clearinghouse, actor, number, now)

    def brings(self) -> list[Contribution]:
        """What this server has for the pool of its site: the included licences and each pack in force (rule 59)."""
        installed = self.cals.installed
        packs = [
            licensing_mode.pack(self.product.number, held.serial, pack.licences, pack.holder, self.name)
            for held, pack in installed.packs
        ]
        return [licensing_mode.included(self.name, installed.included, self._copy()), *packs]

    def _copy(self) -> str:
        """Its product key tells it from the others of the site; where a key is for several computers, its name too."""
        key = self.server.activation.product_key
        serial = str(codes.parse(key).serial) if key else ""
        return serial if self.product.installs_per_key == 1 else f"{serial}:{self.name}"

    def add_to_pool(self, actor: Actor, now: datetime) -> Refusal | None:
        """The administrator's own act after the change of mode (rule 60); again, for what came since.

        A server that is not activated brings nothing: else each copy of the program would bring its included ones.
        """
        if self.mode.mode.mode != "per_server" and not self.server.is_activated(now):
            return roles.forbidden(actor, "add_to_pool") or Refusal("activate_first")
        return self.site.add(self.mode.mode, self.brings(), actor, now)

    def give_up(self, actor: Actor, text: str, now: datetime) -> Refusal | None:
        """Take out the pack of this code, from this server and from the pool: it is transferred to another one.

        Once more, where a crash came between the two: then it is in the pool only.
        """
        key = licensing_mode.pack_key(self.product.number, codes.parse(text).serial)
        brought = next((each for each in self.site.site.pool.contributions if each.key == key), None)
        refusal = self.cals.give_up(actor, text, now)
        crashed = refusal and refusal.code == "no_such_pack" and brought and brought.server == self.name
        if refusal and not crashed:
            return refusal
        return self.site.remove(key, actor, now) if brought else None

    def back_up(self, actor: Actor, path: Path, now: datetime, *, replace: bool = False) -> Refusal | None:
        return backup.back_up(self.server, self.cals, actor, path, now, replace=replace)

    def restore(self, actor: Actor, path: Path, now: datetime) -> Restored | Refusal:
        """From a backup or an automatic copy; the clearinghouse is asked what was transferred, where it can be."""
        if self.clearinghouse is None:
            return backup.restore(self.server, self.cals, actor, path, now)
        ask, reached = self.clearinghouse.standing, True

        def standing(digits: str) -> Standing:
            """Not asked again for each pack where nobody answers: every time takes seconds."""
            nonlocal reached
            told: Standing = ask(installation_id.parse(digits)) if reached else "unknown"
            reached = told != "unknown"
            return told

        return backup.restore(self.server, self.cals, actor, path, now, standing)

    def _stopped(self, now: datetime) -> Refusal | None:
        """Core services are refused once the grace period of a product that locks is over (rules 3 and 7)."""
        return None if server_activation.services_run(self.server.state(now)) else Refusal("services_locked")

    def _reckoned(self, now: datetime) -> datetime:
        """How late it is, whatever was done to the clock."""
        return clock.reckoned(self.server.activation.clock, now)
