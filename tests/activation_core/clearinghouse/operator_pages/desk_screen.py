"""The operator's desk as its reader sees it: words without markup, links to follow, forms to send."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse

from activation_core.clearinghouse.operator_pages.blueprint import operator_pages
from activation_core.clearinghouse.operator_pages.door import door
from activation_core.clearinghouse.operator_pages.gate import Gate
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.staff import open_staff
from app import DATA, Parts, Settings

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


class Clock:
    """It stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class Machine:
    """A machine that answers `/desk`, on the store of these settings. Passwords are cheap to check."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self.parts, self.url = Parts(settings), settings.public_url
        self.staff = open_staff(self.parts.records.store, b"sealing", b"counting", Passwords(1, 8 * 4))
        self.app = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
        self.app.add_url_rule("/", endpoint="home", view_func=str)
        gate, tokens = Gate(self.staff.sign_in, settings.public_url, now), itertools.count()
        self.app.register_blueprint(door(gate, self.staff, now, lambda: f"token {id(self)} {next(tokens)}"))
        self.app.register_blueprint(operator_pages(gate, self.staff, now))


class Screen:
    """A browser without scripts at the desk. `last` is what it shows; `origin` is where its forms come from."""

    last: TestResponse

    def __init__(self, machine: Machine) -> None:
        self.machine, self.origin = machine, machine.url
        self.client = machine.app.test_client()

    def at_machine(self, machine: Machine) -> Screen:
        """The next answer comes from there, as behind a balancer; the cookies stay."""
        self.client.application = machine.app
        return self

    def open(self, path: str = "", **headers: str) -> Screen:
        """A page under /desk, wherever it leads."""
        self.last = self.client.get(f"/desk{path}", base_url=self.machine.url, headers=headers, follow_redirects=True)
        return self

    def send(self, path: str, /, **fields: str) -> Screen:
        """A form of the page that is shown, with the token that stands in it."""
        token = re.search(r'name="form_token" value="(\w+)"', self.html) if hasattr(self, "last") else None
        return self.post(path, **({"form_token": token[1]} if token else {}), **fields)

    def post(self, path: str, /, **fields: str) -> Screen:
        headers = {"Origin": self.origin} if self.origin else {}
        self.last = self.client.post(
            f"/desk{path}", base_url=self.machine.url, data=fields, headers=headers, follow_redirects=True
        )
        return self

    def sign_in(self, name: str = "ada", password: str = PASSWORD) -> Screen:
        return self.post("/sign-in", name=name, password=password)

    @property
    def html(self) -> str:
        return self.last.get_data(as_text=True)

    @property
    def words(self) -> str:
        """Of the page itself, not of the bar above it."""
        body = re.sub(r"<(script|option).*?</\1>", " ", self.html.partition("<main")[2], flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<{body}")).split())

    @property
    def at(self) -> str:
        """Where it ended up."""
        return self.last.request.path.removeprefix("/desk")
