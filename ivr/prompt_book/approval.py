"""What was approved of a prompt book, and what has changed since.

The record is the book as it was, a copy beside it: approving is copying, and the commit says who did it and why. Read
as plain tables: a book that was approved need not be one that would be read today.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from ivr.wording import PromptBook

Fate = Literal["same", "removed", "added"]
Run = tuple[Fate, str]

# What a reader compares: a word, a mark, a value, a pause; where there are no spaces, each sign.
_WORD = re.compile(r"\[[^\]]*\]|\{[^}]*\}|\s+|[\u3040-\u30ff\u3400-\u9fff]|\w+|.")


@dataclass(frozen=True)
class Change:
    """Of one text; `before` is None where it is new, `after` where it is gone."""

    name: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def runs(self) -> Sequence[Run]:
        """Both texts in one: what is the same, what was removed and what was added."""
        return list(_runs(_WORD.findall(self.before or ""), _WORD.findall(self.after or "")))


Approved = Mapping[str, Mapping[str, Any]]  # by locale, a book as it was approved


def changes(book: PromptBook, approved: Approved) -> Sequence[Change]:
    """What differs from the approved version, prompts first; everything is new where none was approved."""
    now, before = _texts(asdict(book)), _texts(approved.get(book.locale, {}))
    differing = (Change(name, before.get(name), now.get(name)) for name in {**now, **before})
    return [change for change in differing if change.before != change.after]


def _texts(table: Mapping[str, Any]) -> Mapping[str, str]:
    prompts = table.get("prompts")
    rest = {name: value for name, value in table.items() if name not in ("prompts", "locale")}
    every = {**(prompts if isinstance(prompts, Mapping) else {}), **rest}
    return {name: _text(value) for name, value in every.items()}


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _runs(before: Sequence[str], after: Sequence[str]) -> Iterator[Run]:
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "removed", "".join(before[a:b])
        if c < d:
            yield "added", "".join(after[c:d])


class ApprovedBooks:
    """The copies, in the folder `approved` beside the books."""

    def __init__(self, books: Path) -> None:
        self._books, self._folder = books, books / "approved"

    def read(self) -> Approved:
        return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(self._folder.glob("*.toml"))}

    def approve(self, locale: str) -> None:
        """The book as it is now."""
        self._folder.mkdir(exist_ok=True)
        shutil.copyfile(self._books / f"{locale}.toml", self._folder / f"{locale}.toml")
