"""The client access licences of one server, kept in `licences.json`: add, reissue, transfer, give up.

All rules are in `activation_core.cals`; this asks who acts, whether the server is activated, and remembers. A
copy of the file is made before every change. What lies in the file counts only with its proof: a pack that the
clearinghouse did not confirm makes the file Damaged (kept_file), whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from activation_core import cals, codes
from activation_core.cals import HeldPack, Installed, Licences
from activation_core.installation_id import Operation
from activation_core.machine.kept_file import Damaged, KeptFile, damaged
from activation_core.machine.server import Server
from activation_core.refusals import Refusal
from activation_core.roles import Actor, Task, forbidden

LICENCES = "licences"  # what the file is
_COPIES = 10


@dataclass(frozen=True)
class GivenUp:
    """The serials of codes whose packs were transferred to another computer."""

    serials: frozenset[int] = frozenset()


class CalStore:
    """Beside the activation, in the same home. None is the answer where an act succeeds, else the refusal."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._file = KeptFile(server.home / "licences.json", Licences, LICENCES, _COPIES)
        # Apart, so that it outlives the loss of the licences: what was transferred must not come back with a backup.
        self._given_up = KeptFile(server.home / "given_up.json", GivenUp, "licences given up")
        self._proven: tuple[HeldPack, ...] = ()

    @property
    def licences(self) -> Licences:
        """What is kept, all of it proven."""
        return self._checked(self._file.read())

    @property
    def installed(self) -> Installed:
        """What is in force on this hardware."""
        given_up = self.given_up  # a crash may have come between the two files
        kept = self.licences
        in_force = replace(kept, packs=tuple(pack for pack in kept.packs if pack.serial not in given_up))
        return cals.installed(in_force, self._server.components, self._server.product)

    @property
    def given_up(self) -> frozenset[int]:
        """The serials of the packs that were transferred to another computer."""
        return (self._given_up.read() or GivenUp()).serials

    def copies(self) -> Sequence[Path]:
        """The automatic copies, newest last; each can be restored as a backup can."""
        return self._file.copies()

    def add_code(self, actor: Actor, operation: Operation, text: str, now: datetime) -> Refusal | None:
        """One more code in the list of the wizard. Mistyped names the group that is wrong."""
        if codes.parse(text).serial in self.given_up and operation is not Operation.TRANSFER:
            return Refusal("transfer_needed")
        server = self._server
        return self._change(
            actor,
            _task(operation),
            now,
            lambda kept: cals.add_code(
                kept,
                operation,
                text,
                server.components,
                server.product,
                lambda: server.count_installation_id(now),
            ),
        )

    def remove_code(self, actor: Actor, number: int, now: datetime) -> Refusal | None:
        return self._change(actor, "add", now, lambda kept: cals.remove_code(kept, number))

    def ask(self, actor: Actor, now: datetime) -> Refusal | None:
        """Before Installation IDs are shown: made anew where the hardware or the signing key is another by now."""
        server = self._server
        return self._change(
            actor,
            "add",
            now,
            lambda kept: cals.ask_again(
                kept, server.components, server.product, lambda: server.count_installation_id(now)
            ),
        )

    def accept(self, actor: Actor, number: int, text: str, now: datetime) -> Refusal | None:
        """Install the pack of this box, if the Confirmation ID answers it. Mistyped names each block that is wrong."""
        product = self._server.product
        refusal = self._change(
            actor, "add", now, lambda kept: cals.accept(kept, number, text, product, actor.name, now)
        )
        if refusal is None:
            came = codes.parse(self.licences.entries[number - 1].code).serial
            self._give_up(lambda serials: serials - {came})
        return refusal

    def end_run(self, actor: Actor, now: datetime) -> Refusal | None:
        """Leave the wizard: its list is emptied, what was confirmed stays."""
        return self._change(actor, "add", now, cals.end_run)

    def give_up(self, actor: Actor, text: str, now: datetime) -> Refusal | None:
        """Take out the pack of this code, because it is transferred to another computer; no backup brings it back."""
        serial = codes.parse(text).serial
        if refusal := self.refused(actor, "transfer", now):
            return refusal
        if serial not in {pack.serial for pack in self.licences.packs}:
            return Refusal("no_such_pack")
        self._give_up(lambda serials: serials | {serial})
        return self._change(actor, "transfer", now, lambda kept: cals.give_up(kept, serial, actor.name, now))

    def note_backup(self, actor: Actor, now: datetime) -> Refusal | None:
        return self._change(actor, "back_up", now, lambda kept: cals.noted_backup(kept, actor.name, now))

    def restore(self, actor: Actor, packs: Iterable[HeldPack], now: datetime) -> Refusal | None:
        """Take these packs, each of them proven, in again; a damaged file is set aside for it."""
        if refusal := self.refused(actor, "restore", now):
            return refusal
        try:
            _ = self.licences
        except Damaged:
            self._file.set_aside()
        return self._change(actor, "restore", now, lambda kept: cals.restore(kept, packs, actor.name, now))

    def _give_up(self, change: Callable[[frozenset[int]], frozenset[int]]) -> None:
        if change(self.given_up) != self.given_up:
            self._given_up.change(lambda kept: GivenUp(change((kept or GivenUp()).serials)))

    def refused(self, actor: Actor, task: Task, now: datetime) -> Refusal | None:
        """Who may do it at all, and the order rule: the server is activated first (rules 27, 46, 52)."""
        if refusal := forbidden(actor, task):
            return refusal
        return None if self._server.is_activated(now) else Refusal("activate_first")

    def _change(
        self, actor: Actor, task: Task, now: datetime, change: Callable[[Licences], Licences | Refusal]
    ) -> Refusal | None:
        return self.refused(actor, task, now) or self._file.change(lambda kept: change(self._checked(kept)))

    def _checked(self, kept: Licences | None) -> Licences:
        kept = kept or Licences()
        if kept.packs != self._proven:  # a signature takes a tenth of a second to check
            if not cals.all_proven(kept.packs, self._server.product):
                raise damaged(self._file.path, LICENCES, "holds a pack that the clearinghouse did not confirm")
            self._proven = kept.packs
        return kept


def _task(operation: Operation) -> Task:
    return "transfer" if operation is Operation.TRANSFER else "add"
