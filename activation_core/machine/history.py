"""License information and history: who did what on this computer, and when, from all that it remembers (rule 51)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from activation_core.cals import Done
from activation_core.machine.computer import LicensedComputer

_DONE: Mapping[Done, str] = {
    "added": "Added the licenses of {}.",
    "reissued": "Installed the licenses of {} again.",
    "transferred": "Transferred the licenses of {} to this computer.",
    "given_up": "Gave up the licenses of {}: they are on another computer now.",
    "restored": "Restored the licenses of {}.",
    "backed_up": "Backed up the licenses; license codes: {}.",
}


@dataclass(frozen=True)
class Line:
    """`who` is '' where nobody is named: activation is anonymous (rule 1)."""

    at: datetime
    who: str
    what: str


def history(computer: LicensedComputer) -> list[Line]:
    """Newest first, what was done at one moment as well. Codes are masked."""
    return sorted(_lines(computer), key=lambda line: line.at)[::-1]


def _lines(computer: LicensedComputer) -> Iterator[Line]:
    if confirmed := computer.server.activation.confirmed:
        by = {"manufacturer": "by its manufacturer", "internet": "by Internet", "telephone": "by telephone"}
        yield Line(confirmed.at, "", f"The server was activated {by[confirmed.method]}.")
    for event in computer.cals.licences.history:
        yield Line(event.at, event.who, _DONE[event.done].format(event.what))
    for entry in (*computer.mode.mode.history, *computer.site.site.pool.history):
        yield Line(entry.at, entry.who, entry.what)
