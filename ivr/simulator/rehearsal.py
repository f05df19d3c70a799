"""A call from a region, placed through the carrier: what scenarios, the demo and load have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx
import phonenumbers

from activation_core.access_numbers import AccessNumber, Directory
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.personas import STEADY, Persona
from ivr.simulator.played import Played
from ivr.simulator.scenario import (
    EXPECTS_ACTIVATED,
    NO_OPERATOR,
    NOBODY_ANSWERS,
    Caller,
    Difference,
    Scenario,
    line_of,
    set_scene,
)
from ivr.simulator.stage import Stage, StagedDesk
from ivr.simulator.trouble import Waited
from ivr.webhooks import PREFIX, Webhooks
from ivr.wording import Books


@dataclass(frozen=True)
class Rehearsal:
    """All that a scenario needs beside itself. `carrier` gives a new one for each call."""

    carrier: Callable[[], Carrier]
    stage: Stage
    directory: Directory
    books: Books
    persona: Persona = STEADY
    in_process: bool = True  # False: the application that answers runs elsewhere, and its operator is its own

    def play(self, scenario: Scenario) -> Played:
        """Play it once: no second try, ever. ValueError where its scene cannot be set."""
        self.stage.start_at(scenario.at)
        computer, shown = set_scene(scenario, self.stage) if scenario.has_computer else (None, "")
        caller, events = Caller(scenario, shown, self.books), list[Event]()
        call = dialling(scenario.region, self.dialled(scenario), scenario.name, scenario.caller)
        if scenario.is_withheld:
            call = withheld(call)
        try:
            with self.stage.trouble(scenario.trouble) as waited:
                self._carrier(scenario, waited).place(call, line_of(caller, events, self.persona))
            if computer:
                _compare(scenario, self.stage.activated(computer, "".join(caller.written)))
        except Difference as difference:
            return Played(scenario.name, tuple(events), str(difference), difference.line)
        return Played(scenario.name, tuple(events), None)

    def dialled(self, scenario: Scenario) -> str:
        """The number that the caller dials. ValueError where none answers in their language."""
        number = number_to_call(self.directory, scenario.region, scenario.locale)
        if scenario.locale and scenario.locale not in number.languages:
            raise ValueError(f"no number answers in {scenario.locale}")
        return scenario.dialled or number.e164

    def _carrier(self, scenario: Scenario, waited: Waited) -> Carrier:
        """ValueError where the scene is not ours to set."""
        carrier = self.carrier()
        usual = carrier.latency
        if scenario.trouble and isinstance(usual, float | int):
            carrier.latency = lambda url, took: usual + waited()
        if scenario.operator == NOBODY_ANSWERS:
            carrier.dial_outcome = "no-answer"
        if scenario.operator == NO_OPERATOR:
            if not self.in_process:
                raise ValueError("an application that runs already has the operator that it has")
            carrier.client = httpx.Client(transport=self._without_operator(carrier))
        return carrier

    def _without_operator(self, carrier: Carrier) -> httpx.BaseTransport:
        """The same call and the same desk, at a vendor who has nobody to put callers through to."""
        public_url = carrier.voice.url.removesuffix(PREFIX)
        desk = self.stage.troubled(StagedDesk(self.stage, has_operator=False))
        tokens = [carrier.auth_token] if carrier.auth_token else []
        voice = Webhooks(
            ACTIVATION_CALL,
            desk,
            self.directory,
            self.books,
            public_url=public_url,
            auth_tokens=tokens,
            session_keys=[b"rehearsed"],
            operator="",
            now=self.stage.now,
        )
        return httpx.WSGITransport(voice, raise_app_exceptions=False)


def number_to_call(directory: Directory, region: str, locale: str) -> AccessNumber:
    """The best number of a region that answers in this locale; else, also where there is none, any that does."""
    best_first = [*directory.numbers_for(region), *directory.numbers]
    return next((number for number in best_first if locale in number.languages), best_first[0])


def dialling(region: str, dialled: str, name: str, caller: str = "") -> Dialling:
    """A call from this region. The call's id follows from its name, so that a transcript can be played again.

    Without a `caller` the number is one that nobody has, and that takes no text messages.
    """
    return Dialling(
        caller=caller or nobodys_number(region),
        dialled=dialled,
        call_sid="CA" + hashlib.sha256(name.encode()).hexdigest()[:32],
        account_sid="AC" + "0" * 32,
        caller_country=region,
    )


def withheld(call: Dialling) -> Dialling:
    """The same call by somebody who shows no number: with it goes the country."""
    return replace(call, caller="anonymous", caller_country="")


def nobodys_number(region: str) -> str:
    """Too short or too long to be one; "anonymous" where the region has no calling code of its own."""
    code = phonenumbers.country_code_for_region(region)
    return f"+{code}5550100" if code else "anonymous"


def mobile(region: str) -> str:
    """A number of a telephone that takes text messages, for calls that never leave this machine."""
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return nobodys_number(region)
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)


def _compare(scenario: Scenario, activated: bool) -> None:
    if scenario.expected and activated != (scenario.expected.text == EXPECTS_ACTIVATED):
        happened = f"finds the computer {'' if activated else 'not '}activated"
        raise Difference(scenario.expected.number, scenario.expected.text, happened)
