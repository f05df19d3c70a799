"""/machine without a script: a computer is activated by plain forms, and strangers are kept out."""

import random
import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from activation_core import blocks, server_activation
from activation_core.clearinghouse.desk import Confirmation
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.machine import kept_file
from activation_core.machine.components import Reading
from activation_core.machine.pages import pages
from activation_core.machine.server import Server
from activation_core.refusals import Refusal
from app import DATA, Parts, Settings, create_app, now


class Screen:
    """The page as its reader sees it: words without markup, and forms to send."""

    def __init__(self, client: FlaskClient, parts: Parts) -> None:
        self.client, self.parts = client, parts
        self.last: TestResponse

    def open(self, query: str = "", **headers: str) -> "Screen":
        self.last = self.client.get(f"/machine{query}", headers=headers)
        return self

    def send(self, **fields: str | Sequence[str]) -> "Screen":
        self.last = self.client.post("/machine", data=fields, follow_redirects=True)
        return self

    @property
    def words(self) -> str:
        body = re.sub(r"<(script|option).*?</\1>", " ", self.last.get_data(as_text=True), flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def shown_id(self) -> list[str]:
        return re.findall(r'class="digits block"[^>]*>(\d{3} \d{4})<', self.last.get_data(as_text=True))

    @property
    def typed(self) -> list[str]:
        """What stands in the boxes."""
        inputs = re.findall(r'<input id="block-[^>]*>', self.last.get_data(as_text=True))
        return [re.search(r'value="([^"]*)"', text)[1] for text in inputs]  # type: ignore[index]

    def with_key(self) -> "Screen":
        return self.send(product_key=self.new_key())

    def new_key(self, product: int = 1) -> str:
        terms = self.parts.products[product].terms[0]
        return self.parts.desk.issue(product, 1, terms, random.Random().randrange, now())[0].shown

    def answer(self) -> list[str]:
        """What the vendor says to the Installation ID on the screen."""
        confirmation = self.parts.desk.confirm(" ".join(self.shown_id), "operator", now())
        assert isinstance(confirmation, Confirmation)
        return list(confirmation.blocks)


def wrong(block: str, place: int) -> str:
    """With another last digit, so that it fits neither here nor in the boxes beside."""
    others = (block[:6] + digit for digit in "0123456789")
    return next(one for one in others if not any(blocks.is_block(one, near) for near in range(place - 1, place + 2)))


def test_a_computer_that_shows_too_little_of_its_hardware_says_so(settings: Settings, parts: Parts) -> None:
    reading = Reading({"cpu": "one", "memory": "two"}, {"cpu": "That of the host."})
    machine = Server(Path(settings.machine_folder), parts.products[1], reading.components, now())
    app = Flask("machine", template_folder=str(DATA / "pages/templates"), static_folder=DATA / "pages/static")
    app.add_url_rule("/", "home", lambda: "")
    app.register_blueprint(pages(machine, reading, parts.directory, now))

    words = Screen(app.test_client(), parts).with_key().words

    assert "There is no Installation ID" in words
    assert Refusal("too_few_components").next_step in words
    assert "That of the host." in words


@pytest.fixture
def screen(settings: Settings, parts: Parts) -> Screen:
    return Screen(create_app(settings).test_client(), parts)


def test_rule_15_a_computer_is_activated_with_what_the_telephone_said(screen: Screen) -> None:
    screen.with_key()
    assert len(screen.shown_id) == 7

    screen.send(block=screen.answer())

    assert "This computer is activated" in screen.words
    assert "Terms standard" in screen.words
    assert screen.last.request.path == "/machine"
    assert screen.last.history[0].location.endswith("/machine#state")


def test_rule_54_number_installation_id_and_boxes_are_on_one_page(screen: Screen) -> None:
    screen.with_key().open("?region=US")

    assert "1 (800) 555-0199" in screen.words
    assert len(screen.shown_id) == 7
    assert screen.typed == [""] * 13


def test_rule_2_the_page_says_that_no_name_is_needed(screen: Screen) -> None:
    assert "no name and no personal data" in screen.open().words
    assert "no name and no personal data" in screen.with_key().words


def test_rule_5_the_days_that_are_left_are_shown(screen: Screen) -> None:
    assert "Not activated yet: 30 days left" in screen.open().words


@pytest.mark.parametrize(("days", "said"), [(29.5, "1 day left"), (30, "The 30 days ended on")])
def test_rule_7_the_page_says_when_grace_ends(screen: Screen, settings: Settings, days: float, said: str) -> None:
    began = server_activation.installed(now() - timedelta(days=days))
    kept_file.write_to(Path(settings.machine_folder, "activation.json"), began, "activation")

    assert said in screen.open().words


def test_rule_17_other_hardware_has_to_be_activated_by_telephone_again(screen: Screen, settings: Settings) -> None:
    screen.with_key()
    screen.send(block=screen.answer())
    changed = Settings(**{**vars(settings), "machine_profile": "ship-bridge"})
    moved = Screen(create_app(changed).test_client(), screen.parts).open()

    assert "The hardware has changed" in moved.words
    moved.send(block=moved.answer())
    assert "This computer is activated" in moved.words


def test_the_key_is_masked_once_it_is_there(screen: Screen) -> None:
    key = screen.new_key()
    screen.send(product_key=key)

    assert f"{key[:5]}-…-{key[-5:]}" in screen.words
    assert key not in screen.last.get_data(as_text=True)


def test_a_mistyped_key_is_kept_and_its_group_named(screen: Screen) -> None:
    key = screen.new_key()
    wrong = key[:12] + ("2" if key[12] != "2" else "3") + key[13:]
    screen.send(product_key=wrong.lower())

    assert "Group 3 does not match" in screen.words
    assert f'value="{wrong.lower()}"' in screen.last.get_data(as_text=True)


def test_a_key_of_another_product_is_refused_with_the_next_step(screen: Screen) -> None:
    assert "Enter the product key of this product" in screen.send(product_key=screen.new_key(product=2)).words


def test_what_a_visitor_types_is_never_markup(screen: Screen) -> None:
    attack = '"><script>alert(1)</script>'
    for page in (
        screen.send(product_key=attack),
        screen.with_key().send(block=[attack] * 13),
        screen.open(f"?region={attack}"),
    ):
        assert "<script>alert" not in page.last.get_data(as_text=True)


def test_wrong_boxes_are_named_and_everything_typed_is_kept(screen: Screen) -> None:
    screen.with_key()
    typed = screen.answer()
    # Each by itself would shift what follows, if the boxes were read as one row of digits.
    typed[2], typed[6], typed[9] = wrong(typed[2], 3), typed[6][:5], ""
    screen.send(block=typed)

    assert screen.typed == typed
    assert "3 of 13 blocks need another look" in screen.words
    assert "Charlie : Does not fit" in screen.words
    assert "Golf : Fewer than 7 digits" in screen.words
    assert "Juliet : Still empty" in screen.words


def test_swapped_boxes_are_told_where_they_belong(screen: Screen) -> None:
    screen.with_key()
    typed = screen.answer()
    typed[3], typed[4] = typed[4], typed[3]
    screen.send(block=typed)

    assert "Delta : This fits in Echo" in screen.words
    assert "Echo : This fits in Delta" in screen.words


def test_the_whole_code_may_stand_in_one_box(screen: Screen) -> None:
    screen.with_key()
    typed = screen.answer()
    misheard = [*typed[:12], wrong(typed[12], 13)]

    screen.send(block=["", " ".join(misheard), *[""] * 11])
    assert screen.typed == [blocks.show(block) for block in misheard]
    assert "1 of 13 blocks needs another look" in screen.words

    screen.send(block=["", " - ".join(typed), *[""] * 11])
    assert "This computer is activated" in screen.words


def test_the_answer_to_another_installation_id_is_refused_and_kept(screen: Screen) -> None:
    screen.with_key()
    another = screen.answer()
    screen.with_key().send(block=another)

    assert "does not belong to the Installation ID" in screen.words
    assert screen.typed == another


def test_a_form_that_was_made_up_is_no_defect(screen: Screen) -> None:
    for fields in ({}, {"block": []}, {"block": ["1"] * 99}, {"block": ["9" * 5000]}, {"product_key": ""}):
        assert screen.with_key().send(**fields).last.status_code == 200


def test_the_region_is_that_of_the_readers_language_and_its_name_in_it(screen: Screen) -> None:
    screen.with_key().open(**{"Accept-Language": "de-AT,en;q=0.5"})

    assert "From Österreich , dial 00 49 30 23125142" in screen.words
    assert "A toll number abroad" in screen.words
    assert '<option value="AT" selected>Österreich</option>' in screen.last.get_data(as_text=True)


def test_without_a_region_none_is_guessed(screen: Screen) -> None:
    assert "Choose where you call from" in screen.with_key().open(**{"Accept-Language": "de"}).words


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("US", "Free of charge from United States"),
        ("DE", "A toll number : it costs what a call within Germany costs"),
        ("AT", "the nearest is in Germany"),
        ("AQ", "Activate with the web form instead"),
    ],
)
def test_rule_15_the_price_is_said_in_words(screen: Screen, region: str, said: str) -> None:
    assert said in screen.with_key().open(f"?region={region}").words
    assert said in screen.open(f"/number?region={region}").words


def test_an_example_number_is_called_one_and_is_no_link(screen: Screen) -> None:
    screen.with_key().open("?region=US")

    assert "Example. This number is kept for fiction and reaches nobody" in screen.words
    assert "tel:" not in screen.last.get_data(as_text=True)


def test_an_unknown_region_has_no_number(screen: Screen) -> None:
    assert screen.open("/number?region=UK").last.status_code == 404
    assert "Choose where you call from" in screen.with_key().open("?region=UK").words


def test_the_region_survives_a_form(screen: Screen) -> None:
    screen.with_key()
    screen.send(region="US", block=screen.answer())

    assert screen.last.request.args["region"] == "US"


def test_blocks_are_called_as_on_the_telephone(screen: Screen) -> None:
    assert screen.parts.books["en-US"].block_names == BLOCK_NAMES


@pytest.mark.parametrize(
    ("address", "headers", "why"),
    [
        ("192.0.2.7", {}, "comes from another one"),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, "forwarded"),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, "forwarded"),
        ("127.0.0.1", {"Host": "rebound.example:8000"}, "http://localhost"),
        ("127.0.0.1", {"Host": "localhost.example"}, "http://localhost"),
    ],
)
def test_only_this_computer_sees_its_screen(screen: Screen, address: str, headers: dict[str, str], why: str) -> None:
    for path in ("/machine", "/machine/number?region=DE", "/machine/static/damm.js"):
        refused = screen.client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": address})

        assert refused.status_code == 403
        assert why in refused.get_data(as_text=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_this_computer_has_three_names(screen: Screen, host: str) -> None:
    assert screen.open(Host=host).last.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({}, 200),
    ],
)
def test_a_form_from_somebody_elses_page_is_refused(screen: Screen, headers: dict[str, str], status: int) -> None:
    assert screen.client.post("/machine", data={"product_key": "x"}, headers=headers).status_code == status


def test_the_page_needs_no_inline_style_or_script(screen: Screen) -> None:
    body = screen.with_key().last.get_data(as_text=True)

    assert " style=" not in body
    assert not re.search(r"\son\w+=", body)
    assert set(re.findall(r"<script[^>]*>", body)) == {
        '<script type="module" src="/machine/static/machine.js">',
        '<script type="application/json" id="words">',
    }
    assert "unsafe-inline" not in screen.last.headers["Content-Security-Policy"]
