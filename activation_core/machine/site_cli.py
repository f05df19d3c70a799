"""The commands about who uses the licenses: connections, licensing mode, the pool of the site, groups, people.

Those that take `--server` ask another server of the site over HTTP, as the person whose token is shown (rule 62).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from activation_core import connections
from activation_core.licensing_mode import Mode
from activation_core.machine import as_json as json_of
from activation_core.machine import in_lines
from activation_core.machine.seat import ROLES, Seat, as_json, done, make_sure, refuse, seated, show, sure
from activation_core.machine.service_client import LicensingClient
from activation_core.refusals import Refusal
from activation_core.roles import Role, forbidden
from activation_core.site_licences import Kind

_TO: Mode = "per_device_or_user"


def _remote(command: Any) -> Any:
    server = click.option("--server", metavar="URL", help="Ask this server instead, over the network.")
    token = click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
        help="Your token there: see people admit.",
    )
    return server(token(command))


def _there(server: str | None, token_file: Path | None) -> LicensingClient | None:
    """None where it is this computer that is asked."""
    if (server is None) != (token_file is None):
        raise click.UsageError("--server and --token-file belong together.")
    if server is None or token_file is None:
        return None
    with click.open_file(str(token_file), encoding="ascii") as file:
        return LicensingClient(server, file.read().strip())


# Connections and usage (rules 22, 23, 49)


@click.command()
@click.argument("user")
@click.argument("device")
@click.argument("service", type=click.Choice(connections.SERVICES))
@as_json
@seated
def connect(seat: Seat, user: str, device: str, service: str, as_json: bool) -> None:
    """Ask for a license for a connection.

    USER at DEVICE uses SERVICE. Prints the ID of the connection. The same three are one connection, however often
    they are asked for.
    """
    computer = seat.computer
    made = computer.usage.connect(user, device, service, seat.now, computer.people.is_administrator(user))
    if isinstance(made, Refusal):
        refuse(made, as_json)
    value = json_of.connection(made)
    show(as_json, value, in_lines.connection(value))


@click.command("logged-on")
@click.argument("id_", metavar="ID")
@as_json
@seated
def logged_on(seat: Seat, id_: str, as_json: bool) -> None:
    """Say that the user of a connection has logged on.

    Only then a temporary license becomes permanent.
    """
    done(seat.computer.usage.logon(id_, seat.now), as_json)
    show(as_json, {"id": id_, "logged_on": True}, ["Logged on."])


@click.command()
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--all-of", metavar="DEVICE", help="Close what a device left behind when it broke down.")
@click.option("--all-by", type=click.Choice(connections.SERVICES), help="Close what a service left behind.")
@as_json
@seated
def disconnect(seat: Seat, id_: str | None, all_of: str | None, all_by: str | None, as_json: bool) -> None:
    """Close a connection; its license is free again."""
    usage, closed = seat.computer.usage, 1
    match id_, all_of, all_by:
        case str(one), None, None:
            done(usage.disconnect(one, seat.now), as_json)
        case None, str(device), None:
            closed = usage.disconnect_all_of(device, seat.now)
        case None, None, str(service):
            closed = usage.disconnect_all_by(service, seat.now)
        case _:
            raise click.UsageError("Choose one: the ID of a connection, --all-of a device or --all-by a service.")
    show(as_json, {"closed": closed}, [f"Closed: {closed}"])


@click.command()
@_remote
@as_json
@seated
def usage(seat: Seat, server: str | None, token_file: Path | None, as_json: bool) -> None:
    """Show how many licenses are in use.

    And the maximum that polling saw, which may differ from the number of this moment.
    """
    there = _there(server, token_file)
    value = there.usage() if there else json_of.usage(seat.computer.usage.report(seat.now))
    show(as_json, value, in_lines.usage(value))


# Licensing mode and the pool of the site (rules 55 to 63)


@click.group()
def mode() -> None:
    """Per server, or per device or user.

    Changed once, in one direction.
    """


@mode.command("show")
@_remote
@as_json
@seated
def mode_show(seat: Seat, server: str | None, token_file: Path | None, as_json: bool) -> None:
    """Show the licensing mode, and who changed it when."""
    there = _there(server, token_file)
    value = there.mode() if there else json_of.mode(seat.computer.mode.mode)
    show(as_json, value, in_lines.mode(value))


@mode.command("change")
@click.option("--to", type=click.Choice(list(in_lines.MODES)), default=_TO, show_default=True, help="The new mode.")
@sure
@_remote
@as_json
@seated
def mode_change(seat: Seat, to: Mode, yes: bool, server: str | None, token_file: Path | None, as_json: bool) -> None:
    """Change the licensing mode to per device or user, for good.

    Afterwards add the licenses of this server to the pool: pool add.
    """
    if to == _TO:
        make_sure("Change to per device or user? This is allowed once and never goes back. If unsure, stay.", yes)
    there = _there(server, token_file)
    if there is None:
        done(seat.computer.mode.change(to, seat.actor, seat.now), as_json)
    value = there.change_mode(to) if there else json_of.mode(seat.computer.mode.mode)
    show(as_json, value, in_lines.mode(value))


@click.group()
def pool() -> None:
    """The licenses that the servers of a site share.

    Per device or user.
    """


@pool.command("show")
@_remote
@as_json
@seated
def pool_show(seat: Seat, server: str | None, token_file: Path | None, as_json: bool) -> None:
    """Show what is in the pool."""
    there = _there(server, token_file)
    value = there.pool() if there else json_of.pool(seat.computer.site)
    show(as_json, value, in_lines.pool(value))


@pool.command("add")
@_remote
@as_json
@seated
def pool_add(seat: Seat, server: str | None, token_file: Path | None, as_json: bool) -> None:
    """Add the licenses of this server to the pool.

    Each counts once, however often it is added.
    """
    there = _there(server, token_file)
    if there is None:
        done(seat.computer.add_to_pool(seat.actor, seat.now), as_json)
    value = there.add_to_pool() if there else json_of.pool(seat.computer.site)
    show(as_json, value, in_lines.pool(value))


@pool.command("remove")
@click.argument("key")
@as_json
@seated
def pool_remove(seat: Seat, key: str, as_json: bool) -> None:
    """Take licenses out of the pool by their KEY.

    As after a transfer to a server elsewhere.
    """
    done(seat.computer.site.remove(key, seat.actor, seat.now), as_json)
    value = json_of.pool(seat.computer.site)
    show(as_json, value, in_lines.pool(value))


@click.group()
def groups() -> None:
    """Users who share devices.

    With licenses set apart for them.
    """


@groups.command("show")
@as_json
@seated
def groups_show(seat: Seat, as_json: bool) -> None:
    """Show the groups, and which devices and users are licensed."""
    _show_groups(seat, as_json)


@groups.command("set")
@click.argument("name")
@click.argument("licenses", type=click.IntRange(1))
@click.argument("member", nargs=-1, required=True)
@as_json
@seated
def groups_set(seat: Seat, name: str, licenses: int, member: tuple[str, ...], as_json: bool) -> None:
    """Make or change the group NAME.

    It has so many LICENSES for the devices of these MEMBERs.
    """
    done(seat.computer.site.set_group(name, licenses, member, seat.actor, seat.now), as_json)
    _show_groups(seat, as_json)


@groups.command("remove")
@click.argument("name")
@as_json
@seated
def groups_remove(seat: Seat, name: str, as_json: bool) -> None:
    """Remove a group; the devices that its members used stay licensed."""
    done(seat.computer.site.remove_group(name, seat.actor), as_json)
    _show_groups(seat, as_json)


@click.command()
@click.argument("kind", type=click.Choice(["device", "user"]))
@click.argument("name")
@as_json
@seated
def release(seat: Seat, kind: Kind, name: str, as_json: bool) -> None:
    """Free the license of a device or a user.

    Of a device that is out of use, or a user who left.
    """
    done(seat.computer.site.release(kind, name, seat.actor), as_json)
    _show_groups(seat, as_json)


def _show_groups(seat: Seat, as_json: bool) -> None:
    value = json_of.groups(seat.computer.site, seat.now)
    show(as_json, value, in_lines.groups(value))


# People (rules 52 and 61)


@click.group()
def people() -> None:
    """Who may ask this server over the network."""


@people.command("list")
@as_json
@seated
def people_list(seat: Seat, as_json: bool) -> None:
    """Show who is admitted."""
    _show_people(seat, as_json)


@people.command("admit")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@as_json
@seated
def people_admit(seat: Seat, name: str, role: Role, as_json: bool) -> None:
    """Give NAME a role and a new token.

    The token is a password. It is shown this once and kept nowhere; write it into a file that only NAME can read.
    """
    done(forbidden(seat.actor, "roles"), as_json)
    token = seat.place.token()
    done(seat.computer.people.admit(name, role, token, seat.actor), as_json)
    show(as_json, {"name": name, "role": role, "token": token}, [token])


@people.command("remove")
@click.argument("name")
@as_json
@seated
def people_remove(seat: Seat, name: str, as_json: bool) -> None:
    """Know NAME no more; the token is worth nothing then."""
    done(seat.computer.people.remove(name, seat.actor), as_json)
    _show_people(seat, as_json)


def _show_people(seat: Seat, as_json: bool) -> None:
    value = json_of.people(seat.computer.people.people)
    show(as_json, value, in_lines.people(value))


COMMANDS: tuple[click.Command, ...] = (connect, logged_on, disconnect, usage, mode, pool, groups, release, people)
