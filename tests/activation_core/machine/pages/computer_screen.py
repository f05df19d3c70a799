"""The pages of a licensed computer as their reader sees them: words without markup, links to follow, forms to send."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from activation_core import codes
from activation_core.clearinghouse.desk import Confirmation
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.components import load_profile
from activation_core.machine.computer import LicensedComputer
from activation_core.roles import Actor
from app import DATA, Parts, Settings, create_app, now

ADA = Actor("ada", "administrator")
PRODUCT = 1


class Screen:
    """A browser without scripts at the computer of these settings. `last` is what it shows."""

    last: TestResponse

    def __init__(self, settings: Settings, parts: Parts, app: Flask | None = None) -> None:
        self.settings, self.parts = settings, parts
        self.client: FlaskClient = (app or create_app(settings)).test_client()

    def open(self, path: str = "", **headers: str) -> Screen:
        """A page under /machine, wherever it leads."""
        self.last = self.client.get(f"/machine{path}", headers=headers, follow_redirects=True)
        return self

    def send(self, path: str, /, **fields: str | Sequence[str]) -> Screen:
        self.last = self.client.post(f"/machine{path}", data=fields, follow_redirects=True)
        return self

    def working_as(self, name: str) -> Screen:
        return self.send("/working-as", name=name, to="/machine")

    @property
    def html(self) -> str:
        return self.last.get_data(as_text=True)

    @property
    def words(self) -> str:
        """Of the page itself, not of the bar above it."""
        main = self.html.partition("<main")[2] or self.html
        body = re.sub(r"<(script|option).*?</\1>", " ", main, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<{body}")).split())

    @property
    def at(self) -> str:
        """Where it ended up."""
        return self.last.request.path.removeprefix("/machine")

    @property
    def shown_id(self) -> list[str]:
        return re.findall(r'class="digits block"[^>]*>(\d{3} \d{4})<', self.html)

    @property
    def typed(self) -> list[str]:
        """What stands in the boxes."""
        inputs = re.findall(r'<input id="block-[^>]*>', self.html)
        return [re.search(r'value="([^"]*)"', text)[1] for text in inputs]  # type: ignore[index]

    def answer(self) -> list[str]:
        """What the vendor says to the Installation ID on the screen."""
        return answer(self.parts, " ".join(self.shown_id))

    # What the vendor and earlier days have done

    def key(self, product: int = PRODUCT) -> str:
        terms = self.parts.products[product].terms[0]
        return self.parts.desk.issue(product, 1, terms, random.Random().randrange, now())[0].shown

    def license_code(self, pack: str = "5-device") -> str:
        wanted = self.parts.products[PRODUCT].pack(pack)
        return self.parts.desk.issue(PRODUCT, 1, wanted, random.Random().randrange, now())[0].shown

    def computer(self) -> LicensedComputer:
        """The same one, without its pages."""
        components = load_profile(DATA / f"machines/{self.settings.machine_profile}.toml").components
        home, site = Path(self.settings.machine_folder), Path(self.settings.site_folder)
        return LicensedComputer("here", home, site, self.parts.products[PRODUCT], components, now())

    def activated(self) -> Screen:
        server = self.computer().server
        assert server.enter_product_key(self.key(), now()) is None
        asked = server.installation_id(now())
        assert isinstance(asked, InstallationId)
        assert server.accept(" ".join(answer(self.parts, asked.digits)), now()) is None
        return self

    def with_pack(self, pack: str = "5-device") -> str:
        """Its license code."""
        text, store = self.license_code(pack), self.computer().cals
        assert store.add_code(ADA, Operation.ADD, text, now()) is None
        said = answer(self.parts, store.licences.entries[0].installation_id)
        assert store.accept(ADA, 1, " ".join(said), now()) is None
        assert store.end_run(ADA, now()) is None
        return text

    def on_other_hardware(self, profile: str = "ship-bridge") -> Screen:
        """The same folders, after a significant change of the hardware."""
        return Screen(replace(self.settings, machine_profile=profile), self.parts)


def answer(parts: Parts, asked: str) -> list[str]:
    confirmation = parts.desk.confirm(asked, "operator", now())
    assert isinstance(confirmation, Confirmation), confirmation
    return list(confirmation.blocks)


def masked(text: str) -> str:
    return codes.parse(text).masked
