"""The call as a drawing and as a table: views of its chart, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.chart import Kind, Node, chart
from ivr.dialogue import Flow

_SHAPES: Mapping[Kind, tuple[str, str]] = {
    "decides": ("{{", "}}"),
    "ends": ("([", "])"),
    "puts through": ("([", "])"),
    "says": ("(", ")"),
}
_ON_A_KEYPAD = tuple("0123456789*#")
_KEYS = {"#": "pound", "*": "star"}  # as they are spoken; Mermaid would take the signs for syntax


def mermaid(flow: Flow) -> str:
    """The call as a Mermaid flowchart. What every asking step understands is said once, not drawn at each."""
    drawn = chart(flow)
    lines = ["flowchart TD", f"  start((answered)) --> {drawn.start}"]
    for node in drawn.nodes:
        left, right = _SHAPES.get(node.kind, ("[", "]"))
        lines.append(f"  {node.name}{left}{node.name}{right}")
        for arrow in drawn.arrows_from(node.name):
            label = ", ".join(_KEYS.get(outcome, outcome) for outcome in arrow.outcomes if outcome)
            lines.append(f"  {node.name} -->|{label}| {arrow.to}" if label else f"  {node.name} --> {arrow.to}")
    everywhere = [f"{_KEYS.get(key, key)}: {to}" for key, to in drawn.everywhere]
    everywhere.append(f"{drawn.tries} misses in a row: {drawn.failure}")
    lines.append(f'  everywhere["at every step that asks<br>{"<br>".join(everywhere)}"] -.-> {drawn.failure}')
    return "\n".join(lines) + "\n"


def table(flow: Flow) -> str:
    """The call as a Markdown table: each step, what it is, what it says and where it leads."""
    drawn = chart(flow)
    rows = ["| step | kind | prompt | leads to |", "|---|---|---|---|"]
    for node in drawn.nodes:
        prompt = f"`{node.prompt}`" if node.prompt else ""
        leads = "; ".join(f"{_or(arrow.outcomes)} → {arrow.to}" for arrow in drawn.arrows_from(node.name))
        rows.append(f"| {node.name} | {_kind(node)} | {prompt} | {leads} |")
    return "\n".join(rows) + "\n"


def _or(outcomes: Sequence[str]) -> str:
    return " or ".join(f"`{o}`" if o in _ON_A_KEYPAD else o for o in outcomes if o) or "then"


def _kind(node: Node) -> str:
    if node.kind == "collects":
        return f"collects {node.digits} digit{'s' if node.digits > 1 else ''}"
    return "ends: puts through" if node.kind == "puts through" else node.kind
