"""The operator's commands: issue, revoke, confirm, activations, hand-overs, keys, numbers.

A thin skin over the desk and the directory: each command reads what was typed, asks once, and writes the
answer, as a table or as JSON. Which parts are real is settled by `app.py`, which hands them in.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import click
from babel import Locale, UnknownLocaleError

from activation_core import blocks, codes, installation_id
from activation_core.access_numbers import REGIONS, Choice, Directory, UnknownRegionError
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import KeysRefused
from activation_core.clearinghouse.records import Activation, HandOver
from activation_core.clearinghouse.web import region_name, sorting_key
from activation_core.codes import Code
from activation_core.installation_id import InstallationId
from activation_core.mistyped import characters
from activation_core.products import Product, Products
from activation_core.refusals import Refusal

# The blocks of a Confirmation ID, as they are read out. The prompt books have them in every language.
NAMES = (
    "Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf",
    "Hotel", "India", "Juliett", "Kilo", "Lima", "Mike",
)  # fmt: skip

WHY_GIVEN = {
    "again": "again",
    "same_machine": "same computer",
    "claimed": "new computer",
    "reactivated": "reactivated",
}
WHY_THIS_NUMBER = {
    "toll-free": "free",
    "universal-freephone": "free, universal",
    "toll": "toll",
    "nearest": "toll, nearest",
    "web-form": "use the web form",
}


@dataclass(frozen=True)
class Office:
    """What the commands work with. Each part is opened when a command needs it, so `--help` opens nothing."""

    desk: Callable[[], Desk]
    products: Callable[[], Products]
    public_keys: Callable[[Product], Mapping[int, bytes]]  # of each epoch, from the secret keys
    directory: Callable[[], Directory]
    now: Callable[[], datetime]
    randbelow: Callable[[int], int]


def commands(office: Office) -> list[click.Command]:
    """The commands, ready for a group, each at work in this office."""
    return [_at_work(command, office) for command in (issue, revoke, confirm, activations, hand_overs, keys, numbers)]


def _at_work(command: click.Command, office: Office) -> click.Command:
    command = copy.copy(command)
    command.context_settings = {**command.context_settings, "obj": office}
    return command


in_office = click.make_pass_decorator(Office)
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
    """Make product keys for PRODUCT, given by its number or its name, and print one a line.

    They are not kept anywhere: only whoever holds the list has them.
    """
    sold = _product(office.products(), product)
    granted = terms or sold.terms[0]
    if granted not in sold.terms:
        raise click.BadParameter(f"{sold.name} has {_listed(sold.terms)}, not {granted!r}.", param_hint="--terms")
    made = _opened(office.desk).issue(sold.number, count, granted, office.randbelow, office.now())
    if as_json:
        entry = {"product": sold.number, "product_name": sold.name, "terms": granted}
        _write_json([{"product_key": code.shown, **entry} for code in made])
    else:
        _write(code.shown for code in made)


@click.command()
@click.argument("code", nargs=-1, required=True)
@as_json
@in_office
def revoke(office: Office, code: tuple[str, ...], as_json: bool) -> None:
    """Withdraw the product key or license code CODE for good.

    Computers that have their Confirmation ID keep it; no other is given.
    """
    read = _code(" ".join(code))
    revoked = _opened(office.desk).revoke(read.text, office.now())
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
    """Answer INSTALLATION_ID, for an operator who has a caller on the line.

    Prints the Confirmation ID in blocks to read out. Where the answer is no, it says why, what to do next,
    and the code of the refusal, and the exit status is 1.
    """
    answer = _opened(office.desk).confirm(" ".join(installation_id), "operator", office.now())
    granted = isinstance(answer, Confirmation)
    if as_json:
        _write_json(_answer(answer))
    elif isinstance(answer, Confirmation):
        _write(["Confirmation ID", "", *_read_out(answer.blocks), "", f"Terms: {answer.terms}"])
    else:
        click.echo("\n".join(_no(answer)), err=True)
    _exit(ok=granted)


@click.group()
def activations() -> None:
    """See which confirmations were given."""


@activations.command("list")
@latest
@as_json
@in_office
def list_(office: Office, limit: int, as_json: bool) -> None:
    """The latest confirmations, newest first."""
    desk = _opened(office.desk)
    _show(desk, desk.records.activations(limit), as_json, "Nothing was confirmed yet.")


@activations.command("show")
@click.argument("which", nargs=-1, required=True, metavar="INSTALLATION_ID|PRODUCT_KEY")
@as_json
@in_office
def show(office: Office, which: tuple[str, ...], as_json: bool) -> None:
    """The confirmation of one Installation ID, or all of one product key, oldest first."""
    asked = _id_or_code(" ".join(which))
    found = _found(_opened(office.desk), asked)
    _show(office.desk(), found, as_json, "No confirmation was given for this. Compare it with the original.")
    _exit(ok=bool(found))


@click.command("hand-overs")
@latest
@as_json
@in_office
def hand_overs(office: Office, limit: int, as_json: bool) -> None:
    """The callers who were put through, newest first, with the blocks that they had keyed."""
    found = _opened(office.desk).records.hand_overs(limit)
    if as_json:
        _write_json([{**asdict(one), "keyed": _keyed(one.keyed), "at": one.at.isoformat()} for one in found])
    elif found:
        _write(_handed_over(found))
    else:
        _write(["Nobody was put through yet."])


@click.command()
@as_json
@in_office
def keys(office: Office, as_json: bool) -> None:
    """The public keys, as they belong in data/products.toml.

    Each part goes below its [[product]]. Licensed computers check Confirmation IDs with them; they are no
    secret.
    """
    sold = _opened(office.products)
    derived = {number: _opened(lambda p=product: office.public_keys(p)) for number, product in sold.items()}
    if as_json:
        _write_json([_public(sold[number], of_epoch) for number, of_epoch in derived.items()])
    else:
        _write(line for number, of_epoch in derived.items() for line in _toml(sold[number], of_epoch))
    for product in sold.values():
        for epoch in _contradicted(product, derived[product.number]):
            click.echo(
                f"Warning: data/products.toml has another key for product {product.number}, epoch {epoch}."
                " Computers that have that one will refuse what is confirmed here. Restore the key folder that"
                " belongs to it.",
                err=True,
            )


@click.command()
@click.option("--region", help="A country or region, as its two letters in ISO 3166-1: DE.")
@click.option("--language", default="en", show_default=True, help="For the names of regions: de, es-MX.")
@as_json
@in_office
def numbers(office: Office, region: str | None, language: str, as_json: bool) -> None:
    """The number to call from a region, or the table of all regions."""
    locale, directory = _locale(language), _opened(office.directory)
    if region is not None:
        try:
            choice = directory.number_for(region)
        except UnknownRegionError as unknown:
            raise click.BadParameter(str(unknown), param_hint="--region") from unknown
        _write_json(_choice(choice, locale)) if as_json else _write(_one_number(choice, locale))
        return
    rows = sorted((_choice(directory.number_for(one), locale) for one in REGIONS), key=lambda r: sorting_key(r["name"]))
    _write_json(rows) if as_json else _write(_all_numbers(rows))


# What was typed.


def _product(sold: Products, text: str) -> Product:
    """The product of this number or name."""
    wanted = " ".join(text.split()).casefold()
    found = [one for one in sold.values() if wanted in (str(one.number), one.name.casefold())]
    if len(found) == 1:
        return found[0]
    problem = "More than one product has this name; give the number" if found else f"There is no product {text!r}"
    known = _listed(f"{one.number} ({one.name})" for one in sold.values())
    raise click.BadParameter(f"{problem}. There are: {known}.", param_hint="PRODUCT")


def _code(text: str) -> Code:
    try:
        return codes.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _id_or_code(text: str) -> InstallationId | Code:
    """49 digits or 25 characters, whichever is nearer."""
    if len(characters(text)) <= (codes.GROUPS * codes.GROUP + installation_id.DIGITS) // 2:
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


def _opened[Part](open_: Callable[[], Part]) -> Part: ...


# What is asked.


def _found(desk: Desk, asked: InstallationId | Code) -> list[Activation]:
    if isinstance(asked, Code):
        return desk.activations_of(asked)
    of_licence = desk.records.activations_of(asked.operation.kind, asked.product, asked.serial)
    return [given for given in of_licence if given.installation_id == asked.digits]


# What is written.
