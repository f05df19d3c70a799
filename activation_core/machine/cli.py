"""The commands of the licensed computer: everything that its pages do, for a person in a terminal and for scripts.

A thin skin over `LicensedComputer`: each command reads what was typed, asks once, and writes the answer, as lines
or as JSON. Which parts are real is settled by `app.py`, which hands them in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from activation_core import codes, installation_id, terminal
from activation_core.disclosure import disclosed
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine import as_json as json_of
from activation_core.machine import guide, in_lines, internet, plain_text
from activation_core.machine.pages.documents import DOCUMENTS
from activation_core.machine.registration import Registration
from activation_core.machine.seat import (
    InOrder,
    Seat,
    Workplace,
    as_json,
    done,
    make_sure,
    refuse,
    region,
    seated,
    show,
    sure,
    typed,
    typed_lines,
    which_computer,
    write,
)
from activation_core.machine.site_cli import COMMANDS as SITE_COMMANDS
from activation_core.machine.wizards import WIZARDS
from activation_core.mistyped import Mistyped
from activation_core.refusals import Refusal

_FILE = click.Path(dir_okay=False, path_type=Path)


def licensing(place: Workplace) -> click.Group:
    """The group, working there."""

    @click.group("licensing", cls=InOrder)
    @which_computer()
    @click.pass_context
    def group(context: click.Context, /, **chosen: Any) -> None:
        """Activate this computer and manage its client access licenses.

        The options choose the computer; they may stand before or after the command. Codes and IDs that are left
        out, or given as -, are read from the standard input, so that they stay out of the history of the shell.
        """
        context.obj = place

    for command in COMMANDS:
        group.add_command(command)
    return group


# Activation (rules 1 to 17)


@click.command()
@as_json
@seated
def status(seat: Seat, as_json: bool) -> None:
    """Tell whether the server is activated.

    And if not, how long there is, and what is blocked.
    """
    value = json_of.status(seat.computer, seat.now)
    show(as_json, value, in_lines.status(value))


@click.command()
@as_json
@seated
def logon(seat: Seat, as_json: bool) -> None:
    """Remind of the activation, as at each logon. Prints nothing where it is activated."""
    _remind(seat, as_json, at_logon=True)


@click.command()
@as_json
@seated
def remind(seat: Seat, as_json: bool) -> None:
    """Remind of the activation where it is time again.

    For a task that runs every hour.
    """
    _remind(seat, as_json, at_logon=False)


@click.command("product-key")
@click.argument("key", nargs=-1)
@click.option("--replace", is_flag=True, help="Replace that of an activated server, which is then activated anew.")
@as_json
@seated
def product_key(seat: Seat, key: tuple[str, ...], replace: bool, as_json: bool) -> None:
    """Enter the product key."""
    done(seat.computer.server.enter_product_key(typed(key, "product key"), seat.now, replace=replace), as_json)
    value = json_of.status(seat.computer, seat.now)
    show(as_json, value, in_lines.status(value))


@click.command("installation-id")
@region
@as_json
@seated
def show_installation_id(seat: Seat, region: str | None, as_json: bool) -> None:
    """Show the Installation ID, and the number to call.

    It is the same until it is answered.
    """
    asked = _own_id(seat, as_json)
    call = seat.number_to_call(region)
    show(as_json, json_of.asked(asked), ["Installation ID", *terminal.installation_id_rows(asked.blocks), "", *call])


@click.command()
@click.argument("id_", nargs=-1, metavar="[ID]")
@as_json
@seated
def explain(seat: Seat, id_: tuple[str, ...], as_json: bool) -> None:
    """Print every bit that an Installation ID discloses.

    In plain words. Without an ID, that of this server; with - the one that comes in.
    """
    asked = installation_id.parse(typed(id_, "Installation ID")) if id_ else _own_id(seat, as_json)
    fields = disclosed(asked, _product_name(seat, asked))
    show(as_json, [{**vars(each)} for each in fields], in_lines.disclosed(fields))


@click.command()
@click.option("--internet", "by_internet", is_flag=True, help="Ask the clearinghouse over the Internet.")
@click.option(
    "--confirmation-id",
    "answer",
    is_flag=False,
    flag_value="-",
    metavar="[ID]",
    help="What was heard on the telephone.",
)
@as_json
@seated
def activate(seat: Seat, by_internet: bool, answer: str | None, as_json: bool) -> None:
    """Activate the server.

    By Internet, or with the Confirmation ID from the telephone. No name or other personal data is needed.
    Registration is another matter, and optional: see register.
    """
    if by_internet == (answer is not None):
        raise click.UsageError("Choose one: --internet, or --confirmation-id with what was heard on the telephone.")
    server = seat.computer.server
    if by_internet:
        _by_internet(seat.computer.activate_by_internet(seat.now), as_json)
    else:
        done(server.accept(typed([answer or ""], "Confirmation ID"), seat.now), as_json)
    value = json_of.status(seat.computer, seat.now)
    lines = ["Register now or later, or never: licensing register. It is not needed, and not linked."]
    show(as_json, value, [*in_lines.status(value), *lines])


@click.group()
def register() -> None:
    """Tell who uses the product, if you like.

    Activation does not need it, and the two are never linked.
    """


@register.command("now")
@click.option("--name", prompt=True, help="Your name.")
@click.option("--organisation", default="", help="Where you work.")
@click.option("--address", default="", help="An address on paper.")
@click.option("--email", default="", help="An address for mail.")
@as_json
@seated
def register_now(seat: Seat, name: str, organisation: str, address: str, email: str, as_json: bool) -> None:
    """Keep who uses the product, on this computer only."""
    told = Registration(name, seat.now.date(), organisation, address, email)
    seat.computer.registration.register(told)
    show(as_json, json_of.registration(told), ["Registered. It is kept on this computer only, and sent nowhere."])


@register.command("later")
@seated
def register_later(seat: Seat) -> None:
    """Leave it for now, or for good."""
    write(["Not registered. You can register at any time, or never: nothing depends on it."])


@register.command("show")
@as_json
@seated
def register_show(seat: Seat, as_json: bool) -> None:
    """Show what was told."""
    value = json_of.registration(seat.computer.registration.read())
    told = [f"{name.capitalize():<14}{text}" for name, text in value.items() if name != "registered" and text]
    show(as_json, value, told or ["Nobody has registered. Nothing depends on it."])


# Licences (rules 18 to 42)


@click.command()
@click.argument("code", nargs=-1)
@click.option("--reissue", is_flag=True, help="Install licenses again that were on this computer and got lost.")
@click.option("--internet", "by_internet", is_flag=True, help="Have them confirmed over the Internet at once.")
@region
@as_json
@seated
def add(seat: Seat, code: tuple[str, ...], reissue: bool, by_internet: bool, region: str | None, as_json: bool) -> None:
    """Add client access licenses by their license codes.

    Each code gets an Installation ID and a box for its Confirmation ID: see ids and accept. Back up the licenses
    that are there before. To move licenses here from another computer, see transfer.
    """
    operation, texts = Operation.REISSUE if reissue else Operation.ADD, typed_lines(code, "license code")
    _list_codes(seat, operation, texts, as_json, once_more=by_internet)
    if by_internet:
        _answer_by_internet(seat, as_json)
    else:
        _show_run(seat, region, as_json)


@click.command()
@click.argument("code", nargs=-1)
@region
@as_json
@seated
def transfer(seat: Seat, code: tuple[str, ...], region: str | None, as_json: bool) -> None:
    """Move licenses to this computer, by telephone only.

    From another computer, or after a significant change of the hardware. Where the old computer still runs, they
    are given up there: see give-up.
    """
    _list_codes(seat, Operation.TRANSFER, typed_lines(code, "license code"), as_json)
    _show_run(seat, region, as_json)


@click.command()
@region
@as_json
@seated
def ids(seat: Seat, region: str | None, as_json: bool) -> None:
    """Show the Installation IDs of the run under way.

    With the number to call, and which are answered: made to be printed.
    """
    _show_run(seat, region, as_json)


@click.command()
@click.argument("box", type=int, required=False)
@click.argument("confirmation_id", nargs=-1)
@click.option("--internet", "by_internet", is_flag=True, help="Ask for all that are missing over the Internet.")
@as_json
@seated
def accept(seat: Seat, box: int | None, confirmation_id: tuple[str, ...], by_internet: bool, as_json: bool) -> None:
    """Type the Confirmation ID of a BOX.

    Its licenses are installed at once. When each box has its answer, the run is ended.
    """
    if by_internet == (box is not None):
        raise click.UsageError("Choose one: a BOX and its CONFIRMATION_ID, or --internet for all of them.")
    if box is None:
        _answer_by_internet(seat, as_json)
    else:
        answer = typed(confirmation_id, "Confirmation ID")
        refusal = seat.computer.cals.accept(seat.actor, box, answer, seat.now)
        _refuse_box(refusal, as_json)
        _show_run_or_end(seat, as_json)


@click.command()
@click.argument("box", type=int)
@as_json
@seated
def remove(seat: Seat, box: int, as_json: bool) -> None:
    """Take a wrong code off the list of the run.

    Type it again with add or transfer.
    """
    done(seat.computer.cals.remove_code(seat.actor, box, seat.now), as_json)
    _show_run(seat, None, as_json)


@click.command()
@as_json
@seated
def end(seat: Seat, as_json: bool) -> None:
    """Leave the run under way.

    Its list is emptied, what was confirmed stays.
    """
    done(seat.computer.cals.end_run(seat.actor, seat.now), as_json)
    _show_run(seat, None, as_json)


@click.command("give-up")
@click.argument("code", nargs=-1)
@sure
@as_json
@seated
def give_up(seat: Seat, code: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Take licenses out of this computer for good.

    For those that were transferred to another one. No backup brings them back.
    """
    text = typed(code, "license code")
    make_sure("Take these licenses out of this computer for good?", yes)
    done(seat.computer.give_up(seat.actor, text, seat.now), as_json)
    _show_installed(seat, as_json)


# Back up and restore (rules 43 to 46), and what there is (rules 48 to 51)


@click.command("back-up")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Replace a file of this name.")
@as_json
@seated
def back_up(seat: Seat, file: Path, replace: bool, as_json: bool) -> None:
    """Save the licenses of this computer in FILE.

    Nothing else is in it. It holds license codes: keep it where the paper licenses are kept.
    """
    done(seat.computer.back_up(seat.actor, file, seat.now, replace=replace), as_json)
    packs = len(seat.computer.cals.licences.packs)
    show(as_json, {"file": str(file), "packs": packs}, [f"Saved in {file}; license codes: {packs}."])


@click.command()
@click.argument("file", type=_FILE)
@as_json
@seated
def restore(seat: Seat, file: Path, as_json: bool) -> None:
    """Bring the licenses back from a backup.

    From one that was made on this computer. Before every change a copy is made by itself, in the folder `copies`
    of the home; that can be restored as well.
    """
    back = seat.computer.restore(seat.actor, file, seat.now)
    if isinstance(back, Refusal):
        refuse(back, as_json)
    restored = [_masked(pack.code) for pack in back.packs]
    value: dict[str, Any] = {
        "restored": restored,
        "left_out": [{"license_code": _masked(pack.code), **terminal.no_as_json(why)} for pack, why in back.left_out],
        "unchecked": [_masked(pack.code) for pack in back.unchecked],
    }
    lines = [f"Restored: {terminal.listed(restored)}"]
    lines += [f"Left out: {_masked(pack.code)}. {why.words}" for pack, why in back.left_out]
    if back.unchecked:
        lines.append("The clearinghouse could not be asked whether these licenses were transferred since.")
    show(as_json, value, [line for each in lines for line in terminal.paragraph(each)])


@click.command("list")
@as_json
@seated
def list_(seat: Seat, as_json: bool) -> None:
    """Manage Your Licenses: what is installed and used."""
    _show_installed(seat, as_json)


@click.command()
@as_json
@seated
def history(seat: Seat, as_json: bool) -> None:
    """Show who did what, and when, newest first."""
    entries = json_of.history(seat.computer)
    show(as_json, entries, in_lines.history(entries))


@click.command("print")
@region
@seated
def print_(seat: Seat, region: str | None) -> None:
    """Write the license information as a text to print."""
    write(_information(seat, region))


@click.command()
@click.argument("document", type=click.Choice(DOCUMENTS))
@seated
def read(seat: Seat, document: str) -> None:
    """Read the agreement, the privacy policy, or where to buy."""
    write(plain_text.lines(seat.place.document(seat.computer, document)))


@click.command("guide")
@click.argument("wizard", type=click.Choice(list(WIZARDS)), required=False)
@seated
def guide_(seat: Seat, wizard: str | None) -> None:
    """Be led through a task, question by question.

    Choose it from a menu, or name its WIZARD. Works with a screen reader. At each question, q leaves.
    """
    guide.guide(seat, wizard)


COMMANDS: tuple[click.Command, ...] = (
    *(guide_, status, logon, remind, product_key, show_installation_id, explain, activate, register),
    *(add, transfer, ids, accept, remove, end, give_up),
    *(list_, history, print_, read, back_up, restore),
    *SITE_COMMANDS,
)


# What is done


def _remind(seat: Seat, as_json: bool, *, at_logon: bool) -> None:
    due = seat.computer.server.reminder_is_due(seat.now, at_logon=at_logon)
    value = {"due": due, **json_of.status(seat.computer, seat.now)}
    lines = [*in_lines.status(value), "Activate it: licensing activate, or licensing guide."] if due else []
    show(as_json, value, lines)


def _own_id(seat: Seat, as_json: bool) -> InstallationId:
    asked = seat.computer.server.installation_id(seat.now)
    if isinstance(asked, Refusal):
        refuse(asked, as_json)
    return asked


def _product_name(seat: Seat, asked: InstallationId) -> str:
    product = seat.computer.product
    return product.name if asked.product == product.number else f"number {asked.product}, another one than here"


def _by_internet(refusal: Refusal | None, as_json: bool) -> None:
    if refusal:
        ladder = internet.remedies(refusal)
        more = [line for number, step in enumerate(ladder, 1) for line in terminal.paragraph(f"{number}. {step}")]
        refuse(refusal, as_json, more, cause=internet.cause(refusal), remedies=list(ladder))


def _list_codes(
    seat: Seat, operation: Operation, texts: Sequence[str], as_json: bool, *, once_more: bool = False
) -> None:
    """Those that are right stay in the list when one is refused. `once_more`: what is listed already is fine."""
    before = json_of.run(seat.computer.cals)
    for number, text in enumerate(texts, 1):
        try:
            refusal = seat.computer.cals.add_code(seat.actor, operation, text, seat.now)
        except Mistyped as error:
            raise click.UsageError(f"License code {number}: {error}" if len(texts) > 1 else str(error)) from error
        if refusal and not (once_more and refusal.code == "listed_already"):
            if len(texts) > 1 and not as_json:
                click.echo(f"License code {number} of {len(texts)}; those before it are in the list:", err=True)
            refuse(refusal, as_json, number=number)
    _say_what_was_left(before, operation)


def _say_what_was_left(before: Mapping[str, Any], operation: Operation) -> None:
    """Another operation begins a new list."""
    if before["operation"] != operation.name.lower() and not all(box["answered"] for box in before["boxes"]):
        left = in_lines.RUNS[before["operation"]]
        click.echo(f"Left: {left}. For those without an answer, list their codes again.", err=True)


def _answer_by_internet(seat: Seat, as_json: bool) -> None:
    """Each box that is open; the first one that fails ends it, and the others stay open."""
    store = seat.computer.cals
    done(store.ask(seat.actor, seat.now), as_json)
    for box in json_of.run(store)["boxes"]:
        if not box["answered"]:
            _by_internet(seat.computer.install_by_internet(seat.actor, box["box"], seat.now), as_json)
    _show_run_or_end(seat, as_json)


def _refuse_box(refusal: Refusal | None, as_json: bool) -> None:
    if refusal and refusal.code == "belongs_to_another_box":
        refuse(refusal, as_json, terminal.paragraph(f"It belongs to box {refusal.details['box']}."))
    done(refusal, as_json)


# What is written


def _masked(code: str) -> str:
    return codes.parse(code).masked


def _information(seat: Seat, region: str | None) -> list[str]:
    """Rules 40 and 50: what there is, the contact information, and the Installation IDs that wait for an answer."""
    computer = seat.computer
    lines = [
        "LICENSE INFORMATION",
        f"Printed {terminal.time(seat.now)} UTC",
        "",
        *in_lines.status(json_of.status(computer, seat.now)),
        "",
        *in_lines.installed(json_of.installed(computer, seat.now)),
        "",
        "Telephone",
        *seat.number_to_call(region),
    ]
    asked = computer.server.activation.pending
    if asked:
        rows = terminal.installation_id_rows(installation_id.parse(asked).blocks)
        lines += ["", "Installation ID of the server", *rows]
    run = json_of.run(computer.cals)
    return [*lines, "", *in_lines.run(run)] if run["boxes"] else lines


def _show_run(seat: Seat, region: str | None, as_json: bool) -> None:
    done(seat.computer.cals.ask(seat.actor, seat.now), as_json)
    value = json_of.run(seat.computer.cals)
    show(as_json, value, in_lines.run(value, seat.number_to_call(region)))


def _show_run_or_end(seat: Seat, as_json: bool) -> None:
    """A run whose boxes are all answered is over."""
    value = json_of.run(seat.computer.cals)
    left = [box for box in value["boxes"] if not box["answered"]]
    if left:
        show(as_json, value, in_lines.run(value, []))
        return
    done(seat.computer.cals.end_run(seat.actor, seat.now), as_json)
    _show_installed(seat, as_json)


def _show_installed(seat: Seat, as_json: bool) -> None:
    value = json_of.installed(seat.computer, seat.now)
    show(as_json, value, in_lines.installed(value))
