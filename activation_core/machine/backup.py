"""Back Up and Restore License: the licences of one computer in a file, and back on the same computer (rules 43 to 46).

The file holds licences only, is readable, and proves itself: each pack in it is a code, an Installation ID and a
Confirmation ID that verify, for hardware that must be this computer's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from activation_core import cals
from activation_core.cals import HeldPack, Licences
from activation_core.machine import kept_file
from activation_core.machine.cal_store import LICENCES, CalStore
from activation_core.machine.kept_file import BACKUP, damaged
from activation_core.machine.server import Server
from activation_core.mistyped import Mistyped
from activation_core.refusals import Refusal
from activation_core.roles import Actor

Standing = Literal["current", "moved", "unknown"]  # `unknown` where the clearinghouse cannot be asked


@dataclass(frozen=True)
class Backup:
    product: int
    made_at: datetime
    packs: tuple[HeldPack, ...]


@dataclass(frozen=True)
class Restored:
    """What came back, what was left out and why (the code of a refusal), and what nobody could check."""

    packs: tuple[HeldPack, ...]
    left_out: tuple[tuple[HeldPack, Refusal], ...]
    unchecked: tuple[HeldPack, ...]


def back_up(
    server: Server, store: CalStore, actor: Actor, path: Path, now: datetime, *, replace: bool = False
) -> Refusal | None:
    """Write the licences to this file; durable when it returns. OSError where it cannot be written."""
    if refusal := store.refused(actor, "back_up", now):
        return refusal
    packs = store.licences.packs
    if not packs:
        return Refusal("nothing_to_back_up")
    if not path.parent.is_dir():
        return Refusal("no_such_folder")
    own = kept_file.what_is_in(path) not in ("", BACKUP)  # the computer's own files are never written over
    if own or (path.exists() and not replace):
        return Refusal("file_exists")
    kept_file.write_to(path, Backup(server.product.number, now, packs), BACKUP)
    return store.note_backup(actor, now)


def restore(
    server: Server,
    store: CalStore,
    actor: Actor,
    path: Path,
    now: datetime,
    standing: Callable[[str], Standing] = lambda installation_id: "unknown",
) -> Restored | Refusal:
    """Take the licences of this backup in again, or those of an automatic copy.

    Those of another computer are left out, and those that were transferred away since: `standing` asks the
    clearinghouse, by Installation ID, where it can be reached. Where nothing is left, the reason is the answer.
    Damaged (kept_file) where the file is not what was written.
    """
    if refusal := store.refused(actor, "restore", now):
        return refusal
    packs = _packs_in(path)
    if packs is None:
        return Refusal("no_such_file")
    try:
        foreign = not packs or any(pack.product != server.product.number for pack in packs)
    except Mistyped as error:
        raise damaged(path, BACKUP, "holds a code that is none") from error
    if foreign:
        return Refusal("nothing_to_restore")
    if not cals.all_proven(packs, server.product):
        raise damaged(path, BACKUP, "holds a pack that the clearinghouse did not confirm")
    left_out: list[tuple[HeldPack, Refusal]] = []
    back: list[HeldPack] = []
    unchecked: list[HeldPack] = []
    for pack in packs:
        if not cals.is_here(pack, server.components, server.product):
            left_out.append((pack, Refusal("other_computer")))
        elif pack.serial in store.given_up or (told := standing(pack.installation_id)) == "moved":
            left_out.append((pack, Refusal("given_up")))
        else:
            back.append(pack)
            if told == "unknown":
                unchecked.append(pack)
    if not back:
        return left_out[0][1]
    return store.restore(actor, back, now) or Restored(tuple(back), tuple(left_out), tuple(unchecked))


def _packs_in(path: Path) -> tuple[HeldPack, ...] | None:
    """Those of a backup, or of an automatic copy; None where there is no such file."""
    kept: Licences | Backup | None
    if kept_file.what_is_in(path) == LICENCES:
        kept = kept_file.read_from(path, Licences, LICENCES)
    else:
        kept = kept_file.read_from(path, Backup, BACKUP)
    return kept.packs if kept else None
