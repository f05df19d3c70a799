"""Walks a live call, breadth first, over keys, silence and hang-up, and draws what it finds.

A black box: the application behind the carrier is any voice webhook in any language, and all that is known
of it is what happens in a call. A *stop* is where the carrier listens and the caller may act; two stops are
the same state where the same is offered from there on: the words heard since the last act, and the verbs
from this Gather to the end of the document, numbers masked. The same offer several times running is as many
states, up to `PATIENCE`: so the third miss is not taken for the first. Every state is reached by a call
of its own that plays the keys from the start; what an application keeps from one call to the next is not
seen. Nothing here judges a prompt: that is lint's.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP, KEYS, ScriptedLine

__all__ = [
    "END_KINDS",
    "PERSON",
    "Act",
    "Edge",
    "Exploration",
    "Finding",
    "Limits",
    "Page",
    "State",
    "Stop",
    "any_digits",
    "explore",
    "to_json",
    "to_mermaid",
]

PATIENCE = 3  # the same offer this often running is taken for a circle; voice_ux.md: three attempts
PERSON, SPOKEN_END, SILENT_END, CUT_OFF = "person", "goodbye", "hung up on", "cut off"
HUNG_UP = "hung up"  # by the caller
END_KINDS = (PERSON, SPOKEN_END, SILENT_END, CUT_OFF, HUNG_UP)
_WITH_A_PERSON = ("dial", "queued")
_FIRST_KEY, _BETWEEN_KEYS = 0.5, 0.3


@dataclass(frozen=True)
class Act:
    """What a caller does at a stop; keys of '' are silence."""

    name: str
    keys: str


SILENCE = Act("silence", "")


@dataclass(frozen=True)
class Page:
    """A document as it came, and how often its call had acted before."""

    url: str
    body: str

    @property
    def root(self) -> ET.Element | None:
        """None where it is no XML; a document type is not read."""
        try:
            return None if "<!DOCTYPE" in self.body else ET.fromstring(self.body)  # noqa: S314 - no DOCTYPE, ≤ 64 kB
        except ET.ParseError:
            return None


@dataclass(frozen=True)
class Stop:
    """Where a caller may act: what was heard since the last act, and what the Gather takes."""

    heard: tuple[Event, ...]  # say, play and pause
    num_digits: int | None
    finish_on_key: str
    timeout: float
    input: str
    page: Page
    place: int  # which Gather of the page it is, from 0

    @property
    def words(self) -> str:
        return " ".join(event.details["text"] for event in self.heard if event.kind == "say")

    @property
    def locale(self) -> str:
        """The language that was spoken last."""
        spoken = [event.details["language"] for event in self.heard if event.kind == "say"]
        return spoken[-1] if spoken else ""


@dataclass(frozen=True)
class State:
    name: str
    stop: Stop
    way: tuple[Act, ...]  # from the start of a call


@dataclass(frozen=True)
class Edge:
    """An act at a state ('' is the start of the call), where it leads, and what happens on the way."""

    at: str
    act: Act
    to: str  # a state or one of END_KINDS
    events: tuple[Event, ...] = field(repr=False, default=())


FindingKind = Literal["dead_end", "loop", "silent_loop", "no_zero", "no_goodbye", "cut_off", "failed"]


@dataclass(frozen=True)
class Finding:
    kind: FindingKind
    where: str  # a state
    message: str
    way: tuple[str, ...]  # the acts that lead there


@dataclass(frozen=True)
class Exploration:
    """The graph of a call, and what is wrong with it. `stopped` says why it is not whole, or ''."""

    states: tuple[State, ...]
    edges: tuple[Edge, ...]
    pages: tuple[Page, ...]
    calls: int
    stopped: str

    def state(self, name: str) -> State:
        return next(state for state in self.states if state.name == name)

    def after(self, name: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.at == name)

    @property
    def explored(self) -> frozenset[str]:
        """The states at which every act was tried."""
        return frozenset(edge.at for edge in self.edges if edge.to == HUNG_UP)

    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for check in _CHECKS for finding in check(self))


@dataclass(frozen=True)
class Limits:
    states: int = 300
    calls: int = 3000


Place = Callable[[ScriptedLine, int], object]  # plays the call of this number over the line
Useful = Callable[[Stop], Sequence[Act]]  # the acts beside single keys and silence that are worth trying
Mask = Callable[[str, str], str]  # words and their language, without what differs from call to call


def any_digits(stop: Stop) -> Sequence[Act]:
    """As many digits as are asked for, where nothing is known of them."""
    if stop.num_digits == 1:
        return ()
    digits = ("1234567890" * 8)[: stop.num_digits or 4]
    return (Act(f"{len(digits)} digits", digits + ("" if stop.num_digits else stop.finish_on_key)),)


def numerals_masked(words: str, locale: str) -> str:
    return re.sub(r"\d+(?:[ ,.]+\d+)*", "#", words)


# -- walking -------------------------------------------------------------------------------------------


def explore(
    place: Place,
    *,
    useful: Useful = any_digits,
    mask: Mask = numerals_masked,
    limits: Limits = Limits(),
) -> Exploration:
    """Walk until there is nothing new, or to the limits."""
    walk = _Walk(place, useful, mask, limits)
    walk.start()
    while walk.todo and not walk.stopped:
        walk.try_everything_at(walk.todo.popleft())
    return Exploration(tuple(walk.states.values()), tuple(walk.edges), tuple(walk.pages), walk.calls, walk.stopped)


_Offer = tuple[str, ...]
_Key = tuple[_Offer, int]  # an offer, and how often it came running


class _Walk:
    """An exploration while it lasts."""

    def __init__(self, place: Place, useful: Useful, mask: Mask, limits: Limits) -> None:
        self.place, self.useful, self.mask, self.limits = place, useful, mask, limits
        self.states: dict[_Key, State] = {}
        self.edges: list[Edge] = []
        self.pages: dict[Page, None] = {}  # a set that keeps its order
        self.todo: deque[State] = deque()
        self.calls = 0
        self.stopped = ""

    def start(self) -> None:
        self._try("", (), Act("the call", ""))

    def try_everything_at(self, state: State) -> None:
        for act in self._acts(state.stop):
            if self.calls >= self.limits.calls:
                self.stopped = f"stopped after {self.calls} calls; {len(self.todo) + 1} states are left to explore"
                return
            self._try(state.name, (*state.way, act), act)
        # The call that found this state ended with a hang-up at it.
        self.edges.append(Edge(state.name, Act("hang up", HANG_UP), HUNG_UP))

    def _acts(self, stop: Stop) -> list[Act]:
        if "dtmf" not in stop.input:
            return [SILENCE]
        finish = "" if stop.num_digits == 1 else stop.finish_on_key
        keys = [Act(key if key == finish else key + finish, key if key == finish else key + finish) for key in KEYS]
        return [SILENCE, *keys, *self.useful(stop)]

    def _try(self, at: str, way: tuple[Act, ...], act: Act) -> None:
        call = _Call(way)
        self.calls += 1
        self.place(ScriptedLine(call.decide), self.calls)
        self.pages |= dict.fromkeys(call.pages)
        last = tuple(call.heard[-1])
        if len(call.stops) <= len(way):
            self.edges.append(Edge(at, act, _how_it_ended(last), last))
            return
        key = self._key(call.stops)
        if key not in self.states:
            if len(self.states) >= self.limits.states:
                self.stopped = f"stopped at {len(self.states)} states"
                return
            self.states[key] = State(f"s{len(self.states)}", call.stops[-1], way)
            self.todo.append(self.states[key])
        self.edges.append(Edge(at, act, self.states[key].name, last))

    def _key(self, stops: Sequence[Stop]) -> _Key:
        offer, *before = [self._offer(stop) for stop in reversed(stops)]
        running = 1 + sum(1 for _ in takewhile(lambda earlier: earlier == offer, before))
        return offer, min(running, PATIENCE)

    def _offer(self, stop: Stop) -> _Offer:
        said = [self.mask(e.details["text"], e.details["language"]) for e in stop.heard if e.kind == "say"]
        return (*said, *_rest(stop, self.mask))


class _Call:
    """A caller who acts in turn at each stop and then hangs up; and all that happened."""

    def __init__(self, way: Sequence[Act]) -> None:
        self.way = way
        self.stops: list[Stop] = []
        self.heard: list[list[Event]] = [[]]  # what happened up to each stop, and after the last
        self.pages: list[Page] = []
        self._listens = 0
        self._listen: Mapping[str, object] = {}

    @property
    def events(self) -> Iterator[Event]:
        return (event for part in self.heard for event in part)

    def decide(self, event: Event) -> Sequence[tuple[float, str]] | None:
        if len(self.stops) <= len(self.way):  # what comes after the last stop is the explorer's own hang-up
            self.heard[-1].append(event)
        match event.kind:
            case "response":
                self.pages.append(Page(event.details["url"], event.details["body"]))
                self._listens = 0
            case "listen":
                self._listen = event.details
                self._listens += 1
            case "wait":
                return self._act()
        return None

    def _act(self) -> Sequence[tuple[float, str]]:
        self.stops.append(self._stop())
        if len(self.stops) > len(self.way):
            return [(0.0, HANG_UP)]
        self.heard.append([])
        keys = self.way[len(self.stops) - 1].keys
        return [(_FIRST_KEY + _BETWEEN_KEYS * place, key) for place, key in enumerate(keys)]

    def _stop(self) -> Stop:
        listen: Mapping[str, object] = self._listen
        digits, timeout = listen["numDigits"], listen["timeout"]
        return Stop(
            heard=tuple(event for event in self.heard[-1] if event.kind in ("say", "play", "pause")),
            num_digits=digits if isinstance(digits, int) else None,
            finish_on_key=str(listen["finishOnKey"]),
            timeout=float(timeout) if isinstance(timeout, int | float) else 5.0,
            input=str(listen["input"]),
            page=self.pages[-1],
            place=self._listens - 1,
        )


def _how_it_ended(happened: Sequence[Event]) -> str:
    end = happened[-1]
    if any(event.kind in _WITH_A_PERSON for event in happened):
        return PERSON
    if end.details.get("by") == "carrier":
        return CUT_OFF
    return SPOKEN_END if any(event.kind in ("say", "play") for event in happened) else SILENT_END


_CALL_IDS = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


def _rest(stop: Stop, mask: Mask) -> Iterator[str]:
    """The verbs from this Gather to the end of its page."""
    root = stop.page.root
    verbs = [] if root is None else list(root)
    gathers = [place for place, verb in enumerate(verbs) if verb.tag == "Gather"]
    start = gathers[stop.place] if stop.place < len(gathers) else 0
    for verb in verbs[start:]:
        for element in verb.iter():
            attributes = " ".join(f"{name}={value}" for name, value in sorted(element.attrib.items()))
            words = " ".join(" ".join(element.itertext()).split())
            if element.tag not in ("Gather", "break"):
                yield _CALL_IDS.sub("#", f"{element.tag} {attributes} {mask(words, element.get('language', ''))}")
            elif element.tag == "Gather":
                yield _CALL_IDS.sub("#", f"{element.tag} {attributes}")


# -- what is wrong with a graph ------------------------------------------------------------------------


def _next_states(exploration: Exploration) -> Mapping[str, frozenset[str]]:
    """Where a caller may come from each state without hanging up; also the ends."""
    return {s.name: frozenset(e.to for e in exploration.after(s.name)) - {HUNG_UP} for s in exploration.states}


def _stuck(exploration: Exploration) -> frozenset[str]:
    """The states from which no end, no person and nothing unexplored can be reached."""
    nexts = _next_states(exploration)
    free = {*END_KINDS, *(nexts.keys() - exploration.explored)}
    while more := {name for name, to in nexts.items() if name not in free and to & free}:
        free |= more
    return frozenset(nexts.keys() - free)


def _words(state: State) -> str:
    return f"“{state.stop.words[-70:]}”" if state.stop.words else "a Gather without words"


def _found(kind: FindingKind, state: State, message: str) -> Finding:
    return Finding(kind, state.name, f"{_words(state)}: {message}", tuple(act.name for act in state.way))


def _dead_ends_and_loops(exploration: Exploration) -> Iterator[Finding]:
    """One finding for each offer: the states that lead to nothing else are dead ends, the others circles."""
    stuck, nexts, told = _stuck(exploration), _next_states(exploration), set[tuple[object, ...]]()
    for state in (s for s in exploration.states if s.name in stuck):
        offer = (state.stop.words, state.stop.place, state.stop.page.body)
        if offer in told:
            continue
        told.add(offer)
        others = {exploration.state(to).stop.words for to in nexts[state.name]} - {state.stop.words}
        if others:
            yield _found("loop", state, "no way out of this circle but to hang up")
        else:
            yield _found("dead_end", state, "whatever is pressed leads back here")


def _silent_loops(exploration: Exploration) -> Iterator[Finding]:
    silent = {edge.at: edge.to for edge in exploration.edges if edge.act == SILENCE}
    told = set[str]()
    for state in exploration.states:
        behind, at = list[str](), state.name
        while at in silent and at not in behind:
            behind.append(at)
            at = silent[at]
        if at in behind and not told & set(behind):
            yield _found("silent_loop", exploration.state(at), "a caller who does nothing is never let go")
        if at in behind:
            told |= set(behind)


def _without_zero(exploration: Exploration) -> Iterator[Finding]:
    """By `0` alone, or by `0#` where digits are keyed; a caller may be asked once whether more is to come."""
    for state in exploration.states:
        zero = [edge for edge in exploration.after(state.name) if edge.act.keys.rstrip("#") == "0"]
        if zero and not any(_leads_to_a_person(exploration, edge) for edge in zero):
            yield _found("no_zero", state, "0 leads to no person")


def _leads_to_a_person(exploration: Exploration, zero: Edge) -> bool:
    """At once, or if nothing more is pressed; what was not explored is not judged."""
    then = [edge for edge in exploration.after(zero.to) if edge.act == SILENCE]
    unexplored = zero.to not in END_KINDS and not then
    return unexplored or any(edge.to == PERSON or _is_put_through(edge) for edge in (zero, *then))


def _is_put_through(edge: Edge) -> bool:
    return any(event.kind in _WITH_A_PERSON for event in edge.events)


def _bad_ends(exploration: Exploration) -> Iterator[Finding]:
    for edge in exploration.edges:
        if edge.to not in (SILENT_END, CUT_OFF):
            continue
        kind: FindingKind = "no_goodbye" if edge.to == SILENT_END else "cut_off"
        how = "ends the call without a word" if edge.to == SILENT_END else "makes the carrier end the call"
        if edge.at:
            yield _found(kind, exploration.state(edge.at), f"{edge.act.name} {how}")
        else:
            yield Finding(kind, "", f"the call {how}", ())


def _failed_requests(exploration: Exploration) -> Iterator[Finding]:
    told = set[tuple[object, ...]]()
    for edge in exploration.edges:
        for event in edge.events:
            about = (event.details.get("code"), event.details.get("url"), event.details.get("message"))
            if event.kind != "error" or about in told:
                continue
            told.add(about)
            way = (*exploration.state(edge.at).way, edge.act) if edge.at else ()
            yield Finding("failed", edge.at, f"error {about[0]} at {about[1]}: {about[2]}", tuple(a.name for a in way))


_CHECKS: Sequence[Callable[[Exploration], Iterator[Finding]]] = (
    _dead_ends_and_loops,
    _silent_loops,
    _without_zero,
    _bad_ends,
    _failed_requests,
)


# -- views ---------------------------------------------------------------------------------------------


def to_json(exploration: Exploration) -> str:
    """States, edges and findings; the same exploration gives the same text."""
    return json.dumps(
        {
            "calls": exploration.calls,
            "stopped": exploration.stopped,
            "states": [
                {
                    "name": state.name,
                    "words": state.stop.words,
                    "numDigits": state.stop.num_digits,
                    "timeout": state.stop.timeout,
                    "way": [act.name for act in state.way],
                }
                for state in exploration.states
            ],
            "edges": [{"at": edge.at, "act": edge.act.name, "to": edge.to} for edge in exploration.edges],
            "findings": [
                {"kind": found.kind, "where": found.where, "message": found.message, "way": list(found.way)}
                for found in exploration.findings()
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


_SPOKEN_KEYS = {"*": "star", "#": "pound"}  # Mermaid would take the signs for syntax


def to_mermaid(exploration: Exploration) -> str:
    """The graph as a Mermaid flowchart; hanging up, which is possible everywhere, is left out."""
    lines = ["flowchart TD", "  start((answered))"]
    lines += [f'  {state.name}["{_label(state)}"]' for state in exploration.states]
    arrows: dict[tuple[str, str], list[str]] = {}
    for edge in exploration.edges:
        if edge.to != HUNG_UP:
            arrows.setdefault((edge.at or "start", edge.to.replace(" ", "_")), []).append(edge.act.name)
    for (at, to), acts in arrows.items():
        label = re.sub(r"[*#]", lambda sign: f" {_SPOKEN_KEYS[sign[0]]}", ", ".join(acts)).replace("  ", " ").strip()
        lines.append(f"  {at} --> {to}" if at == "start" else f'  {at} -->|"{label}"| {to}')
    return "\n".join(lines) + "\n"


def _label(state: State) -> str:
    words = re.sub(r'["<>#*|\[\]]', "", state.stop.words)
    return f"{state.name} {words if len(words) < 60 else words[:28] + ' … ' + words[-28:]}".strip()
