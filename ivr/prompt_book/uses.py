"""Where each prompt is said: a view of the declared call, for whoever words or records it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.chart import Node, chart
from ivr.dialogue import Asking, Flow
from ivr.webhooks import LAST_RESORT


@dataclass(frozen=True)
class Use:
    """`steps` say it when this happens; no steps: wherever the call asks, or where none of its steps can go on."""

    when: str
    steps: tuple[str, ...] = ()


def uses(flow: Flow) -> Mapping[str, tuple[Use, ...]]:
    """Every prompt that a call can say, in the order in which it can be heard first; never without a use."""
    found: dict[str, dict[str, list[str]]] = {}
    for prompt, when, step in _uses(flow):
        found.setdefault(prompt, {}).setdefault(when, []).extend([step] if step else [])
    return {prompt: tuple(Use(when, tuple(steps)) for when, steps in whens.items()) for prompt, whens in found.items()}


def _uses(flow: Flow) -> Iterator[tuple[str, str, str]]:
    for node in chart(flow).nodes:
        if node.prompt:
            yield node.prompt, _when(node), node.name
    yield flow.noinput, "nothing was keyed, at every step that asks", ""
    for name, step in flow.steps.items():
        if isinstance(step, Asking):
            yield step.nomatch, "a key, or digits, that do not fit", name
    for key, prompt in flow.twice.items():
        yield prompt, f"{key} was pressed once, at every step that asks", ""
    for prompt in LAST_RESORT:
        yield prompt, "something went wrong on our side", ""


def _when(node: Node) -> str:
    match node.kind:
        case "menu":
            return "asks for a key"
        case "collects":
            return "asks for a key" if node.digits == 1 else f"asks for {node.digits} digits"
        case "recites":
            return "reads it for each block"
        case "ends":
            return "the last words of the call"
        case "puts through":
            return "said before a person is called"
        case _:
            return "said, and the call goes on"
