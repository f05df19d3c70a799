"""The grammar of a telephone call: steps, a call, and how one follows from the other.

Pure: no HTTP, no TwiML, no database, no clock. TwiML, captions, drawings, scenarios and lint are views of
what is declared with the kinds below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Values = Mapping[str, Any]
_NONE: Values = MappingProxyType({})

AGAIN = "again"  # in place of a step: the one that asked


# What the caller hears and may do: the verbs, whatever the carrier. What a document has many of is a named tuple: a
# frozen dataclass takes twice as long to make.
class Speak(NamedTuple):
    """A prompt with its values; `locale` where it is not the call's own."""

    prompt: str
    values: Values = _NONE
    locale: str = ""


class Gather(NamedTuple):
    """Listen for up to `digits` keys while and after the prompts are said.

    Where `goes_on`, silence or `#` alone passes on to the verbs that follow; otherwise it is an answer.
    """

    step: str
    part: int
    prompts: tuple[Speak, ...]
    digits: int
    timeout: int  # seconds of silence after the prompts, and between two keys
    goes_on: bool


@dataclass(frozen=True)
class Dial:
    """Connect the operator; the call goes on as `unanswered` if nobody is there."""


@dataclass(frozen=True)
class Hangup:
    pass


Verb = Speak | Gather | Dial | Hangup
Standing = Literal["listening", "put_through", "over"]


def standing(verbs: Sequence[Verb]) -> Standing:
    """How a call stands with these verbs: whoever may yet be listened to is listened to."""
    if any(isinstance(verb, Dial) for verb in verbs):
        return "put_through"
    return "listening" if any(isinstance(verb, Gather) for verb in verbs) else "over"


class Call(NamedTuple):
    """Where a call stands: all that is needed to take the next webhook, and JSON-able."""

    step: str
    facts: Values = _NONE
    misses: int = 0  # noinput and nomatch in a row

    def at(self, step: str) -> Call:
        return Call(step, self.facts, self.misses)

    def knowing(self, **facts: Any) -> Call:
        return Call(self.step, {**self.facts, **facts}, self.misses)


def once(call: Call) -> Sequence[Values]:
    """A prompt that is said once, with no values but the facts of the call."""
    return ({},)


# The kinds of step. `on` names every outcome and where it leads: the whole graph is data. `silence` names
# where it goes by itself; without it the engine counts silence as a miss.
@dataclass(frozen=True)
class Say:
    """Speak, then go on. Keys pressed meanwhile count for the step that listens next."""

    prompt: str
    then: str

    @property
    def on(self) -> Mapping[str, str]:
        return {"": self.then}


@dataclass(frozen=True)
class Menu:
    """Ask for one key out of a few; '' among them is silence as an answer, which another document follows."""

    prompt: str
    on: Mapping[str, str] = field(default_factory=dict)
    silence: str = ""
    timeout: int = 5
    each: Callable[[Call], Sequence[Values]] = once
    nomatch: str = "nomatch"
    digits: int = 1

    def take(self, call: Call, keys: str) -> tuple[Call, str] | None:
        return None


@dataclass(frozen=True)
class Collect:
    """Ask for digits and put them to `read`, which names the outcome, or None where they are wrong.

    Star clears what was keyed before it. `tries`: so many misses are too many here, whatever the flow allows.
    """

    prompt: str
    digits: int
    read: Callable[[Call, str], tuple[Call, str] | None]
    on: Mapping[str, str]
    silence: str = ""
    timeout: int = 5
    each: Callable[[Call], Sequence[Values]] = once
    nomatch: str = "nomatch"
    tries: int | None = None

    def take(self, call: Call, keys: str) -> tuple[Call, str] | None:
        digits = keys.rpartition("*")[2]
        return self.read(call, digits) if digits else None


@dataclass(frozen=True)
class Recite:
    """Say a list part by part, from the fact `part` on; silence goes on to the next, and at last to `silence`."""

    prompt: str
    each: Callable[[Call], Sequence[Values]]
    silence: str
    on: Mapping[str, str] = field(default_factory=dict)
    timeout: int = 1
    nomatch: str = "nomatch"
    digits: int = 1

    def take(self, call: Call, keys: str) -> tuple[Call, str] | None:
        return None


@dataclass(frozen=True)
class Decide:
    """Settle something without troubling the caller; `by` names the outcome."""

    by: Callable[[Call, Any], tuple[Call, str]]
    on: Mapping[str, str]


@dataclass(frozen=True)
class End:
    """Speak, then leave the call: hang up, or with `dial` connect the operator."""

    prompt: str
    dial: bool = False
    on: Mapping[str, str] = field(default_factory=dict)
    each: Callable[[Call], Sequence[Values]] = once


Asking = Menu | Collect | Recite
Step = Say | Asking | Decide | End


@dataclass(frozen=True)
class Flow:
    """A whole call. A wrong target or a step that no call can reach is a ValueError when it is declared."""

    start: str
    steps: Mapping[str, Step]
    failure: str  # where a call goes that missed `tries` times in a row
    everywhere: Mapping[str, str] = field(default_factory=dict)  # keys that every asking step understands
    twice: Mapping[str, str] = field(default_factory=dict)  # of these, what is said before they count: press once more
    noinput: str = "noinput"
    tries: int = 3

    def __post_init__(self) -> None:
        if unknown := {to for _, _, to in self.edges()} - self.steps.keys():
            raise ValueError(f"steps that are named but not declared: {sorted(unknown)}")
        if lost := self.steps.keys() - self.reachable():
            raise ValueError(f"steps that no call can reach: {sorted(lost)}")
        _ = self.listening

    @cached_property
    def ways(self) -> Mapping[str, Mapping[str, str]]:
        """Of each step, every outcome and where it leads."""
        return {name: self._ways(name, step) for name, step in self.steps.items()}

    def _ways(self, name: str, step: Step) -> Mapping[str, str]:
        if not isinstance(step, Asking):
            return step.on
        ways = {**self.everywhere, **step.on}
        return {outcome: name if to == AGAIN else to for outcome, to in ways.items()}

    def edges(self) -> Iterator[tuple[str, str, str]]:
        """(from, outcome, to), also for silence and for too many misses; the first comes from ''."""
        yield "", "", self.start
        for name, step in self.steps.items():
            for outcome, to in self.ways[name].items():
                yield name, outcome, to
            if isinstance(step, Asking):
                yield name, "failure", self.failure
                if step.silence:
                    yield name, "silence", step.silence

    def tries_at(self, name: str) -> int:
        step = self.steps[name]
        return step.tries if isinstance(step, Collect) and step.tries else self.tries

    def reachable(self) -> set[str]:
        leads: dict[str, set[str]] = {}
        for at, _, to in self.edges():
            leads.setdefault(at, set()).add(to)
        seen, todo = set(), [self.start]
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                todo += leads.get(name, ())
        return seen

    def silent_way(self, name: str, behind: tuple[str, ...] = ()) -> set[str]:
        """The steps that one document which begins here may listen at. ValueError where it would never end."""
        if name in behind:
            raise ValueError(f"a caller who does nothing goes in a circle: {' → '.join((*behind, name))}")
        step = self.steps[name]
        if isinstance(step, End):
            return set()
        if isinstance(step, Asking):
            here, then = {name}, [step.silence] if step.silence else []
        else:
            here, then = set(), list(step.on.values())
        return here.union(*(self.silent_way(to, (*behind, name)) for to in then))

    @cached_property
    def listening(self) -> Mapping[str, set[str]]:
        """Of each step, where a document that begins there may listen."""
        return {name: self.silent_way(name) for name in self.steps}

    def prompts(self) -> set[str]:
        """The names of all prompts that a call can say."""
        asking = [step for step in self.steps.values() if isinstance(step, Asking)]
        said = {step.prompt for step in self.steps.values() if not isinstance(step, Decide)}
        return said | {step.nomatch for step in asking} | {self.noinput} | set(self.twice.values())


def open_call(flow: Flow, desk: Any, **facts: Any) -> tuple[Call, list[Verb]]:
    """The call as it is answered."""
    return _run(flow, Call(flow.start, facts), desk, [])


def advance(flow: Flow, call: Call, keys: str, desk: Any, step: str = "", part: int = 0) -> tuple[Call, list[Verb]]:
    """What follows when the caller has pressed `keys` ('' is silence) at a step of the last document.

    Silence may have taken the caller past the step that the document began with; `step` and `part` say
    where the keys were pressed. ValueError where the document did not listen there.
    """
    at = step or call.step
    if at not in flow.listening.get(call.step, ()):
        raise ValueError(f"a call at {call.step!r} is not listening at {at!r}")
    asked = flow.steps[at]
    assert isinstance(asked, Asking), "a silent way holds asking steps"  # noqa: S101
    if at != call.step:
        call = Call(at, call.facts)
    if isinstance(asked, Recite):
        call = call.knowing(part=part)
    if keys in flow.twice and keys not in asked.on and call.facts.get("once") != [at, part, keys]:
        return _run(flow, call.knowing(once=[at, part, keys]), desk, [Speak(flow.twice[keys])])
    call, ways = call.knowing(once=None) if "once" in call.facts else call, flow.ways[at]
    taken = (call, keys) if keys in ways else asked.take(call, keys)
    if taken is None:
        return _missed(flow, call, asked.nomatch if keys else flow.noinput, desk)
    call, outcome = taken
    return _run(flow, Call(ways[outcome], {**call.facts, "asked": at}), desk, [])


def unanswered(flow: Flow, call: Call, desk: Any) -> tuple[Call, list[Verb]]:
    """What follows when the operator could not be reached."""
    return _run(flow, call.at(flow.ways[call.step]["unanswered"]), desk, [])


def give_up(flow: Flow, call: Call, desk: Any) -> tuple[Call, list[Verb]]:
    """What follows when the call cannot go on as declared: the same as after too many misses."""
    return _run(flow, Call(flow.failure, {**call.facts, "asked": call.step}), desk, [])


def _missed(flow: Flow, call: Call, why: str, desk: Any) -> tuple[Call, list[Verb]]:
    if call.misses + 1 >= flow.tries_at(call.step):
        return give_up(flow, call, desk)
    return _run(flow, call._replace(misses=call.misses + 1), desk, [Speak(why)])


def _run(flow: Flow, call: Call, desk: Any, spoken: list[Speak]) -> tuple[Call, list[Verb]]:
    """Go through the steps that need no answer, up to one that does; then on along the silent way.

    What is spoken before a step that listens is said inside its Gather, so that early keys count.
    """
    verbs: list[Verb] = []
    standing: Call | None = None  # the call as it is when the first step of this document is answered
    while True:
        step = flow.steps[call.step]
        match step:
            case Say():
                spoken.append(Speak(step.prompt, call.facts))
                call = call.at(step.then)
            case Decide():
                decided, outcome = step.by(call, desk)
                if standing and decided != call:
                    raise ValueError(f"{call.step!r} lies on a silent way, so it must not change the call")
                call = decided.at(step.on[outcome])
            case End():
                verbs += [*spoken, *_said(call, step), Dial() if step.dial else Hangup()]
                return standing or call, verbs
            case _:
                verbs += _gathers(call, step, spoken)
                standing, spoken = standing or call, []
                if not step.silence:
                    return standing, verbs
                call = call.at(step.silence)


def _said(call: Call, step: Asking | End) -> list[Speak]:
    return [Speak(step.prompt, {**call.facts, **values}, values.get("locale", "")) for values in step.each(call)]


def _gathers(call: Call, step: Asking, before: Sequence[Speak]) -> list[Gather]:
    """One Gather with all that is said; a recital has one for each part."""
    said, goes_on = _said(call, step), bool(step.silence)
    if not isinstance(step, Recite):
        return [Gather(call.step, 0, (*before, *said), step.digits, step.timeout, goes_on)]
    first = call.facts.get("part", 0)
    parts = [
        Gather(call.step, part, (speak,), step.digits, step.timeout, goes_on)
        for part, speak in enumerate(said[first:], first)
    ]
    parts[0] = parts[0]._replace(prompts=(*before, *parts[0].prompts))
    return parts
