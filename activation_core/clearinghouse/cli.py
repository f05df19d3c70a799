"""The operator's commands: issue, revoke, confirm, activations, hand-overs, numbers.

A thin skin over the desk and the directory: each command reads what was typed, asks once, and writes the
answer, as a table or as JSON. Which parts are real is settled by `app.py`, which hands them in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from babel import Locale, UnknownLocaleError

from activation_core import blocks, codes, confirmation_id, installation_id, products, terminal
from activation_core.access_numbers import REGIONS, Choice, Directory, UnknownRegionError
from activation_core.clearinghouse.cases import WHY_GIVEN, subject
from activation_core.clearinghouse.casework import Casework, is_code
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import KeyRing, KeysRefused
from activation_core.clearinghouse.records import Activation, HandOver
from activation_core.clearinghouse.staff import Staff
from activation_core.clearinghouse.store import Connection, StoreDown
from activation_core.codes import Code
from activation_core.installation_id import InstallationId
from activation_core.mistyped import characters
from activation_core.products import Pack, Product, Products
from activation_core.refusals import Refusal
from activation_core.region_names import region_name, sorting_key
from activation_core.terminal import confirmation_id_rows, listed, no, no_as_json, table, time


@dataclass(frozen=True)
class Office:
    """What the commands work with. Each part is opened when a command needs it, so `--help` opens nothing."""

    desk: Callable[[], Desk]
    products: Callable[[], Products]
    keys: Callable[[], KeyRing]
    key_folder: Callable[[], Path]
    directory: Callable[[], Directory]
    staff: Callable[[], Staff]
    casework: Callable[[], Casework]
    audit_mark: Callable[[], Path]  # where the last look at the audit log is remembered
    user: Callable[[], str]  # who works at this terminal, for the audit log
    now: Callable[[], datetime]
    randbelow: Callable[[int], int]
    randbytes: Callable[[int], bytes]

    def issue(self, product: Product, count: int, granting: str | Pack) -> list[Code]:
        """New codes, entered in the audit log with themselves."""
        what = granting.words if isinstance(granting, Pack) else granting
        audit, user, at = self.staff().audit, self.user(), self.now()

        def note(db: Connection, serials: list[int]) -> None:
            audit.enter(db, user, "issued", at, f"codes for {product.name}", count=len(serials), grants=what)

        return self.desk().issue(product.number, count, granting, self.randbelow, at, note)

    def revoke(self, code: Code) -> bool:
        """Withdraw a code, entered in the audit log; False where it was never issued."""
        audit, user, at = self.staff().audit, self.user(), self.now()

        def note(db: Connection, _: bool) -> None:
            audit.enter(db, user, "revoked", at, subject(code))

        return self.desk().revoke(code.text, at, note)


def in_office(command: Callable[..., None]) -> Callable[..., None]:
    """Hands a command its office, the object of the click context; what stops it is said in one sentence."""

    @click.make_pass_decorator(Office)
    def at_work(office: Office, *arguments: Any, **options: Any) -> None:
        try:
            command(office, *arguments, **options)
        except BrokenPipeError:  # as of `… | head`: whoever reads has had enough, and click ends quietly
            raise
        except (KeysRefused, StoreDown, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    return functools.update_wrapper(at_work, command)


as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
latest = click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many.")


@click.group()
def issue() -> None:
    """Make new codes."""


@issue.command("product-keys")
@click.argument("product")
@click.option("--count", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many.")
@click.option("--terms", help="What they grant; by default the product's first terms.")
@as_json
@in_office
def product_keys(office: Office, product: str, count: int, terms: str | None, as_json: bool) -> None:
    """Make product keys for PRODUCT, and print one a line.

    PRODUCT is a number or a name. Keep the list: the desk stores serials, never keys.
    """
    sold = _product(office.products(), product)
    granted = terms or sold.terms[0]
    if granted not in sold.terms:
        raise click.BadParameter(f"{sold.name} has {listed(sold.terms)}, not {granted!r}.", param_hint="--terms")
    made = office.issue(sold, count, granted)
    if as_json:
        entry = {"product": sold.number, "product_name": sold.name, "terms": granted}
        _write_json([{"product_key": code.shown, **entry} for code in made])
    else:
        _write(code.shown for code in made)


@issue.command("license-codes")
@click.argument("product")
@click.option("--pack", "pack_name", required=True, help="What each stands for, such as 20-device or 5-user-upgrade.")
@click.option("--count", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many.")
@as_json
@in_office
def license_codes(office: Office, product: str, pack_name: str, count: int, as_json: bool) -> None:
    """Make license codes for PRODUCT, and print one a line.

    PRODUCT is a number or a name. Each stands for a pack of client access licenses. Keep the list: the desk stores
    serials, never codes.
    """
    sold = _product(office.products(), product)
    try:
        pack = sold.pack(pack_name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--pack") from error
    made = office.issue(sold, count, pack)
    if as_json:
        entry = {"product": sold.number, "product_name": sold.name, "pack": pack.name, "grants": pack.words}
        _write_json([{"license_code": code.shown, **entry} for code in made])
    else:
        _write(code.shown for code in made)


@click.command()
@click.argument("code", nargs=-1, required=True)
@as_json
@in_office
def revoke(office: Office, code: tuple[str, ...], as_json: bool) -> None:
    """Withdraw a product key or license code.

    For good. Computers that have their Confirmation ID keep it; no other is given.
    """
    read = _code(" ".join(code))
    revoked = office.revoke(read)
    if as_json:
        _write_json({"code": read.masked, "revoked": revoked})
    elif revoked:
        _write([f"{read.masked} is withdrawn. No more confirmations are given for it."])
    else:
        click.echo(f"{read.masked} was never issued here, so there is nothing to withdraw.", err=True)
    _exit(ok=revoked)


@click.command()
@click.argument("installation_id", nargs=-1, required=True)
@as_json
@in_office
def confirm(office: Office, installation_id: tuple[str, ...], as_json: bool) -> None:
    """Answer an Installation ID as an operator.

    Prints the Confirmation ID in blocks to read out. Where the answer is no, it says why, what to do next,
    and the code of the refusal, and the exit status is 1.
    """
    answer = office.casework().confirm(" ".join(installation_id), office.user(), office.now())
    if as_json:
        _write_json(_answer(answer))
    elif isinstance(answer, Confirmation):
        _write(["Confirmation ID", "", *confirmation_id_rows(answer.blocks), "", f"Grants: {answer.grants}"])
    else:
        click.echo("\n".join([*_not_whole(" ".join(installation_id)), *no(answer)]), err=True)
    _exit(ok=isinstance(answer, Confirmation))


@click.group()
def activations() -> None:
    """See which confirmations were given."""


@activations.command("list")
@latest
@as_json
@in_office
def list_(office: Office, limit: int, as_json: bool) -> None:
    """The latest confirmations, newest first."""
    desk = office.desk()
    _show(desk, desk.records.activations(limit), as_json, "Nothing was confirmed yet.")


@activations.command("show")
@click.argument("which", nargs=-1, required=True, metavar="INSTALLATION_ID|CODE")
@as_json
@in_office
def show(office: Office, which: tuple[str, ...], as_json: bool) -> None:
    """The confirmation of an Installation ID, or all of a code.

    Of a product key or license code, oldest first.
    """
    asked, desk = _id_or_code(" ".join(which)), office.desk()
    found = _found(desk, asked)
    _show(desk, found, as_json, "No confirmation was given for this. Compare it with the original.")
    _exit(ok=bool(found))


@click.command("hand-overs")
@latest
@as_json
@in_office
def hand_overs(office: Office, limit: int, as_json: bool) -> None:
    """List the callers who were put through.

    Newest first, with the blocks that they had keyed and their places, and what stopped them.
    """
    found = office.desk().records.hand_overs(limit)
    if as_json:
        _write_json([_hand_over(one) for one in found])
    elif found:
        _write(_handed_over(found))
    else:
        click.echo("Nobody was put through yet.", err=True)


@click.group(invoke_without_command=True)
@click.option("--region", help="A country or region, as its two letters in ISO 3166-1: DE.")
@click.option("--language", default="en", show_default=True, help="For the names of regions: de, es-MX.")
@as_json
@in_office
def numbers(office: Office, region: str | None, language: str, as_json: bool) -> None:
    """Show which number a region calls, or all."""
    if click.get_current_context().invoked_subcommand:
        return
    locale, directory = _locale(language), office.directory()
    if region is not None:
        try:
            choice = directory.number_for(region)
        except UnknownRegionError as unknown:
            raise click.BadParameter(str(unknown), param_hint="--region") from unknown
        _show_number(choice, locale, as_json)
    else:
        _show_numbers([directory.number_for(one) for one in REGIONS], locale, as_json)


COMMANDS = (issue, revoke, confirm, activations, hand_overs, numbers)


# What was typed.


def _product(sold: Products, text: str) -> Product:
    """The product of this number or name."""
    try:
        return products.named(sold, text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PRODUCT") from error


def _not_whole(text: str) -> list[str]:
    """What is wrong with the length of an Installation ID, if anything."""
    keyed, asked = len(characters(text)), installation_id.DIGITS
    return [] if keyed == asked else [f"These are {keyed} of {asked} digits."]


def _code(text: str) -> Code:
    try:
        return codes.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _id_or_code(text: str) -> InstallationId | Code:
    """49 digits or 25 characters, whichever is nearer."""
    if is_code(text):
        return _code(text)
    try:
        return installation_id.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise click.BadParameter(
            f"{language!r} is no language that is known here. Give a tag such as de or es-MX.", param_hint="--language"
        ) from error


# What is asked.


def _found(desk: Desk, asked: InstallationId | Code) -> list[Activation]:
    if isinstance(asked, Code):
        return desk.activations_of(asked)
    of_licence = desk.records.activations_of(asked.operation.kind, asked.product, asked.serial)
    return [given for given in of_licence if given.installation_id == asked.digits]


# What is written.


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _write_json(value: object) -> None:
    click.echo(terminal.as_json(value))


def _exit(*, ok: bool) -> None:
    if not ok:
        click.get_current_context().exit(1)


def _answer(answer: Confirmation | Refusal) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return no_as_json(answer)
    return {
        "confirmation_id": "".join(answer.blocks),
        "blocks": dict(zip(confirmation_id.BLOCK_NAMES, answer.blocks, strict=True)),
        "grants": answer.grants,
        "grounds": answer.grounds,
    }


def _show(desk: Desk, found: Sequence[Activation], as_json: bool, nothing: str) -> None:
    if as_json:
        _write_json([_activation(desk, given) for given in found])
    elif found:
        header = ("Time (UTC)", "Code", "Why", "Place", "By", "ID ends with")
        _write(table(header, [_row(desk, given) for given in found]))
    else:
        click.echo(nothing, err=True)


def _activation(desk: Desk, given: Activation) -> dict[str, Any]:
    return {
        "code": desk.masked(given),
        "product": given.product,
        "installation_id": given.installation_id,
        "grounds": given.grounds,
        "place": given.place + 1,
        "channel": given.channel,
        "confirmed_at": given.confirmed_at.isoformat(),
    }


def _row(desk: Desk, given: Activation) -> tuple[str, ...]:
    return (
        time(given.confirmed_at),
        desk.masked(given),
        WHY_GIVEN[given.grounds],
        str(given.place + 1),
        given.channel,
        blocks.show(given.installation_id[-blocks.LENGTH :]),
    )


def _hand_over(one: HandOver) -> dict[str, Any]:
    keyed = [{"place": place, "digits": digits} for place, digits in _keyed(one.keyed)]
    return {**asdict(one), "keyed": keyed, "at": one.at.isoformat()}


def _handed_over(found: Sequence[HandOver]) -> Iterable[str]:
    for one in found:
        refused = f"refused: {one.refusal}" if one.refusal else "not refused"
        since = f"{time(one.at)} UTC  {one.locale}  {refused}  {one.step}  {one.outcome}".rstrip()
        yield f"{blocks.show(one.reference)}  {since}"
        keyed = [f"{place}: {blocks.show(block)}" for place, block in _keyed(one.keyed)]
        yield from ("  " + "   ".join(keyed[i : i + 4]) for i in range(0, len(keyed), 4))


def _keyed(digits: str) -> list[tuple[int, str]]:
    """The blocks that were keyed, each with its place."""
    return [(place, part) for place, part in enumerate(blocks.cut(digits), 1) if part.isdigit()]


def _choice(choice: Choice, locale: Locale) -> dict[str, Any]:
    number = choice.number
    return {
        "region": choice.region,
        "name": region_name(choice.region, locale),
        "why": choice.why,
        "number": number and number.e164,
        "as_dialled": number and number.as_dialled_from(choice.region),
        "example": number and number.example,
    }


def _show_number(choice: Choice, locale: Locale, as_json: bool) -> None:
    if as_json:
        _write_json(_choice(choice, locale))
    else:
        _write(terminal.number_to_call(choice, locale))


def _show_numbers(choices: Iterable[Choice], locale: Locale, as_json: bool) -> None:
    rows = sorted((_choice(choice, locale) for choice in choices), key=lambda row: sorting_key(row["name"]))
    if as_json:
        _write_json(rows)
    else:
        cells = [(r["region"], r["as_dialled"] or "", terminal.WHY_THIS_NUMBER[r["why"]], r["name"]) for r in rows]
        _write(table(("", "Number", "Cost", "Country or region"), cells))
