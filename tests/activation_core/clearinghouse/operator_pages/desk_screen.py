"""The operator's desk as its reader sees it: words without markup, links to follow, forms to send."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse

from activation_core import installation_id
from activation_core.clearinghouse.casework import Casework
from activation_core.clearinghouse.desk import Confirmation
from activation_core.clearinghouse.operator_pages.blueprint import operator_pages
from activation_core.clearinghouse.operator_pages.door import door
from activation_core.clearinghouse.operator_pages.gate import Gate
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.staff import open_staff
from activation_core.codes import Code
from activation_core.installation_id import Operation
from activation_core.refusals import Refusal
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
        casework = Casework(self.parts.desk, self.staff.audit, self.parts.records.store)
        pages = operator_pages(gate, self.staff, casework, self.parts.records, self.parts.languages, now)
        self.app.register_blueprint(pages)


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

    def send(self, path: str, /, **fields: str | list[str]) -> Screen:
        """A form of the page that is shown, with the token that stands in it."""
        token = re.search(r'name="form_token" value="(\w+)"', self.html) if hasattr(self, "last") else None
        return self.post(path, **({"form_token": token[1]} if token else {}), **fields)

    def post(self, path: str, /, **fields: str | list[str]) -> Screen:
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


class Caller:
    """A caller with a computer of the first product, and what was done about its key before."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.key = self.issue()

    def issue(self) -> Code:
        return self.parts.desk.issue(1, 1, "standard", random.Random().randrange, NOON)[0]

    def shown(self, hardware: int = 0x11111111, counter: int = 0) -> str:
        """The Installation ID on the screen of the computer with this hardware."""
        return installation_id.make(Operation.ACTIVATE, self.key, 0, hardware, counter).digits

    def telephones(self, shown: str) -> Confirmation | Refusal:
        return self.parts.desk.confirm(shown, "telephone", NOON)

    def is_put_through(self, keyed: str, refusal: str = "", locale: str = "es-US", at: datetime = NOON) -> str:
        """The reference that was spoken."""
        return self.parts.records.hand_over(f"CA {keyed} {at}", keyed, refusal, "enter_id", locale, at).reference

    def in_use(self) -> tuple[str, str]:
        """Another computer has the key; the Installation ID of this one, and the reference."""
        self.telephones(self.shown())
        other = self.shown(0x11144444)
        return other, self.is_put_through(other, "in_use")
