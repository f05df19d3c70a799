"""The call as a chart: its steps, the arrows between them, and what each key does where.

The small model between the declaration and its views for people: Mermaid, the table, the graph at the telephone. What
every step that asks has in common is told once, not at each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from ivr.dialogue import AGAIN, Asking, Collect, Decide, End, Flow, Menu, Recite, Say, Step

Kind = Literal["says", "menu", "collects", "recites", "decides", "ends", "puts through"]


@dataclass(frozen=True)
class Node:
    """A step. `digits` is how many it collects; `keys` are the keys that it understands, in words for a caller."""

    name: str
    kind: Kind
    prompt: str = ""
    digits: int = 0
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Arrow:
    """From one step to another, by any of these outcomes; '' is the only way on."""

    at: str
    to: str
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """`everywhere` are the keys that every asking step understands, and where they and too many misses lead."""

    start: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    everywhere: tuple[tuple[str, str], ...]
    tries: int
    failure: str

    def arrows_from(self, name: str) -> list[Arrow]:
        return [arrow for arrow in self.arrows if arrow.at == name]


def chart(flow: Flow) -> Chart:
    """The chart of a call, in the order of its declaration."""
    return Chart(
        start=flow.start,
        nodes=tuple(_node(flow, name, step) for name, step in flow.steps.items()),
        arrows=tuple(arrow for name in flow.steps for arrow in _arrows(flow, name)),
        everywhere=tuple(flow.everywhere.items()),
        tries=flow.tries,
        failure=flow.failure,
    )


def _node(flow: Flow, name: str, step: Step) -> Node:
    match step:
        case Say(prompt):
            return Node(name, "says", prompt)
        case Decide():
            return Node(name, "decides")
        case End(prompt, dial):
            return Node(name, "puts through" if dial else "ends", prompt)
        case Menu(prompt):
            return Node(name, "menu", prompt, keys=tuple(_keys(flow, name)))
        case Recite(prompt):
            return Node(name, "recites", prompt, keys=tuple(_keys(flow, name)))
        case Collect(prompt, digits):
            return Node(name, "collects", prompt, digits, tuple(_keys(flow, name)))


def _arrows(flow: Flow, name: str) -> Iterator[Arrow]:
    """Where a step leads; what all steps have in common left out."""
    step, arrows = flow.steps[name], dict[str, list[str]]()
    for outcome, to in step.on.items():
        heard = "silence" if isinstance(step, Asking) and not outcome else outcome
        arrows.setdefault(name if to == AGAIN else to, []).append(heard)
    if isinstance(step, Asking) and step.silence:
        arrows.setdefault(step.silence, []).append("silence")
    elif isinstance(step, Asking) and flow.tries_at(name) == 1:
        arrows.setdefault(flow.failure, []).append("silence")
    yield from (Arrow(name, to, tuple(outcomes)) for to, outcomes in arrows.items())


# -- what the keys of a step do, in a caller's words ---------------------------------------------------


def _keys(flow: Flow, name: str) -> Iterator[tuple[str, str]]:
    step = flow.steps[name]
    assert isinstance(step, Asking)  # noqa: S101 (the caller has looked)
    for key, to in sorted(flow.ways[name].items(), key=lambda way: "123456789*0#".find(way[0])):
        if len(key) != 1 or (to == name and flow.everywhere.get(key) != AGAIN):
            continue  # no key, or one that does nothing here
        twice = " (pressed twice)" if key in flow.twice and key not in step.on else ""
        sent = "#" if step.digits > 1 else ""  # among many a key alone waits for its end
        yield key + sent, _does(flow, name, to) + twice
    if step.silence:
        yield "#", _does(flow, name, step.silence)


def _does(flow: Flow, name: str, to: str) -> str:
    step, led = flow.steps[name], flow.steps[to]
    if to == name:
        return "again"
    if _is_a_person(flow, to):
        return "a person"
    if isinstance(led, End):
        return "end the call"
    if to in (getattr(step, "silence", ""), step.on.get("")) and not isinstance(led, Say):
        return "on"
    return to.replace("_", " ")


def _is_a_person(flow: Flow, name: str) -> bool:
    """Whether this step leads to one by itself: an operator, who decides about one, or a last question before."""
    match flow.steps[name]:
        case End(dial=dial):
            return dial
        case Decide(on=on):
            return any(isinstance(led := flow.steps[to], End) and led.dial for to in on.values())
        case Collect(tries=1):
            return _is_a_person(flow, flow.failure)
        case _:
            return False


def alike(drawn: Chart) -> Mapping[str, str]:
    """Steps of one kind with the same arrows in and out, with what their names begin with: they can be drawn as one."""
    kin = dict[object, list[str]]()
    for node in drawn.nodes:
        led = frozenset((arrow.to, arrow.outcomes) for arrow in drawn.arrows_from(node.name))
        came = frozenset(arrow.at for arrow in drawn.arrows if arrow.to == node.name)
        kin.setdefault((node.kind, led, came), []).append(node.name)
    shared = ((names, _stem(names)) for names in kin.values() if len(names) > 1)
    return {name: f"{stem}_…" for names, stem in shared if stem for name in names}


def _stem(names: Sequence[str]) -> str:
    """The words that all of them begin with."""
    columns = zip(*(name.split("_") for name in names), strict=False)
    return "_".join(words[0] for words in takewhile(lambda words: len(set(words)) == 1, columns))


def as_json(drawn: Chart) -> Mapping[str, object]:
    """For a program that draws it."""
    stem = alike(drawn)
    return {
        "start": drawn.start,
        "steps": [{"name": node.name, "kind": node.kind, "as": stem.get(node.name, node.name)} for node in drawn.nodes],
        "arrows": [{"from": arrow.at, "to": arrow.to, "outcomes": arrow.outcomes} for arrow in drawn.arrows],
        "everywhere": [{"key": key, "to": to} for key, to in drawn.everywhere],
        "tries": drawn.tries,
        "failure": drawn.failure,
    }
