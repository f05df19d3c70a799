"""The commands for the clearinghouse's keys: show what is public, replace a key, believe an earlier one no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from activation_core import products, terminal
from activation_core.clearinghouse.audit import Act
from activation_core.clearinghouse.cli import Office, as_json, in_office
from activation_core.clearinghouse.keys import make_signing_key, public_keys, retire, rotate
from activation_core.products import Product


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def keys(context: click.Context, as_json: bool) -> None:
    """Print the public keys for products.toml, or replace keys.

    Each part goes below its [[product]]. Licensed computers check Confirmation IDs with them; they are no
    secret.
    """
    if context.invoked_subcommand is None:
        context.invoke(_show, as_json=as_json)


@click.command(hidden=True)
@as_json
@in_office
def _show(office: Office, as_json: bool) -> None:
    sold = office.products()
    derived = {number: public_keys(product, office.keys()) for number, product in sold.items()}
    if as_json:
        click.echo(terminal.as_json([_public(sold[number], of_epoch) for number, of_epoch in derived.items()]))
    else:
        click.echo("\n".join(line for number, of_epoch in derived.items() for line in _toml(sold[number], of_epoch)))
    for product in sold.values():
        for epoch in _contradicted(product, derived[product.number]):
            click.echo(
                f"Warning: data/products.toml has another key for product {product.number}, epoch {epoch}."
                " Computers that have that one will refuse what is confirmed here. Restore the key folder that"
                " belongs to it.",
                err=True,
            )


@keys.command("rotate-signing")
@click.argument("product")
@in_office
def rotate_signing(office: Office, product: str) -> None:
    """Make the signing key of PRODUCT's next epoch.

    It is used by computers that were told of it: those whose software came with the new products.toml. The earlier
    epochs go on until they are taken out of `epochs` there; after a leak that is the day to wait for.
    """
    sold = products.named(office.products(), product)
    epoch = max(sold.epochs) + 1
    public = make_signing_key(office.key_folder(), sold, epoch, office.randbytes)
    _enter(office, "key_made", f"signing key {sold.number}-{epoch}")
    epochs = [*sold.epochs, epoch]
    click.echo(f"Made sign-{sold.number}-{epoch}.key. In products.toml, for {sold.name}:\n")
    click.echo(f"epochs = {epochs}\n\n[product.public_keys]")
    known = {**public_keys(sold, office.keys()), epoch: public}
    click.echo("\n".join(f'{number} = "{key.hex()}"' for number, key in known.items()))
    click.echo(
        "\nThen start the application again, and the signer if there is one; and ship the file with the product."
    )


@keys.command("rotate")
@click.argument("name", type=click.Choice(["issuing", "session"]))
@in_office
def rotate_key(office: Office, name: str) -> None:
    """Replace the key of codes (issuing) or of calls (session).

    One makes codes, the other signs the cookies of calls. The earlier one is believed until it is retired: codes that
    were sold go on, and so do calls under way.
    """
    kept = rotate(office.key_folder(), name, office.randbytes)
    _enter(office, "key_made", f"{name} key")
    click.echo(f"Made a new {name}.key; the earlier one is {kept}.key, and is still believed.")
    click.echo("Start the application again, with the same key folder on every machine.")
    click.echo(f"When it is to be believed no longer: app.py keys retire {kept}")


@keys.command("retire")
@click.argument("name")
@click.confirmation_option(prompt="Codes or calls that were made with this key end. Go on?")
@in_office
def retire_key(office: Office, name: str) -> None:
    """Forget the earlier key NAME, such as issuing-1.

    Every code that was made with an issuing key ends with it; their owners need new ones.
    """
    retire(office.key_folder(), name)
    _enter(office, "key_retired", f"{name} key")
    click.echo(f"{name}.key is gone. Start the application again.")


def _enter(office: Office, act: Act, subject: str) -> None:
    office.staff().audit.enter_alone(office.user(), act, office.now(), subject)


def _public(product: Product, of_epoch: Mapping[int, bytes]) -> dict[str, Any]:
    keys = {str(epoch): key.hex() for epoch, key in of_epoch.items()}
    return {"product": product.number, "product_name": product.name, "public_keys": keys}


def _toml(product: Product, of_epoch: Mapping[int, bytes]) -> list[str]:
    lines = [f'{epoch} = "{key.hex()}"' for epoch, key in of_epoch.items()]
    return [f"# product {product.number}: {product.name}", "[product.public_keys]", *lines, ""]


def _contradicted(product: Product, of_epoch: Mapping[int, bytes]) -> list[int]:
    return [epoch for epoch, key in of_epoch.items() if product.public_keys.get(epoch, key) != key]
