"""Settings → what is wrong with them and with what they name, for `app.py doctor`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from dotenv import dotenv_values

from activation_core.clearinghouse import doctor, keys
from activation_core.clearinghouse.doctor import Finding
from activation_core.clearinghouse.doctor_cli import Examined
from activation_core.terminal import listed
from ivr.speech.engines import engines
from ivr.twilio_account import AccountRefused, TwilioAccount, sid_of
from wiring.data_files import read_books, read_products, reading
from wiring.parts import directory_of, look_at_signer, now
from wiring.settings import ENV_FILE, Settings, in_one_sentence, read_settings


def examine(settings_file: str | None, port: int) -> Examined:
    """Every setting, and what is wrong."""
    known = {setting.name.upper(): setting for setting in fields(Settings)}
    secret = {name for name, setting in known.items() if not setting.repr}
    with in_one_sentence():
        files = {path: values for path in (settings_file, ENV_FILE) if path and (values := dotenv_values(path))}
    # A file of --settings is in the environment by now, but known by its name.
    sources: list[doctor.Source] = [*files.items()]
    sources.insert(1 if settings_file else 0, ("environment", os.environ))
    shown = doctor.settings_shown({name: str(setting.default) for name, setting in known.items()}, sources, secret)
    found = [*doctor.unknown_settings(known, files), *doctor.exposed_files(files, secret)]
    try:
        settings = read_settings({**dotenv_values(ENV_FILE), **os.environ})
    except ValueError as error:
        return shown, [*found, Finding("wrong", "settings", str(error), "Correct it; docs/settings.md describes them.")]
    parts: dict[str, Callable[[bool], object]] = {
        "KEY_FOLDER": lambda issued: keys.look(
            Path(settings.key_folder), {} if settings.signer else read_products(), issued
        ),
        "SIGNER": lambda issued: look_at_signer(settings, read_products()),
        "MACHINE_PROFILE": lambda issued: reading(settings.machine_profile),
        "SPEECH": lambda issued: engines(settings.speech),
        "data": lambda issued: (read_products(), directory_of(settings), read_books()),
    }
    found += doctor.findings(settings, port, now(), parts)
    return shown, [*found, *_accounts(settings), *_unplaced(settings)]


def _accounts(settings: Settings) -> Iterator[Finding]:
    """What Twilio says of each."""
    for account in settings.accounts:
        is_down, words = account not in settings.accounts_up, ""
        try:
            TwilioAccount(account, settings.auth_tokens).look()
        except AccountRefused as refused:
            words = str(refused)
        if is_down:
            words = words or f"Account {account}: Twilio says that it is active."
            do = "When calls come in by it again, take it out of TWILIO_ACCOUNT_DOWN, and start anew."
            yield Finding("note", "TWILIO_ACCOUNT_DOWN", f"{words} Here it is down.", do)
        elif words:
            do = "Mend it. If there is another account or region, set this one down meanwhile: docs/going_live.md"
            yield Finding("wrong", "TWILIO_ACCOUNT_SID", words, do)


def _unplaced(settings: Settings) -> Iterator[Finding]:
    """Numbers that callers would be told whichever account is down."""
    sids = set(map(sid_of, settings.accounts))
    with suppress(ValueError):  # said of "data"
        numbers = [each for each in directory_of(settings).numbers if not each.example and each.account not in sids]
        if len(sids) > 1 and numbers:
            words = f"None of your accounts is said to have {listed([each.e164 for each in numbers])}."
            do = "Callers are told them whichever is down. app.py numbers sync shows the lines for the directory."
            yield Finding("note", "TWILIO_ACCOUNT_SID", words, do)
