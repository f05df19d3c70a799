"""The prompt book as a page shows it: each prompt with its text in every language, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ivr.dialogue import Flow
from ivr.prompt_book.approval import Approved, Change, changes
from ivr.prompt_book.uses import Use, uses
from ivr.simulator.prompt_length import sample, seconds
from ivr.wording import Books, Script

WANTED: Mapping[str, str] = {"changed": "not as approved", "missing": "missing"}


@dataclass(frozen=True)
class Entry:
    """A prompt in one language. No script: the book lacks it, or had it when it was approved."""

    locale: str
    script: Script = ()
    seconds: float = 0.0
    change: Change | None = None

    @property
    def text(self) -> str:
        """Without values and pauses, to be searched."""
        return "".join(part for part in self.script if isinstance(part, str))

    @property
    def is_missing(self) -> bool:
        return not self.script and not (self.change and self.change.kind == "removed")


@dataclass(frozen=True)
class Prompt:
    """`uses` is empty where nothing says it."""

    name: str
    uses: Sequence[Use]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Sought:
    """What is looked for: one language, words in a text or in a prompt's name, and one of WANTED; '' is any."""

    locale: str = ""
    words: str = ""
    wanted: str = ""

    def finds(self, prompt: Prompt, entry: Entry) -> bool:
        words = self.words.casefold()
        change = entry.change
        told = [prompt.name, entry.text, *(text or "" for text in ((change.before, change.after) if change else ()))]
        return (
            self.locale in ("", entry.locale)
            and any(words in text.casefold() for text in told)
            and (self.wanted != "missing" or entry.is_missing)
            and (self.wanted != "changed" or change is not None)
        )


@dataclass(frozen=True)
class Summary:
    """Of one language: `others` are changes of what is no prompt (voice, digit words, names of blocks, pauses).

    Where it was never approved, nothing counts as changed.
    """

    locale: str
    prompts: int
    seconds: float
    missing: Sequence[str]
    changed: int
    others: Sequence[Change] = field(default=())
    was_approved: bool = True


class PromptBooks:
    """All books side by side."""

    def __init__(self, flow: Flow, books: Books, approved: Approved) -> None:
        self._flow, self.books, self._approved = flow, books, approved

    # Neither is read before somebody looks: it takes a good part of a start.

    @cached_property
    def prompts(self) -> Sequence[Prompt]:
        used = uses(self._flow)
        names = dict.fromkeys([*used, *(name for locale in self.books for name in self._all_of(locale))])
        return [Prompt(name, used.get(name, ()), list(self._entries(name, name in used))) for name in names]

    @cached_property
    def _changes(self) -> Mapping[str, Mapping[str, Change]]:
        return {
            locale: {each.name: each for each in (changes(book, self._approved) if locale in self._approved else ())}
            for locale, book in self.books.items()
        }

    def _all_of(self, locale: str) -> Iterator[str]:
        """The prompts that its book has, and those that it had."""
        yield from self.books[locale].prompts
        yield from self._approved.get(locale, {}).get("prompts", {})

    def _entries(self, name: str, is_used: bool) -> Iterator[Entry]:
        for locale, book in self.books.items():
            change = self._changes[locale].get(name)
            if name in book.prompts:
                yield Entry(locale, book.script(name), seconds(sample(book, name)), change)
            elif is_used or change:
                yield Entry(locale, change=None if is_used else change)

    def find(self, sought: Sought) -> Sequence[Prompt]:
        found = (replace(p, entries=[e for e in p.entries if sought.finds(p, e)]) for p in self.prompts)
        return [prompt for prompt in found if prompt.entries]

    def summary(self) -> Sequence[Summary]:
        return [self._summary(locale) for locale in self.books]

    def _summary(self, locale: str) -> Summary:
        entries = [(p.name, e) for p in self.prompts for e in p.entries if e.locale == locale]
        told = {name for name, _ in entries}
        return Summary(
            locale,
            len(self.books[locale].prompts),
            sum(entry.seconds for _, entry in entries),
            [name for name, entry in entries if entry.is_missing],
            sum(entry.change is not None for _, entry in entries),
            [change for name, change in self._changes[locale].items() if name not in told],
            locale in self._approved,
        )
