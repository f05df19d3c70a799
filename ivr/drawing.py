"""The call as a drawing and as a table: views of the declaration, for people."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.dialogue import AGAIN, Asking, Collect, Decide, End, Flow, Recite, Say

_SHAPES = {Decide: ("{{", "}}"), End: ("([", "])"), Say: ("(", ")")}
_ON_A_KEYPAD = tuple("0123456789*#")
_KEYS = {"#": "pound", "*": "star"}  # as they are spoken; Mermaid would take the signs for syntax


def mermaid(flow: Flow) -> str:
    """The call as a Mermaid flowchart. What every asking step understands is said once, not drawn at each."""
    lines = ["flowchart TD", f"  start((answered)) --> {flow.start}"]
    for name, step in flow.steps.items():
        left, right = _SHAPES.get(type(step), ("[", "]"))
        lines.append(f"  {name}{left}{name}{right}")
        for to, outcomes in _arrows(flow, name).items():
            label = ", ".join(_KEYS.get(outcome, outcome) for outcome in outcomes if outcome)
            lines.append(f"  {name} -->|{label}| {to}" if label else f"  {name} --> {to}")
    everywhere = [f"{_KEYS.get(key, key)}: {to}" for key, to in flow.everywhere.items()]
    everywhere.append(f"{flow.tries} misses in a row: {flow.failure}")
    lines.append(f'  everywhere["at every step that asks<br>{"<br>".join(everywhere)}"] -.-> {flow.failure}')
    return "\n".join(lines) + "\n"


def _arrows(flow: Flow, name: str) -> dict[str, list[str]]:
    """Where a step leads, each with the outcomes that lead there; what all steps have in common left out."""
    step, arrows = flow.steps[name], dict[str, list[str]]()
    for outcome, to in step.on.items():
        arrows.setdefault(name if to == AGAIN else to, []).append(outcome)
    if isinstance(step, Asking) and step.silence:
        arrows.setdefault(step.silence, []).append("silence")
    elif isinstance(step, Asking) and flow.tries_at(name) == 1:
        arrows.setdefault(flow.failure, []).append("silence")
    return arrows


def table(flow: Flow) -> str:
    """The call as a Markdown table: each step, what it is, what it says and where it leads."""
    rows = ["| step | kind | prompt | leads to |", "|---|---|---|---|"]
    for name, step in flow.steps.items():
        prompt = "" if isinstance(step, Decide) else f"`{step.prompt}`"
        leads = "; ".join(f"{_or(outcomes)} → {to}" for to, outcomes in _arrows(flow, name).items())
        rows.append(f"| {name} | {_kind(step)} | {prompt} | {leads} |")
    return "\n".join(rows) + "\n"


def _or(outcomes: Sequence[str]) -> str:
    return " or ".join(f"`{o}`" if o in _ON_A_KEYPAD else o for o in outcomes if o) or "then"


def _kind(step: object) -> str:
    match step:
        case Collect(digits=digits):
            return f"collects {digits} digit{'s' if digits > 1 else ''}"
        case Recite():
            return "recites"
        case End(dial=True):
            return "ends: puts through"
        case _:
            return {"Say": "says", "Menu": "menu", "Decide": "decides", "End": "ends"}[type(step).__name__]
