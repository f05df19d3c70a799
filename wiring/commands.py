"""The command line but for `serve`: what each command works on."""

from __future__ import annotations

import getpass
import secrets
import sys
import time
from pathlib import Path

import click

from activation_core.access_numbers import Directory
from activation_core.clearinghouse.audit import Audit, Flaw, Head
from activation_core.clearinghouse.audit_cli import audit
from activation_core.clearinghouse.cli import COMMANDS as CLEARINGHOUSE_COMMANDS
from activation_core.clearinghouse.cli import Office, numbers
from activation_core.clearinghouse.database_copy_cli import backup_commands
from activation_core.clearinghouse.doctor_cli import doctor_command
from activation_core.clearinghouse.keys_cli import keys as keys_command
from activation_core.clearinghouse.moving_cli import move_database
from activation_core.clearinghouse.operators_cli import operators
from activation_core.clearinghouse.signer_cli import signer
from activation_core.clearinghouse.store import Store
from activation_core.machine.cli import licensing
from activation_core.machine.hardware_cli import machine
from activation_core.machine.seat import Workplace
from activation_core.machine.staged_site_cli import site
from ivr.activation_call import ACTIVATION_CALL
from ivr.number_sync_cli import Company, sync
from ivr.prompt_book.cli import prompts_command
from ivr.simulator.cli import History
from ivr.simulator.cli import commands as simulator_commands
from ivr.simulator.kept_calls import KeptCalls
from ivr.speech.cli import say
from ivr.speech.speech import Speech
from ivr.twilio_account import TwilioAccount
from wiring.computers import document, hardware_of, open_computer
from wiring.data_files import APPROVED, PROFILES, read_books, read_products
from wiring.examination import examine
from wiring.parts import directory_of, now, parts_of_this_run, secret_of, speech_of
from wiring.rehearsed_world import open_world
from wiring.settings import current_settings, in_one_sentence
from wiring.staged_company import staged_site_in

APP = Path(__file__).parents[1] / "app.py"


def office() -> Office:
    """Of the vendor whose settings these are; opened when a command needs it."""
    return Office(
        desk=lambda: parts_of_this_run().desk,
        products=read_products,
        keys=lambda: parts_of_this_run().keys,
        key_folder=lambda: Path(current_settings().key_folder),
        directory=_directory,
        staff=lambda: parts_of_this_run().staff,
        casework=lambda: parts_of_this_run().casework,
        audit_mark=lambda: Path(current_settings().key_folder) / "audit.seen",
        user=_at_the_terminal,
        now=now,
        randbelow=secrets.randbelow,
        randbytes=secrets.token_bytes,
    )


def _directory() -> Directory:
    return directory_of(current_settings())


def _at_the_terminal() -> str:
    """For the audit log; no operator is called so."""
    try:
        return f"terminal/{getpass.getuser()}"
    except (KeyError, OSError):  # in a container nobody may have that number
        return "terminal"


def _audited(store: Store) -> Head | Flaw:
    """Judged with the key of the settings, whichever store it is."""
    return Audit(store, secret_of(current_settings(), "audit")).verify()


def open_speech() -> Speech:
    with in_one_sentence():
        return speech_of(current_settings())


def open_calls() -> KeptCalls:
    return KeptCalls(Path(current_settings().calls_file), read_books())


def open_company() -> Company:
    settings = current_settings()
    accounts = [TwilioAccount(name, settings.auth_tokens) for name in settings.accounts_up if settings.auth_tokens]
    return Company(accounts, settings.public_url, directory_of(settings), read_books(), settings.sids_down)


numbers.add_command(sync(open_company))

_WORKPLACE = Workplace(
    open=open_computer,
    hardware=lambda where: hardware_of(current_settings(), where),
    directory=_directory,
    document=document,
    now=now,
    user=getpass.getuser,
    token=secrets.token_urlsafe,
    profiles=PROFILES,
)
COMMANDS: list[click.Command] = [
    *simulator_commands(open_world, ACTIVATION_CALL, PROFILES, History(open_calls, secrets.token_hex, now)),
    *CLEARINGHOUSE_COMMANDS,
    operators,
    audit,
    keys_command,
    signer(
        lambda: Path(current_settings().signer or "instance/signer.sock"),
        lambda: Path(current_settings().key_folder),
        read_products,
        secrets.token_bytes,
        now,
        time.monotonic,
    ),
    move_database(lambda: current_settings().database_url, time.monotonic),
    prompts_command(read_books, APPROVED),
    doctor_command(examine),
    *backup_commands(lambda: current_settings().database_url, _audited, now),
    licensing(_WORKPLACE),
    machine(_WORKPLACE),
    site(staged_site_in, [Path(sys.executable), APP]),
    say(read_books, open_speech),
]
