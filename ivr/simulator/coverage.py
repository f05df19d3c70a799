"""Which branches of a declared call its scenarios take.

A branch is an edge of the flow: a step, one of its outcomes, and where that leads. The caller of each
scenario speaks straight with the dialogue, without a carrier: what was taken is then known exactly, not
guessed from what went over the wire. Nothing here judges what the caller hears; scenarios do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from activation_core.access_numbers import Directory
from ivr import wording
from ivr.activation_call import facts
from ivr.callers_desk import CallersDesk
from ivr.dialogue import Asking, Call, Collect, Decide, Dial, Flow, Gather, Say, Speak, Verb, advance, open_call
from ivr.dialogue import Step as FlowStep
from ivr.dialogue import unanswered as after_no_answer
from ivr.simulator.message_service import Message, MessageService
from ivr.simulator.rehearsal import dialling, nobodys_number, number_to_call
from ivr.simulator.scenario import NO_OPERATOR, NOBODY_ANSWERS, Caller, Difference, Scenario, set_scene
from ivr.simulator.simulated_texts import simulated_texts
from ivr.simulator.stage import Stage, StagedDesk
from ivr.simulator.trouble import BUSY, DOWN, NO_TROUBLE, THROTTLES, Trouble, TroubledDesk
from ivr.wording import Books

Branch = tuple[str, str, str]  # step, outcome, where it leads; the first comes from ''


@dataclass(frozen=True)
class Taken:
    """What one scenario took, up to its end or to where it `differs`."""

    scenario: str
    branches: tuple[Branch, ...]
    heard: tuple[str, ...]
    differs: str = ""


@dataclass(frozen=True)
class Coverage:
    """Every branch of the flow, with the names of the scenarios that take it.

    What is `differing` counts up to where it differs; `app.py call` judges it.
    """

    branches: Mapping[Branch, tuple[str, ...]]
    differing: tuple[str, ...]

    @property
    def missed(self) -> tuple[Branch, ...]:
        return tuple(branch for branch, takers in self.branches.items() if not takers)

    @property
    def percent(self) -> int:
        """Rounded down: 100 is all of them."""
        return 100 * (len(self.branches) - len(self.missed)) // len(self.branches)

    @property
    def is_complete(self) -> bool:
        return not self.missed


def cover(flow: Flow, scenarios: Iterable[Scenario], stage: Stage, directory: Directory, books: Books) -> Coverage:
    """Play every scenario of which the flow says how it goes, and count."""
    return count(flow, [take(flow, each, stage, directory, books) for each in scenarios if is_declared(each)])


def is_declared(scenario: Scenario) -> bool:
    """A flow foresees a desk that is down; not one so slow that the carrier gives up, nor one that keeps nothing."""
    return scenario.trouble in (NO_TROUBLE, THROTTLES, *BUSY) or scenario.trouble.startswith(DOWN)


def count(flow: Flow, played: Sequence[Taken]) -> Coverage:
    takers = {branch: tuple(t.scenario for t in played if branch in t.branches) for branch in flow.edges()}
    return Coverage(takers, tuple(f"{t.scenario}: {t.differs}" for t in played if t.differs))


def take(flow: Flow, scenario: Scenario, stage: Stage, directory: Directory, books: Books) -> Taken:
    """Play one scenario. KeyError where its scene or its locale is unknown."""
    _, shown = set_scene(scenario, stage)
    desk = StagedDesk(stage, scenario.operator != NO_OPERATOR)
    trouble = Trouble(desk, patience=0)
    number = scenario.caller or nobodys_number(scenario.region)
    messages = MessageService()
    callers = CallersDesk(TroubledDesk(desk, trouble), simulated_texts(messages, books), number)
    phone = _Phone(flow, callers, lambda: messages.arrived(number), books, Caller(scenario, shown, books))
    try:
        with trouble.during(scenario.trouble):
            phone.place(_facts(scenario, directory, books), answered=scenario.operator != NOBODY_ANSWERS)
    except Difference as difference:
        return Taken(scenario.name, tuple(phone.branches), tuple(phone.heard), str(difference))
    return Taken(scenario.name, tuple(phone.branches), tuple(phone.heard))


def _facts(scenario: Scenario, directory: Directory, books: Books) -> Mapping[str, Any]:
    """What the webhooks would tell the call."""
    number = directory.find(scenario.dialled) or number_to_call(directory, scenario.region, scenario.locale)
    free = directory.toll_free_instead(number.e164, scenario.region_shown)
    locale, *others = (locale for locale in number.languages if locale in books)
    name = dialling(scenario.region, number.e164, scenario.name).call_sid
    free_to_dial, free_in = (free.as_dialled_from(scenario.region), free.languages) if free else ("", ())
    return facts(name, locale, others, free_to_dial, free_in)


class _Phone:
    """A telephone without a carrier, which notes each branch as the caller takes it."""

    def __init__(
        self,
        flow: Flow,
        desk: CallersDesk,
        arrived: Callable[[], Sequence[Message]],
        books: Books,
        caller: Caller,
    ) -> None:
        self.branches: list[Branch] = []
        self.heard: list[str] = []
        self._decided: dict[str, str] = {}  # while this document was made: a decision and its outcome
        self._read: str | None = None  # what the digits just keyed came to
        self._flow = replace(flow, steps={name: self._watched(name, step) for name, step in flow.steps.items()})
        self._desk, self._arrived, self._books, self._caller = desk, arrived, books, caller
        self._received = 0  # text messages
        self._call = Call("")

    def place(self, told: Mapping[str, Any], *, answered: bool) -> None:
        self._call, verbs = open_call(self._flow, self._desk, **told)
        self._takes("", "", self._flow.start)
        following: Sequence[Verb] | None = verbs
        while following is not None:
            following = self._play(following, answered)

    def _play(self, verbs: Sequence[Verb], answered: bool) -> Sequence[Verb] | None:
        """The document that follows this one; None where the call is over."""
        for place, verb in enumerate(verbs):
            match verb:
                case Speak():
                    self._hear(verb)
                case Gather():
                    keys = self._keys(verb)
                    if keys is None:
                        return self._over("")
                    if keys or not verb.goes_on:
                        return self._answer(verb, keys)
                    self._pass_by(verb, verbs[place + 1 :])
                case Dial() if answered:
                    return self._over("is put through")
                case Dial():
                    return self._nobody_answers()
                case _:
                    return self._over("is hung up on")
        raise AssertionError("a document that leads nowhere")

    def _keys(self, gather: Gather) -> str | None:
        """What the Gather takes of what is pressed: as the carrier has it."""
        for prompt in gather.prompts:
            self._hear(prompt)
        keys = self._caller.presses()
        if keys is None:
            return None
        ends_with_pound = gather.goes_on or gather.digits > 1
        return keys.partition("#")[0][: gather.digits] if ends_with_pound else keys[: gather.digits]

    def _answer(self, gather: Gather, keys: str) -> Sequence[Verb]:
        self._decided, self._read = {}, None
        ways = self._flow.ways[gather.step]
        self._call, verbs = advance(self._flow, self._call, keys, self._desk, gather.step, gather.part)
        for message in self._arrived()[self._received :]:
            self._received += 1
            self._caller.receives(message.text)
        outcome = keys if keys in ways else self._read or (None if self._call.misses else "failure")
        if outcome is not None and not self._call.facts.get("once"):  # asked to press it once more
            self._takes(gather.step, outcome, ways.get(outcome, self._flow.failure))
        return verbs

    def _nobody_answers(self) -> Sequence[Verb]:
        self._decided, at = {}, self._call.step
        self._call, verbs = after_no_answer(self._flow, self._call, self._desk)
        self._takes(at, "unanswered", self._flow.ways[at]["unanswered"])
        return verbs

    def _pass_by(self, gather: Gather, rest: Sequence[Verb]) -> None:
        """Silence went on to the next step, or to the next part of a recital, which is no branch."""
        step = self._flow.steps[gather.step]
        goes_on = any(isinstance(verb, Gather) and verb.step == gather.step for verb in rest)
        if isinstance(step, Asking) and not goes_on:
            self._takes(gather.step, "silence", step.silence)

    def _takes(self, at: str, outcome: str, to: str) -> None:
        """This branch, and those behind it that trouble nobody, up to where the call listens or ends."""
        self.branches.append((at, outcome, to))
        match self._flow.steps[to]:
            case Say(then=then):
                self._takes(to, "", then)
            case Decide(on=on):
                self._takes(to, self._decided[to], on[self._decided[to]])

    def _hear(self, speak: Speak) -> None:
        words = wording.words(self._books, self._call.facts["locale"], speak)
        self.heard.append(words.text)
        self._caller.hears(words.text, words.locale)

    def _over(self, how: str) -> Sequence[Verb] | None:
        self._caller.ends(how)
        return None

    def _watched(self, name: str, step: FlowStep) -> FlowStep:
        """The same step, whose outcomes are noted as they are found."""
        match step:
            case Decide(by=by):
                return replace(step, by=lambda call, desk: self._noted(name, by(call, desk)))
            case Collect(read=read):
                return replace(step, read=lambda call, digits: self._understood(read(call, digits)))
            case _:
                return step

    def _noted(self, name: str, settled: tuple[Call, str]) -> tuple[Call, str]:
        self._decided[name] = settled[1]
        return settled

    def _understood(self, answer: tuple[Call, str] | None) -> tuple[Call, str] | None:
        self._read = answer[1] if answer else None
        return answer
