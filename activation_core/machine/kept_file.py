"""One value kept in one file: replaced whole, one writer at a time, and refused where somebody else changed it.

For everything that a licensed computer remembers. The file is readable JSON in an envelope that says what it
is, in which version, with a seal over both. The seal tells damage and editing by hand; what must withstand a
determined owner is proved by signatures instead, never by this.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from cattrs import ClassValidationError
from cattrs.preconf.json import make_converter
from filelock import FileLock

from activation_core.refusals import Refusal

Kept = TypeVar("Kept")

_FORMAT, _VERSION = "phone-activation", 1
_LARGEST = 64 * 1024 * 1024  # bytes: whoever can write to a shared folder must not fill everybody's memory
_PATIENCE = 10.0  # seconds: a neighbour that hangs must not hang everybody
_CONVERTER = make_converter(forbid_extra_keys=True)
_CONVERTER.register_structure_hook(datetime, lambda text, _: _moment(text))
_CONVERTER.register_unstructure_hook(datetime, datetime.isoformat)
_CONVERTER.register_structure_hook(timedelta, lambda seconds, _: timedelta(seconds=seconds))
_CONVERTER.register_unstructure_hook(timedelta, timedelta.total_seconds)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone cannot be compared")
    return moment


class Damaged(ValueError):
    """A file that is not what was written; its sentence says what to do."""


class KeptFile(Generic[Kept]):
    """A value of one frozen dataclass, `what` it is in two or three words, and where it lies.

    With `copies`, the file as it was is copied into a folder `copies` beside it before every change, and so
    many are kept, newest last.
    """

    def __init__(self, path: Path, kind: type[Kept], what: str, copies: int = 0) -> None:
        self.path, self._kind, self._what, self._copies = path, kind, what, copies
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One for the threads of this process, one for its neighbours: the latter is held by the process.
        self._threads, self._processes = (
            threading.RLock(),
            FileLock(path.with_suffix(".lock"), timeout=_PATIENCE, mode=0o600),
        )

    def read(self) -> Kept | None:
        """What is kept; None where nothing is yet. Damaged where it was not written here."""
        return read_from(self.path, self._kind, self._what)

    def change(self, change: Callable[[Kept | None], Kept | Refusal]) -> Refusal | None:
        """As `changed`, for whoever need not know what is kept."""
        after = self.changed(change)
        return after if isinstance(after, Refusal) else None

    def changed(self, change: Callable[[Kept | None], Kept | Refusal]) -> Kept | Refusal:
        """Read, change and keep, alone: what was kept. Nothing is with a refusal; a crash leaves the old or the new.

        OSError where it cannot be written, or another process does not let go of it.
        """
        with self._threads, self._processes:
            before = self.read()
            after = change(before)
            if not isinstance(after, Refusal) and after != before:
                self._copy()
                write_to(self.path, after, self._what)
            return after

    def set_aside(self) -> None:
        """Out of the way, but not gone: for a damaged file that is about to be replaced."""
        self.path.replace(self.path.with_suffix(".damaged"))

    def copies(self) -> Sequence[Path]:
        """The automatic copies, newest last."""
        return sorted(self._folder.glob(f"{self.path.stem}-*.json"))

    @property
    def _folder(self) -> Path:
        return self.path.parent / "copies"

    def _copy(self) -> None:
        if not self._copies or not self.path.exists():
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        kept = self.copies()
        number = int(kept[-1].stem.rpartition("-")[2]) + 1 if kept else 1
        _replace(self._folder / f"{self.path.stem}-{number:06}.json", self.path.read_bytes())
        for path in kept[: len(kept) + 1 - self._copies]:
            path.unlink(missing_ok=True)


def read_from(path: Path, kind: type[Kept], what: str) -> Kept | None:
    """The value in this file; None where there is no file. Damaged says what is wrong with it."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    if len(text) > _LARGEST:
        raise damaged(path, what, "is far too large")
    try:
        envelope = json.loads(text)
        found, seal = {key: envelope[key] for key in ("format", "what", "version", "kept")}, envelope["seal"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise damaged(path, what, "cannot be read: it is cut off, or no file of this program") from None
    if (found["format"], found["what"]) != (_FORMAT, what):
        raise damaged(path, what, "holds something else: perhaps two files were swapped")
    if found["version"] != _VERSION:
        raise damaged(path, what, "was written by another version of this program")
    if seal != _seal(found):
        raise damaged(path, what, "was changed by something else than this program")
    try:
        return _CONVERTER.structure(found["kept"], kind)
    except (ClassValidationError, AttributeError, TypeError):  # the latter two where it is no object at all
        raise damaged(path, what, "was written by another version of this program") from None


def what_is_in(path: Path) -> str:
    """What a file says that it is; '' where it says nothing."""
    try:
        with path.open("rb") as file:
            envelope = json.loads(file.read(_LARGEST))
        return str(envelope["what"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ""


def write_to(path: Path, value: object, what: str) -> None:
    """Durable when it returns; readable by the owner only."""
    envelope: dict[str, Any] = {
        "format": _FORMAT,
        "what": what,
        "version": _VERSION,
        "kept": _CONVERTER.unstructure(value),
    }
    envelope["seal"] = _seal(envelope)
    _replace(path, json.dumps(envelope, indent=2, ensure_ascii=False).encode() + b"\n")


def _seal(envelope: dict[str, Any]) -> str:
    canonical = json.dumps(envelope, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


BACKUP = "license backup"


def damaged(path: Path, what: str, how: str) -> Damaged:
    """The sentence for a file that is wrong in this way."""
    next_step = (
        "Choose another backup or an automatic copy; without one, add the licenses again as a reissue."
        if what == BACKUP
        else "Put a copy or a backup of it in its place, or move it away and begin anew: the same computer gets the"
        " same Confirmation IDs again."
    )
    return Damaged(f"The file of the {what} {how} ({path}). Nothing was changed. {next_step}")


def _replace(path: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)  # codes are in it
        raise
    if hasattr(os, "O_DIRECTORY"):  # not on Windows, where a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
