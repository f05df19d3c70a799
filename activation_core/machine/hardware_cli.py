"""The commands for support staff that change the hardware of a simulated computer: machine change-part, show, reset."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import click

from activation_core import codes, hardware, terminal
from activation_core.machine import as_json as json_of
from activation_core.machine import in_lines
from activation_core.machine.seat import Seat, Workplace, as_json, seated, show, which_computer


def machine(place: Workplace) -> click.Group:
    """The group, working there."""

    @click.group("machine")
    @which_computer("home", "machine", "product")
    @click.pass_context
    def group(context: click.Context, /, **chosen: Any) -> None:
        """Change the hardware of a simulated computer.

        To see what becomes of its licenses.
        """
        context.obj = place

    for command in (show_, change_part, reset):
        group.add_command(command)
    return group


@click.command("show")
@as_json
@seated
def show_(seat: Seat, as_json: bool) -> None:
    """Show its parts, and how much each counts."""
    _show(seat, as_json)


@click.command("change-part")
@click.argument("part", type=click.Choice(hardware.COMPONENTS))
@click.argument("value", required=False)
@click.option("--take-out", is_flag=True, help="The computer shows this part no more. That is no change of it.")
@as_json
@seated
def change_part(seat: Seat, part: str, value: str | None, take_out: bool, as_json: bool) -> None:
    """Put another PART into the computer.

    Without a VALUE, one that is made up. The home remembers it. Two of product_uuid, disk and network make it
    another computer.
    """
    if take_out and value:
        raise click.UsageError("--take-out needs no VALUE.")
    kept, base = seat.place.hardware(seat.where)
    shown = kept.over(base).components
    kept.change_part(part, "" if take_out else value or _another(seat, part, shown))
    _show(seat, as_json)


@click.command()
@as_json
@seated
def reset(seat: Seat, as_json: bool) -> None:
    """Put all the parts of its profile back."""
    kept, _ = seat.place.hardware(seat.where)
    kept.reset()
    _show(seat, as_json)


def _another(seat: Seat, part: str, shown: Mapping[str, str]) -> str:
    """A made-up one that can be told from the one there: one in 15 others would have the same tag."""
    key = seat.computer.server.activation.product_key
    secret = codes.parse(key).key if key else b""
    before = hardware.tags(secret, shown)
    values = (f"another {part}, number {number}" for number in itertools.count(1))
    return next(value for value in values if hardware.tags(secret, {**shown, part: value}) != before)


def _show(seat: Seat, as_json: bool) -> None:
    kept, base = seat.place.hardware(seat.where)
    reading, changed = kept.over(base), kept.read().changed
    status = json_of.status(seat.computer_anew(), seat.now)
    parts = [
        {
            "part": component.kind,
            "counts": weight,
            "present": component.kind in reading.components,
            "changed": component.kind in changed,
            "weak": reading.weak.get(component.kind),
        }
        for component, weight in zip(hardware.TABLE, seat.computer.product.tolerance.weights, strict=True)
    ]
    value = {"profile": kept.read().profile or None, "parts": parts, "state": status["state"]}
    rows = [(str(each["part"]), str(each["counts"]), _words(each)) for each in parts]
    lines = [*terminal.table(("Part", "Counts", ""), rows), "", in_lines.STATES[status["state"]]]
    show(as_json, value, lines)


def _words(part: Mapping[str, Any]) -> str:
    words = "present" if part["present"] else "absent"
    return f"{words}{', changed' if part['changed'] else ''}{'. ' + part['weak'] if part['weak'] else ''}"
