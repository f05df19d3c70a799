"""Settings → parts → the application and the command line: the whole wiring on one screen."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from flask import Flask, Response, render_template

from activation_core import products
from activation_core.access_numbers import Directory
from activation_core.clearinghouse import keys, web
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.records import Records
from activation_core.clearinghouse.sqlite_records import SqliteRecords
from activation_core.products import Products
from activation_core.refusals import Refusal
from ivr import webhooks, wording
from ivr.activation_call import ACTIVATION_CALL

DATA = Path(__file__).parent / "data"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class Settings:
    """Each is read from the environment variable of its name in capitals; docs/settings.md describes them."""

    database_url: str = "sqlite:///instance/clearinghouse.db"
    key_folder: str = "instance/keys"
    machine_folder: str = "instance/machine"
    machine_profile: str = ""
    operator_number: str = ""
    public_url: str = "http://127.0.0.1:8000"
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)


def read_settings(environment: Mapping[str, str | None]) -> Settings:
    given = {name: environment.get(name.upper()) for name in Settings.__dataclass_fields__}
    return Settings(**{name: value for name, value in given.items() if value})


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class TelephoneDesk:
    """The desk as the call knows it: the channel and the time are settled here."""

    desk: Desk
    has_operator: bool

    def confirm(self, installation_id: str) -> Confirmation | Refusal:
        return self.desk.confirm(installation_id, "telephone", now())

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        return self.desk.records.hand_over(call, keyed, refusal, step, locale, now()).reference


class Parts:
    """Everything that is made once from the settings."""

    def __init__(self, settings: Settings) -> None:
        sold = products.parse(_toml("products"))
        self.settings = settings
        self.keys = keys.open_keys(Path(settings.key_folder), sold, secrets.token_bytes)
        self.products: Products = {number: keys.with_public_keys(p, self.keys) for number, p in sold.items()}
        self.records: Records = SqliteRecords(_sqlite_path(settings.database_url))
        self.desk = Desk(self.products, self.keys, self.records)
        self.directory = Directory.parse(_toml("access_numbers"))
        self.books = {path.stem: wording.parse(path.stem, _read(path)) for path in sorted(DATA.glob("prompts/*.toml"))}


def create_app(settings: Settings | None = None) -> Flask:
    settings = settings or read_settings({**dotenv_values(), **os.environ})
    parts = Parts(settings)
    app = Flask(__name__, static_folder=DATA / "pages", template_folder=str(DATA / "pages"))
    app.secret_key = keys.secret(Path(settings.key_folder), "session", secrets.token_bytes)
    app.config.update(
        SESSION_COOKIE_PATH="/voice",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.register_blueprint(
        webhooks.voice(
            ACTIVATION_CALL,
            TelephoneDesk(parts.desk, bool(settings.operator_number)),
            parts.directory,
            parts.books,
            public_url=settings.public_url,
            auth_token=settings.twilio_auth_token,
            operator=settings.operator_number,
        )
    )
    app.register_blueprint(web.web(parts.directory))
    app.after_request(_secured)
    app.add_url_rule("/", view_func=lambda: render_template("home.html"), endpoint="home")
    return app


def _secured(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _sqlite_path(url: str) -> Path:
    if not url.startswith("sqlite:///"):
        raise ValueError(f"DATABASE_URL: sqlite:///path is known here, not {url.partition(':')[0]}")
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _toml(name: str) -> dict[str, Any]:
    return _read(DATA / f"{name}.toml")


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
