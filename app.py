"""Settings → parts → the application and the command line: the whole wiring on one screen."""

from __future__ import annotations

import getpass
import itertools
import os
import random
import secrets
import shutil
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import click
import httpx
from dotenv import dotenv_values
from flask import Flask, Response, render_template
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server as Granian
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from activation_core import core_files, log_lines, products
from activation_core.access_numbers import REGIONS, Directory, region_of
from activation_core.clearinghouse import doctor, keys, web, web_form
from activation_core.clearinghouse.audit import Audit, Flaw, Head
from activation_core.clearinghouse.audit_cli import audit
from activation_core.clearinghouse.casework import Casework
from activation_core.clearinghouse.cli import COMMANDS as CLEARINGHOUSE_COMMANDS
from activation_core.clearinghouse.cli import Office, numbers
from activation_core.clearinghouse.database_copy_cli import backup_commands
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.doctor import Finding
from activation_core.clearinghouse.doctor_cli import Examined, doctor_command
from activation_core.clearinghouse.health import health
from activation_core.clearinghouse.keys_cli import keys as keys_command
from activation_core.clearinghouse.locked_store import LockedStore
from activation_core.clearinghouse.moving_cli import move_database
from activation_core.clearinghouse.operator_pages.blueprint import operator_pages
from activation_core.clearinghouse.operator_pages.door import door
from activation_core.clearinghouse.operator_pages.gate import Gate
from activation_core.clearinghouse.operators_cli import operators
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.signer_cli import signer
from activation_core.clearinghouse.signer_client import SignerClient
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.staff import open_staff
from activation_core.clearinghouse.store import Store, StoreDown
from activation_core.clearinghouse.stores import open_store
from activation_core.clearinghouse.tallies import Tallies
from activation_core.clearinghouse.text_ledger import TextLedger
from activation_core.clearinghouse.throttle import Throttle
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.from_here import LOOPBACK
from activation_core.machine import staged_site
from activation_core.machine.api import api
from activation_core.machine.cli import licensing
from activation_core.machine.components import Reading, load_profile, read_components
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.hardware_cli import machine as machine_command
from activation_core.machine.internet import Clearinghouse
from activation_core.machine.pages.blueprint import pages
from activation_core.machine.pages.guard import close, only_from_here
from activation_core.machine.seat import Where, Workplace
from activation_core.machine.server import Server
from activation_core.machine.simulated_hardware import KeptHardware
from activation_core.machine.staged_site import StagedSite, Vendor
from activation_core.machine.staged_site_cli import env_file, site
from activation_core.page_texts import SOURCE, Languages, PageTexts
from activation_core.products import Products
from activation_core.refusals import Refusal
from ivr import activation_call, wording
from ivr.account_numbers import TwilioAccount
from ivr.activation_call import ACTIVATION_CALL
from ivr.blocks_aloud import BlocksAloud
from ivr.callers_desk import Texts
from ivr.number_sync_cli import Company, sync
from ivr.prompt_book.approval import ApprovedBooks
from ivr.prompt_book.cli import prompts_command
from ivr.prompt_book.entries import PromptBooks
from ivr.prompt_book.page import prompt_book
from ivr.simulator.calls_page import calls
from ivr.simulator.cli import History, World
from ivr.simulator.cli import commands as simulator_commands
from ivr.simulator.kept_calls import KeptCalls
from ivr.simulator.message_service import MessageService
from ivr.simulator.softphone import softphone
from ivr.simulator.stage import Stage, WorldClock
from ivr.simulator.trouble import Trouble, TroubledDesk, for_one_call
from ivr.speech.cli import say
from ivr.speech.clips import Clips
from ivr.speech.engines import engines
from ivr.speech.routes import speech_routes
from ivr.speech.speech import Speech
from ivr.tally.metrics import metrics
from ivr.tally.today import today
from ivr.text_messages import NoTextMessages, Sender, TextMessages
from ivr.twilio_messages import TwilioMessages
from ivr.webhooks import PREFIX, Count, Webhooks, uncounted

DATA = Path(__file__).parent / "data"
APPROVED = ApprovedBooks(DATA / "prompts")
ENV_FILE = ".env"  # where the program is started
LARGEST_REQUEST = 64 * 1024  # bytes
HEADERS = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=32 * 1024)  # milliseconds; bytes, about
LOCAL_PAGES = ("calls", "machine", "phone", "prompts")  # without a password, for a person at this machine
BUSY_SECONDS = 4.0  # that the records wait for their turn; twice, and the carrier still gets an answer in its 15
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class Settings:
    """Each is read from the environment variable of its name in capitals; docs/settings.md describes them."""

    calls_file: str = "instance/calls.db"
    clearinghouse_url: str = ""
    database_replica_url: str = field(default="", repr=False)
    database_url: str = field(default="sqlite:///instance/clearinghouse.db", repr=False)
    key_folder: str = "instance/keys"
    local_pages: str = ""
    log_level: str = "warning"
    machine_folder: str = "instance/machine"
    machine_profile: str = ""
    messaging_from: str = ""
    messaging_regions: str = ""
    metrics_token: str = field(default="", repr=False)
    operator_number: str = ""
    public_url: str = "http://127.0.0.1:8000"
    signer: str = ""
    site_folder: str = ""
    speech: str = "auto"
    speech_folder: str = "instance/speech"
    threads: int = 64
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    workers: int = 1
    wrong_ids_a_day: int = 10

    @property
    def shows_local_pages(self) -> bool:
        """Where real calls come in, only if it is said: behind a bare proxy everybody seems to be at this machine."""
        public = self.auth_tokens and urlsplit(self.public_url).hostname not in LOOPBACK
        return self.local_pages == "on" or not public

    @property
    def auth_tokens(self) -> list[str]:
        """Of each account that may sign."""
        return _listed(self.twilio_auth_token)

    @property
    def account_sids(self) -> list[str]:
        return _listed(self.twilio_account_sid)

    @property
    def text_regions(self) -> list[str]:
        """Those whose numbers may be texted; without a list, that of the number that messages come from."""
        return _listed(self.messaging_regions.upper()) or [region_of(self.messaging_from) or ""]


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def read_settings(environment: Mapping[str, str | None]) -> Settings:
    """ValueError where PUBLIC_URL is no address of a host: Twilio's signatures are checked against it.

    And where LOG_LEVEL is none, or LOCAL_PAGES neither.
    And where text messages are to be sent, but something is missing for that.
    """
    given = {name: (environment.get(name.upper()) or "").strip() for name in Settings.__dataclass_fields__}
    known: dict[str, Any] = {name: _value(name, value) for name, value in given.items() if value}
    settings = Settings(**known)
    if settings.local_pages not in ("", "on"):
        raise ValueError(f"LOCAL_PAGES: on, or nothing, not {settings.local_pages}")
    if settings.log_level not in log_lines.LEVELS:
        raise ValueError(f"LOG_LEVEL: one of {', '.join(log_lines.LEVELS)}, not {settings.log_level}")
    url = urlsplit(settings.public_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise ValueError(f"PUBLIC_URL: an address such as https://calls.example, without a path, not {url.geturl()}")
    if settings.messaging_from and not (settings.account_sids and settings.auth_tokens):
        raise ValueError(
            "MESSAGING_FROM: to send text messages, TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are needed, too"
        )
    if settings.messaging_from and (unknown := set(settings.text_regions) - REGIONS):
        raise ValueError(
            f"MESSAGING_REGIONS: two letters of each country or region, such as US, CA, not {unknown.pop()!r}"
        )
    return replace(settings, public_url=f"{url.scheme}://{url.netloc.lower()}")


def _value(name: str, text: str) -> str | int:
    if Settings.__dataclass_fields__[name].type != "int":
        return text
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise ValueError(f"{name.upper()}: a number from 1 to 1024, not {text}")
    return int(text)


def current_settings() -> Settings:
    with in_one_sentence():
        return read_settings({**dotenv_values(ENV_FILE), **os.environ})


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class TelephoneDesk:
    """The desk as the call knows it: the channel and the time are settled here."""

    desk: Desk
    has_operator: bool
    now: Callable[[], datetime] = now

    def confirm(self, installation_id: str, line: str = "") -> Confirmation | Refusal:
        with _as_desk_down():
            return self.desk.confirm(installation_id, "telephone", self.now(), line=line)

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        with _as_desk_down():
            return self.desk.records.hand_over(call, keyed, refusal, step, locale, self.now()).reference


@contextmanager
def _as_desk_down() -> Iterator[None]:
    try:
        yield
    except StoreDown as error:
        raise activation_call.DeskDown from error


class Parts:
    """Everything that is made once from the settings."""

    def __init__(self, settings: Settings, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        sold = read_products()
        store = open_store(settings.database_url, BUSY_SECONDS, settings.database_replica_url)
        self.records, self.tallies = SqlRecords(store), Tallies(store)
        issued = self.records.has_licences()
        self.keys = _open_keys(settings, sold, issued, randbytes)
        self.products: Products = {number: keys.with_public_keys(p, self.keys) for number, p in sold.items()}
        throttle = Throttle(store, _secret(settings, "throttle"), settings.wrong_ids_a_day)
        self.desk = Desk(self.products, self.keys, self.records, throttle)
        sealing, counting = (_secret(settings, name) for name in ("audit", "sign-in"))
        self.staff = open_staff(self.records.store, sealing, counting, Passwords())
        self.casework = Casework(self.desk, self.staff.audit, self.records.store)
        self.directory = read_directory()
        self.books = read_books()
        self.languages = read_languages(self.books)
        self.text_ledger = TextLedger(store, now)
        self.speech = _speech(settings)

    def readiness(self, settings: Settings) -> dict[str, Callable[[], object]]:
        """What must work for calls to be answered, by the code of what is wrong where it raises."""
        return {
            "store_down": self.records.has_licences,
            "keys_unusable": lambda: _open_keys(settings, self.products, True, secrets.token_bytes),
            "data_damaged": read_books,
        }

    def texts(self, sender: Sender, regions: Collection[str]) -> TextMessages:
        return TextMessages(sender, self.text_ledger, self.languages, regions, StoreDown)


def create_app(
    settings: Settings | None = None,
    desk: activation_call.Desk | None = None,
    messages: MessageService | None = None,
) -> Flask:
    """`desk` and `messages` stand in for those of the settings where a scenario sets a scene."""
    settings = settings or current_settings()
    parts = Parts(settings)
    app = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST)
    has_operator = bool(settings.operator_number)
    # What is staged is no part of the day.
    count = uncounted if desk else parts.tallies.add
    desk = desk or TelephoneDesk(parts.desk, has_operator)
    texts = parts.texts(messages, REGIONS) if messages else _texts(settings, parts)
    voice = _voice(settings, parts, desk, count, texts)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {PREFIX: voice})  # type: ignore[method-assign]
    # The page /phone rings the same call, but no message of it ever leaves this machine.
    simulated = messages or MessageService()
    within = parts.texts(simulated, REGIONS)
    app.register_blueprint(web.web(parts.directory, parts.desk, now))
    app.register_blueprint(speech_routes(parts.speech))
    gate = Gate(parts.staff.sign_in, settings.public_url, now)
    app.register_blueprint(door(gate, parts.staff, now, secrets.token_urlsafe))
    app.register_blueprint(operator_pages(gate, parts.staff, parts.casework, parts.records, parts.languages, now))
    app.register_blueprint(today(ACTIVATION_CALL, parts.tallies, gate.guard, now))
    app.register_blueprint(metrics(parts.tallies.in_all, settings.metrics_token))
    app.register_blueprint(health(parts.readiness(settings)))
    aloud = BlocksAloud(parts.books, parts.speech)
    app.register_blueprint(web_form.web_form(parts.desk, parts.directory, parts.languages, now, aloud))
    hardware, base = _hardware(settings, Where())
    computer = _computer(settings, Where(), parts.products, httpx.WSGITransport(app, raise_app_exceptions=False))
    app.register_blueprint(
        pages(
            computer,
            lambda: hardware.over(base),
            parts.directory,
            now,
            telephone="/phone",
            languages=parts.languages,
            web_form=f"{settings.clearinghouse_url or settings.public_url}/activate",
        )
    )
    app.register_blueprint(
        api(
            people=computer.people,
            usage=computer.usage,
            mode=computer.mode,
            site=computer.site,
            add_to_pool=computer.add_to_pool,
            now=now,
        )
    )
    kept = KeptCalls(Path(settings.calls_file), parts.books)
    app.register_blueprint(calls(kept, parts.directory, parts.books, only_from_here))
    app.register_blueprint(
        softphone(
            for_one_call(
                _voice(settings, parts, desk, count, within),
                desk,
                _behind_lock(parts, has_operator, now),
                BUSY_SECONDS,
                lambda troubled: _voice(settings, parts, troubled, uncounted, within),
            ),
            ACTIVATION_CALL,
            parts.directory,
            parts.books,
            kept,
            parts.speech,
            simulated,
            # Without a token only this machine may call, by a name of its own.
            public_url=settings.public_url if settings.twilio_auth_token else f"http://{LOOPBACK[0]}",
            auth_token=next(iter(settings.auth_tokens), ""),
            guard=only_from_here,
            token_hex=secrets.token_hex,
            clock=time.monotonic,
            now=now,
        )
    )
    listed = PromptBooks(ACTIVATION_CALL, parts.books, APPROVED.read())
    app.register_blueprint(prompt_book(listed, parts.speech, only_from_here, calls="/calls"))
    if not settings.shows_local_pages:
        close(app, LOCAL_PAGES)
    app.after_request(_secured)
    app.add_url_rule("/", view_func=lambda: render_template("home.html"), endpoint="home")
    return app


def _voice(settings: Settings, parts: Parts, desk: activation_call.Desk, count: Count, texts: Texts) -> Webhooks:
    return Webhooks(
        ACTIVATION_CALL,
        desk,
        parts.directory,
        parts.books,
        public_url=settings.public_url,
        auth_tokens=settings.auth_tokens,
        session_keys=keys.secrets_of(Path(settings.key_folder), "session", secrets.token_bytes),
        operator=settings.operator_number,
        now=now,
        count=count,
        texts=texts,
    )


def _open_keys(settings: Settings, sold: Products, issued: bool, randbytes: Callable[[int], bytes]) -> keys.KeyRing:
    """All of them, or with a signer those that are left here."""
    folder = Path(settings.key_folder)
    if settings.signer:
        return keys.keys_of_a_signer(folder, issued, SignerClient(Path(settings.signer)), randbytes)
    return keys.open_keys(folder, sold, issued, randbytes)


def _texts(settings: Settings, parts: Parts) -> Texts:
    if not settings.messaging_from:
        return NoTextMessages()
    sender = TwilioMessages(settings.account_sids[0], settings.auth_tokens[0], settings.messaging_from)
    return parts.texts(sender, settings.text_regions)


def _secret(settings: Settings, name: str) -> bytes:
    return keys.secret(Path(settings.key_folder), name, secrets.token_bytes)


def _secured(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # browsers then say where a form came from
    return response


def _toml(name: str) -> dict[str, Any]:
    return _read(DATA / f"{name}.toml")


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def read_products() -> Products:
    """What is sold, without the keys that sign for it."""
    return products.parse(_toml("products"))


def read_directory() -> Directory:
    return Directory.parse(_toml("access_numbers"))


def read_languages(books: wording.Books) -> Languages:
    """What pages say to callers, the language of their templates first; blocks are named as in the call."""
    catalogs = {SOURCE: ""} | {path.stem: path.read_text("utf-8") for path in sorted(DATA.glob("pages/locales/*.po"))}
    return {
        locale: PageTexts(locale, catalog, books[locale].block_names if locale in books else BLOCK_NAMES)
        for locale, catalog in catalogs.items()
    }


def read_books() -> wording.Books:
    return {path.stem: wording.parse(path.stem, _read(path)) for path in sorted(DATA.glob("prompts/*.toml"))}


@contextmanager
def open_world(seed: int | None, profile: str, url: str) -> Iterator[World]:
    """A vendor, its clearinghouse and licensed computers in a folder of their own, gone afterwards.

    With a `url` the application behind it answers, and its clearinghouse, that of the settings, knows the keys:
    then nothing may be foreseen, and nothing of it is opened before a scene needs a key.
    """
    chance = random.SystemRandom() if url or seed is None else random.Random(seed)  # noqa: S311 (demo keys)
    with TemporaryDirectory() as folder:
        private = Settings(
            calls_file=f"{folder}/calls.db",
            database_url=f"sqlite:///{folder}/clearinghouse.db",
            key_folder=f"{folder}/keys",
            machine_folder=f"{folder}/machine",
            site_folder=f"{folder}/site",
            operator_number="+12125550143",
            twilio_auth_token="rehearsed: signatures are checked",  # noqa: S106 (no real one)
            wrong_ids_a_day=1024,  # a day of scenarios has many
        )
        settings = current_settings() if url else private
        open_once, clock = cache(lambda: open_parts(settings, chance.randbytes)), WorldClock(now)
        stage = _stage(open_once, Path(folder), _reading(profile).components, chance, clock)
        if url:
            token = next(iter(settings.auth_tokens), "")
            yield World(read_books(), read_directory(), stage, token, url, None, None)
            return
        parts = open_once()
        trouble = Trouble(_behind_lock(parts, True, clock), BUSY_SECONDS)
        desk = TroubledDesk(TelephoneDesk(parts.desk, True, clock), trouble)
        messages = MessageService()
        transport = httpx.WSGITransport(create_app(settings, desk, messages), raise_app_exceptions=False)
        stage = replace(stage, trouble=trouble.during, troubled=lambda desk: TroubledDesk(desk, trouble))
        voice = f"{settings.public_url}/voice"
        token, fallback = settings.twilio_auth_token, f"{voice}/fallback"
        yield World(parts.books, parts.directory, stage, token, voice, transport, fallback, messages)


def _behind_lock(parts: Parts, has_operator: bool, clock: Callable[[], datetime]) -> TelephoneDesk:
    """The same desk, to which its database seems locked by somebody else."""
    desk = Desk(parts.products, parts.keys, SqlRecords(LockedStore(parts.records.store)))
    return TelephoneDesk(desk, has_operator, clock)


def _stage(
    parts: Callable[[], Parts],
    folder: Path,
    components: Mapping[str, str],
    chance: random.Random,
    clock: WorldClock | None = None,
) -> Stage:
    """A scene with the first product; the parts are opened when a scene needs them."""
    clock = clock or WorldClock(now)
    product = next(iter(read_products().values()))
    numbers = itertools.count()

    def computer() -> Server:
        """The first has this hardware, each further one another."""
        number = next(numbers)
        own = {kind: f"{value} {number}" if number else value for kind, value in components.items()}
        return Server(folder / f"computer-{number}", parts().products[product.number], own, clock())

    return Stage(
        product=product.number,
        issue=lambda: parts().desk.issue(product.number, 1, product.terms[0], chance.randrange, clock())[0].text,
        issue_pack=lambda: parts().desk.issue(product.number, 1, product.packs[0], chance.randrange, clock())[0].text,
        revoke=lambda text: parts().desk.revoke(text, clock()),
        confirm=lambda text: parts().desk.confirm(text, "operator", clock()),
        computer=computer,
        budget=product.reactivations,
        transfers=product.transfers,
        now=clock,
        start_at=clock.start_at,
    )


def _reading(profile: str) -> Reading:
    """The hardware of this profile, or with none of this computer."""
    return load_profile(DATA / "machines" / f"{profile}.toml") if profile else read_components()


def _audited(store: Store) -> Head | Flaw:
    """Judged with the key of the settings, whichever store it is."""
    return Audit(store, _secret(current_settings(), "audit")).verify()


def _examine(settings_file: str | None, port: int) -> Examined:
    """Every setting, and what is wrong, for `app.py doctor`."""
    known = {setting.name.upper(): setting for setting in fields(Settings)}
    secret = {name for name, setting in known.items() if not setting.repr}
    files = {path: dotenv_values(path) for path in (settings_file, ENV_FILE) if path and Path(path).exists()}
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
        "MACHINE_PROFILE": lambda issued: _reading(settings.machine_profile),
        "SPEECH": lambda issued: engines(settings.speech),
        "data": lambda issued: (read_products(), read_directory(), read_books()),
    }
    return shown, [*found, *doctor.findings(settings, port, now(), parts)]


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """What stops the start is said, not traced."""
    try:
        yield
    except (keys.KeysRefused, StoreDown, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def open_parts(settings: Settings, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> Parts:
    with in_one_sentence():
        return Parts(settings, randbytes)


@cache
def parts_of_this_run() -> Parts:
    return open_parts(current_settings())


# Licensed computers, simulated ones among them


def _home(settings: Settings, where: Where) -> Path:
    return where.home or Path(settings.machine_folder)


def _hardware(settings: Settings, where: Where) -> tuple[KeptHardware, Reading]:
    """What is kept of it, with the profile that was chosen last; and that profile as it came."""
    kept = KeptHardware(_home(settings, where))
    if where.machine and where.machine not in _profiles:
        raise ValueError(f"There is no profile {where.machine!r}; there are {', '.join(_profiles)}.")
    if where.machine:
        kept.choose(where.machine)
    return kept, _reading(kept.read().profile or settings.machine_profile)


def _computer(settings: Settings, where: Where, sold: Products, own: httpx.BaseTransport) -> LicensedComputer:
    """The computer in this home, with its hardware. Its site is a folder in the home, as long as it is alone.

    The site knows it by the name of the home, or by that of this computer where the home is the usual one.
    Without an address of a clearinghouse `own` answers.
    """
    home, (kept, base) = _home(settings, where), _hardware(settings, where)
    usual = home.resolve() == Path(Settings.machine_folder).resolve()
    url = where.clearinghouse or settings.clearinghouse_url
    return LicensedComputer(
        socket.gethostname() if usual else home.resolve().name,
        home,
        where.site or Path(settings.site_folder or home / "site"),
        products.named(sold, where.product) if where.product else next(iter(sold.values())),
        kept.over(base).components,
        now(),
        Clearinghouse(url or f"http://{LOOPBACK[0]}", time.sleep, None if url else own),
    )


def _document(computer: LicensedComputer, name: str) -> str:
    app = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
    app.register_blueprint(
        pages(computer, lambda: Reading(dict(computer.server.components), {}), read_directory(), now)
    )
    app.add_url_rule("/", endpoint="home", view_func=str)
    return app.test_client().get(f"/machine/{name}").text


def open_computer(where: Where) -> LicensedComputer:
    """For the command line; where no address is set, the clearinghouse of the settings answers in this process."""
    own, parts = Flask(__name__), parts_of_this_run()
    own.register_blueprint(web.web(parts.directory, parts.desk, now))
    return _computer(current_settings(), where, parts.products, httpx.WSGITransport(own))


def _at_the_terminal() -> str:
    """For the audit log; no operator is called so."""
    try:
        return f"terminal/{getpass.getuser()}"
    except (KeyError, OSError):  # in a container nobody may have that number
        return "terminal"


@click.group(invoke_without_command=True)
@click.option("--settings", type=click.Path(exists=True, dir_okay=False), help="Read the settings from this file.")
@click.pass_context
def main(context: click.Context, settings: str | None) -> None:
    """Activate software by telephone, and try out such calls. Without a command: serve."""
    if settings:  # into the environment, where the processes that serve find them as well
        os.environ.update({name: value for name, value in dotenv_values(settings).items() if value is not None})
    context.obj = Office(
        desk=lambda: parts_of_this_run().desk,
        products=read_products,
        keys=lambda: parts_of_this_run().keys,
        key_folder=lambda: Path(current_settings().key_folder),
        directory=read_directory,
        staff=lambda: parts_of_this_run().staff,
        casework=lambda: parts_of_this_run().casework,
        audit_mark=lambda: Path(current_settings().key_folder) / "audit.seen",
        user=_at_the_terminal,
        now=now,
        randbelow=secrets.randbelow,
        randbytes=secrets.token_bytes,
    )
    if context.invoked_subcommand is None:
        context.invoke(serve)


@main.command()
@click.option("--host", default=LOOPBACK[0], show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
def serve(host: str, port: int) -> None:
    """Answer calls and show the pages.

    On this machine only, as long as there is no Twilio token.
    """
    core_files.switch_off()
    settings = current_settings()
    if not settings.twilio_auth_token and host not in LOOPBACK:
        raise click.UsageError("Without TWILIO_AUTH_TOKEN forged calls cannot be told from real ones: use 127.0.0.1.")
    with in_one_sentence():
        socket.create_server((host, port)).close()  # the server itself says no more than that it panicked
        _reading(settings.machine_profile)
    parts = open_parts(settings)
    if settings.public_url == Settings.public_url:  # for the processes that serve: printed sheets must name this port
        os.environ["PUBLIC_URL"] = f"http://{LOOPBACK[0]}:{port}"
    if settings.shows_local_pages:
        click.echo(f"The computer      http://{host}:{port}/machine\nThe telephone     http://{host}:{port}/phone")
    if not settings.twilio_auth_token:
        product = next(iter(parts.products.values()))
        code = parts.desk.issue(product.number, 1, product.terms[0], secrets.randbelow, now())[0]
        pack = parts.desk.issue(product.number, 1, product.packs[0], secrets.randbelow, now())[0]
        click.echo(f"A product key     {code.shown}  ({product.name})")
        click.echo(f"A license code    {pack.shown}  ({product.packs[0].words})")
        click.echo("A demo: no TWILIO_AUTH_TOKEN, so calls are answered from this machine only. Ctrl-C stops.")
    elif settings.public_url == Settings.public_url:
        click.echo("PUBLIC_URL is not set, so Twilio cannot reach this and its calls will be refused.", err=True)
    parts.records.store.close()
    Granian(
        "app:create_app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HEADERS,
        factory=True,
        workers=settings.workers,
        blocking_threads=settings.threads,
        workers_kill_timeout=5,  # seconds: a request that comes slowly must not hold up the end
        respawn_failed_workers=True,
        log_dictconfig=log_lines.config(settings.log_level),
        log_level=LogLevels.error,  # below it, a warning at each start that 64 are many
    ).serve()


def _staged(folder: Path, seed: int) -> StagedSite:
    whole, chance = folder.resolve(), random.Random(seed)  # noqa: S311 (demo keys)
    private = Settings(
        database_url=f"sqlite:///{whole}/clearinghouse/clearinghouse.db", key_folder=f"{whole}/clearinghouse/keys"
    )
    for name in ("audit", "sign-in", "throttle"):  # each drawn apart, so that the seed's codes do not depend on them
        keys.secret(Path(private.key_folder), name, random.Random(f"{seed} {name}").randbytes)  # noqa: S311
    parts = open_parts(private, chance.randbytes)
    product = next(iter(parts.products.values()))

    def computer(name: str, profile: str) -> LicensedComputer:
        home = folder / name
        KeptHardware(home).choose(profile)
        env_file(folder, name).write_text(
            f"DATABASE_URL='{private.database_url}'\nKEY_FOLDER='{private.key_folder}'\n"
            f"CALLS_FILE='{whole / name}/calls.db'\n"
            f"MACHINE_FOLDER='{whole / name}'\nSITE_FOLDER='{whole / 'site'}'\n",
            "utf-8",
        )
        return LicensedComputer(name, home, folder / "site", product, _reading(profile).components, now())

    def confirm(text: str) -> str:
        answer = parts.desk.confirm(text, "operator", now())
        if isinstance(answer, Refusal):
            raise ValueError(answer.words)
        return "".join(answer.blocks)

    vendor = Vendor(
        product_key=lambda: parts.desk.issue(product.number, 1, product.terms[0], chance.randrange, now())[0],
        license_code=lambda pack: parts.desk.issue(product.number, 1, product.pack(pack), chance.randrange, now())[0],
        confirm=confirm,
    )
    staged = staged_site.stage(folder, computer, vendor, now())
    (folder / "quay" / f"product-{product.number}" / "licences.json").unlink()  # lost
    shutil.rmtree(folder / staged_site.DEAD[0])
    env_file(folder, staged_site.DEAD[0]).unlink()
    parts.records.store.close()
    return staged


def open_speech() -> Speech:
    with in_one_sentence():
        return _speech(current_settings())


def _speech(settings: Settings) -> Speech:
    return Speech(engines(settings.speech), Clips(Path(settings.speech_folder)), secrets.token_bytes(32))


def open_calls() -> KeptCalls:
    return KeptCalls(Path(current_settings().calls_file), read_books())


def open_company() -> Company:
    settings = current_settings()
    accounts = [TwilioAccount(sid, settings.auth_tokens) for sid in settings.account_sids if settings.auth_tokens]
    return Company(accounts, settings.public_url, read_directory(), read_books())


numbers.add_command(sync(open_company))

_profiles = sorted(path.stem for path in DATA.glob("machines/*.toml"))
_workplace = Workplace(
    open=open_computer,
    hardware=lambda where: _hardware(current_settings(), where),
    directory=read_directory,
    document=_document,
    now=now,
    user=getpass.getuser,
    token=secrets.token_urlsafe,
    profiles=_profiles,
)
for command in [
    *simulator_commands(open_world, ACTIVATION_CALL, _profiles, History(open_calls, secrets.token_hex, now)),
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
    doctor_command(_examine),
    *backup_commands(lambda: current_settings().database_url, _audited, now),
    licensing(_workplace),
    machine_command(_workplace),
    site(_staged, [Path(sys.executable), Path(__file__)]),
    say(read_books, open_speech),
]:
    main.add_command(command)

if __name__ == "__main__":
    main()
