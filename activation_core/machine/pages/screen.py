"""What every page of one licensed computer is made with: the computer, who works at it, the time, the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_datetime
from flask import render_template

from activation_core import roles
from activation_core.access_numbers import Directory
from activation_core.machine.components import Reading
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.pages.working_as import working_as
from activation_core.mistyped import Mistyped
from activation_core.page_texts import Languages
from activation_core.refusals import Refusal
from activation_core.roles import Actor, Task


@dataclass(frozen=True)
class Problem:
    """Why something was refused, and what to do; said at the top, where the focus goes."""

    words: str
    next_step: str = ""
    code: str = ""  # of the refusal

    @classmethod
    def of(cls, refusal: Refusal) -> Problem:
        return cls(refusal.words, refusal.next_step, refusal.code)


@dataclass(frozen=True)
class Screen:
    """`telephone`: where example numbers are answered instead, or ''. `actor` tells who acts.

    `languages` are those of the sheet for callers, `web_form` the address of the vendor's, or ''.
    """

    computer: LicensedComputer
    reading: Callable[[], Reading]
    directory: Directory
    now: Callable[[], datetime]
    telephone: str = ""
    actor: Callable[[], Actor] = working_as
    languages: Languages = field(default_factory=dict)
    web_form: str = ""

    def why_not(self, task: Task) -> Refusal | None:
        """Why this person's role does not allow it, if so."""
        return roles.forbidden(self.actor(), task)

    def show(self, template: str, **values: Any) -> str:
        return render_template(f"machine/{template}", **values)


def tried(act: Callable[[], Refusal | None]) -> Problem | None:
    """None where it succeeded; else what went wrong, in one sentence, and what to do."""
    try:
        refusal = act()
    except (ValueError, OSError) as error:  # Damaged and Mistyped among them
        return Problem(sentence(error))
    return Problem.of(refusal) if refusal else None


def sentence(error: ValueError | OSError) -> str:
    """What an exception says to a person."""
    if isinstance(error, Mistyped):
        return " ".join(f"Group {fault.place} {fault}." for fault in error.faults)
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"The file cannot be read or written ({error.strerror.lower()}{where}). Choose another place."
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def day(moment: datetime) -> str:
    return format_date(moment.astimezone(), "d MMMM y", locale="en")


def minute(moment: datetime) -> str:
    return format_datetime(moment.astimezone(), "d MMMM y, HH:mm", locale="en")


def second(moment: datetime) -> str:
    return format_datetime(moment.astimezone(), "d MMMM y, HH:mm:ss", locale="en")
