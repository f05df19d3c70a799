"""A call from a region, placed through the carrier: what scenarios, the demo and load have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers

from activation_core.access_numbers import AccessNumber, Directory
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.scenario import EXPECTS_ACTIVATED, Caller, Difference, Scenario, line_of
from ivr.simulator.stage import Stage
from ivr.wording import Books


@dataclass(frozen=True)
class Played:
    """One scenario as it went; `difference` is None where it went as the file says."""

    scenario: Scenario
    events: tuple[Event, ...]
    difference: str | None

    @property
    def seconds(self) -> float:
        return self.events[-1].at if self.events else 0.0


@dataclass(frozen=True)
class Rehearsal:
    """All that a scenario needs beside itself. `carrier` gives a new one for each call."""

    carrier: Callable[[], Carrier]
    stage: Stage
    directory: Directory
    books: Books

    def play(self, scenario: Scenario) -> Played:
        """Play it once: no second try, ever."""
        computer, shown = self.stage.set(scenario.given)
        caller, events = Caller(scenario, shown, self.books), list[Event]()
        number = scenario.dialled or number_to_call(self.directory, scenario.region, "").e164
        try:
            self.carrier().place(dialling(scenario.region, number, scenario.name), line_of(caller, events))
            _compare(scenario, self.stage.activated(computer, "".join(caller.written)))
        except Difference as difference:
            return Played(scenario, tuple(events), str(difference))
        return Played(scenario, tuple(events), None)


def number_to_call(directory: Directory, region: str, locale: str) -> AccessNumber:
    """The best number of a region that answers in this locale; else, also where there is none, any that does."""
    best_first = [*directory.numbers_for(region), *directory.numbers]
    return next((number for number in best_first if locale in number.languages), best_first[0])


def dialling(region: str, dialled: str, name: str) -> Dialling:
    """A call from this region. The call's id follows from its name, so that a transcript can be played again."""
    code = phonenumbers.country_code_for_region(region)
    return Dialling(
        caller=f"+{code}5550100" if code else "anonymous",
        dialled=dialled,
        call_sid="CA" + hashlib.sha256(name.encode()).hexdigest()[:32],
        account_sid="AC" + "0" * 32,
        caller_country=region,
    )


def _compare(scenario: Scenario, activated: bool) -> None:
    if scenario.expected and activated != (scenario.expected.text == EXPECTS_ACTIVATED):
        happened = f"finds the computer {'' if activated else 'not '}activated"
        raise Difference(scenario.expected.number, scenario.expected.text, happened)
