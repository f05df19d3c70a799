"""/machine/activate without a script: a computer is activated by plain forms, and strangers are kept out."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from computer_screen import Screen
from flask import Flask

from activation_core import blocks, server_activation
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.machine import kept_file
from activation_core.machine.components import Reading, load_profile
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.internet import Clearinghouse
from activation_core.machine.pages.blueprint import pages
from activation_core.refusals import Refusal
from app import DATA, Parts, Settings, now


def with_key(screen: Screen) -> Screen:
    return screen.send("/activate", product_key=screen.key())


def wrong(block: str, place: int) -> str:
    """With another last digit, so that it fits neither here nor in the boxes beside."""
    others = (block[:6] + digit for digit in "0123456789")
    return next(one for one in others if not any(blocks.is_block(one, near) for near in range(place - 1, place + 2)))


def test_a_computer_that_shows_too_little_of_its_hardware_says_so(settings: Settings, parts: Parts) -> None:
    reading = Reading({"cpu": "one", "memory": "two"}, {"cpu": "That of the host."})
    home, site = Path(settings.machine_folder), Path(settings.site_folder)
    machine = LicensedComputer("here", home, site, parts.products[1], reading.components, now())
    app = Flask("machine", template_folder=str(DATA / "pages/templates"), static_folder=DATA / "pages/static")
    app.add_url_rule("/", "home", lambda: "")
    app.register_blueprint(pages(machine, lambda: reading, parts.directory, now))

    words = with_key(Screen(settings, parts, app)).words

    assert "There is no Installation ID" in words
    assert Refusal("too_few_components").next_step in words
    assert "That of the host." in words


def test_rule_15_a_computer_is_activated_with_what_the_telephone_said(screen: Screen) -> None:
    with_key(screen)
    assert len(screen.shown_id) == 7

    screen.send("/activate", block=screen.answer())

    assert "This computer is activated" in screen.words
    assert "Terms standard" in screen.words
    assert screen.last.request.path == "/machine/activate"
    assert screen.last.history[0].location.endswith("/machine/activate#state")


def test_rule_54_number_installation_id_and_boxes_are_on_one_page(screen: Screen) -> None:
    with_key(screen).open("/activate?region=US")

    assert "1 (800) 555-0199" in screen.words
    assert len(screen.shown_id) == 7
    assert screen.typed == [""] * 13


def test_rule_2_the_page_says_that_no_name_is_needed(screen: Screen) -> None:
    assert "no name and no personal data" in screen.open("/activate").words
    assert "no name and no personal data" in with_key(screen).words


def test_rule_5_the_days_that_are_left_are_shown(screen: Screen) -> None:
    assert "Not activated yet: 30 days left" in screen.open("/activate").words


@pytest.mark.parametrize(("days", "said"), [(29.5, "1 day left"), (30, "The 30 days ended on")])
def test_rule_7_the_page_says_when_grace_ends(screen: Screen, settings: Settings, days: float, said: str) -> None:
    began = server_activation.installed(now() - timedelta(days=days))
    kept_file.write_to(Path(settings.machine_folder, "product-1/activation.json"), began, "activation")

    assert said in screen.open("/activate").words


def test_rule_17_other_hardware_has_to_be_activated_by_telephone_again(screen: Screen, settings: Settings) -> None:
    with_key(screen)
    screen.send("/activate", block=screen.answer())
    changed = Settings(**{**vars(settings), "machine_profile": "ship-bridge"})
    moved = Screen(changed, screen.parts).open("/activate")

    assert "The hardware has changed" in moved.words
    moved.send("/activate", block=moved.answer())
    assert "This computer is activated" in moved.words


def test_the_key_is_masked_once_it_is_there(screen: Screen) -> None:
    key = screen.key()
    screen.send("/activate", product_key=key)

    assert f"{key[:5]}-…-{key[-5:]}" in screen.words
    assert key not in screen.html


def test_a_mistyped_key_is_kept_and_its_group_named(screen: Screen) -> None:
    key = screen.key()
    wrong = key[:12] + ("2" if key[12] != "2" else "3") + key[13:]
    screen.send("/activate", product_key=wrong.lower())

    assert "Group 3 does not match" in screen.words
    assert f'value="{wrong.lower()}"' in screen.html


def test_a_key_of_another_product_is_refused_with_the_next_step(screen: Screen) -> None:
    assert "Enter the product key of this product" in screen.send("/activate", product_key=screen.key(product=2)).words


def test_what_a_visitor_types_is_never_markup(screen: Screen) -> None:
    attack = '"><script>alert(1)</script>'
    for page in (
        screen.send("/activate", product_key=attack),
        with_key(screen).send("/activate", block=[attack] * 13),
        screen.open(f"/activate?region={attack}"),
    ):
        assert "<script>alert" not in page.html


def test_wrong_boxes_are_named_and_everything_typed_is_kept(screen: Screen) -> None:
    with_key(screen)
    typed = screen.answer()
    # Each by itself would shift what follows, if the boxes were read as one row of digits.
    typed[2], typed[6], typed[9] = wrong(typed[2], 3), typed[6][:5], ""
    screen.send("/activate", block=typed)

    assert screen.typed == typed
    assert "3 of 13 blocks need another look" in screen.words
    assert "Charlie : Does not fit" in screen.words
    assert "Golf : Fewer than 7 digits" in screen.words
    assert "Juliet : Still empty" in screen.words


def test_swapped_boxes_are_told_where_they_belong(screen: Screen) -> None:
    with_key(screen)
    typed = screen.answer()
    typed[3], typed[4] = typed[4], typed[3]
    screen.send("/activate", block=typed)

    assert "Delta : This fits in Echo" in screen.words
    assert "Echo : This fits in Delta" in screen.words


def test_the_whole_code_may_stand_in_one_box(screen: Screen) -> None:
    with_key(screen)
    typed = screen.answer()
    misheard = [*typed[:12], wrong(typed[12], 13)]

    screen.send("/activate", block=["", " ".join(misheard), *[""] * 11])
    assert screen.typed == [blocks.show(block) for block in misheard]
    assert "1 of 13 blocks needs another look" in screen.words

    screen.send("/activate", block=["", " - ".join(typed), *[""] * 11])
    assert "This computer is activated" in screen.words


def test_the_answer_to_another_installation_id_is_refused_and_kept(screen: Screen) -> None:
    with_key(screen)
    another = screen.answer()
    with_key(screen).send("/activate", block=another)

    assert "does not belong to the Installation ID" in screen.words
    assert screen.typed == another


def test_a_form_that_was_made_up_is_no_defect(screen: Screen) -> None:
    for fields in ({}, {"block": []}, {"block": ["1"] * 99}, {"block": ["9" * 5000]}, {"product_key": ""}):
        assert with_key(screen).send("/activate", **fields).last.status_code == 200


def test_the_region_is_that_of_the_readers_language_and_its_name_in_it(screen: Screen) -> None:
    with_key(screen).open("/activate", **{"Accept-Language": "de-AT,en;q=0.5"})

    assert "From Österreich , dial 00 49 30 23125142" in screen.words
    assert "A toll number abroad" in screen.words
    assert '<option value="AT" selected>Österreich</option>' in screen.html


def test_without_a_region_none_is_guessed(screen: Screen) -> None:
    assert "Choose where you call from" in with_key(screen).open("/activate", **{"Accept-Language": "de"}).words


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
    assert said in with_key(screen).open(f"/activate?region={region}").words
    assert said in screen.open(f"/number?region={region}").words


def test_an_example_number_is_called_one_and_is_no_link(screen: Screen) -> None:
    with_key(screen).open("/activate?region=US")

    assert "Example. This number is kept for fiction and reaches nobody" in screen.words
    assert "tel:" not in screen.html


def test_an_unknown_region_has_no_number(screen: Screen) -> None:
    assert screen.open("/number?region=UK").last.status_code == 404
    assert "Choose where you call from" in with_key(screen).open("/activate?region=UK").words


def test_the_region_survives_a_form(screen: Screen) -> None:
    with_key(screen)
    screen.send("/activate", region="US", block=screen.answer())

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
    for path in ("/machine", "/machine/add/codes", "/machine/number?region=DE", "/machine/static/machine.js"):
        refused = screen.client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": address})

        assert refused.status_code == 403
        assert why in refused.get_data(as_text=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_this_computer_has_three_names(screen: Screen, host: str) -> None:
    assert screen.open("/activate", Host=host).last.status_code == 200


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
    assert screen.client.post("/machine/activate", data={"product_key": "x"}, headers=headers).status_code == status


def test_the_page_needs_no_inline_style_or_script(screen: Screen) -> None:
    body = with_key(screen).last.get_data(as_text=True)

    assert " style=" not in body
    assert not re.search(r"\son\w+=", body)
    assert set(re.findall(r"<script[^>]*>", body)) == {
        '<script type="module" src="/machine/static/machine.js">',
        '<script type="application/json" id="words">',
    }
    assert "unsafe-inline" not in screen.last.headers["Content-Security-Policy"]


def by(transport: httpx.BaseTransport, settings: Settings, parts: Parts) -> Screen:
    """The computer with a clearinghouse that is reached so; nobody waits between two attempts."""
    app = Flask("machine", template_folder=str(DATA / "pages/templates"), static_folder=DATA / "pages/static")
    app.add_url_rule("/", "home", lambda: "")
    reading = load_profile(DATA / "machines/lab-bench.toml")
    folders = Path(settings.machine_folder), Path(settings.site_folder)
    asked = Clearinghouse("http://127.0.0.1", lambda seconds: None, transport)
    machine = LicensedComputer("here", *folders, parts.products[1], reading.components, now(), asked)
    app.register_blueprint(pages(machine, lambda: reading, parts.directory, now))
    return Screen(settings, parts, app)


def test_rule_13_a_computer_is_activated_by_internet(screen: Screen) -> None:
    assert "Activate by Internet" in with_key(screen).words

    screen.send("/activate", internet="yes")

    assert "This computer is activated" in screen.words


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


def silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("nobody listens")


def refusing(code: str) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(409, json={"code": code}))


@pytest.mark.parametrize(
    ("transport", "heading"),
    [
        (httpx.MockTransport(broken), "The Internet was interrupted"),
        (httpx.MockTransport(silent), "The clearinghouse cannot be reached"),
        (refusing("in_use"), "This computer is not the one that is known"),
        (refusing("not_genuine"), "The code cannot be verified"),
    ],
)
def test_rule_42_each_cause_is_told_apart_and_the_remedies_stand_in_order(
    settings: Settings, parts: Parts, transport: httpx.MockTransport, heading: str
) -> None:
    screen = with_key(by(transport, settings, parts)).send("/activate", internet="yes")

    assert heading in screen.words
    telephone, support = (screen.words.index(words) for words in ("Use the telephone", "Ask product support"))
    assert screen.words.index(heading) < telephone < support
    assert len(screen.shown_id) == 7  # the telephone is beside it


def test_rule_36_the_internet_stands_first_and_the_telephone_is_for_those_without(screen: Screen) -> None:
    words = with_key(screen).words

    assert words.index("Activate by Internet") < words.index("By telephone: only if you do not have an Internet")


def test_rule_17_changed_hardware_is_activated_by_calling(screen: Screen) -> None:
    moved = screen.activated().on_other_hardware().open("/activate")

    assert "Call this number" in moved.words
    assert "Activate by Internet" not in moved.words


def test_rule_6_a_logon_is_answered_by_a_reminder_until_the_server_is_activated(screen: Screen) -> None:
    for _ in range(2):
        assert "Please activate Harbor Server" in screen.open("/logon").words
    assert "Nothing to be reminded of" in screen.activated().open("/logon").words


def test_rule_6_and_14_the_first_page_prompts_after_setup_and_again_after_a_day(
    screen: Screen, settings: Settings
) -> None:
    assert screen.open().at == "/logon"
    assert screen.open().at == ""

    path = Path(settings.machine_folder, "product-1/activation.json")
    kept = screen.computer().server.activation
    kept_file.write_to(path, replace(kept, reminded_at=now() - timedelta(hours=24)), "activation")
    assert screen.open().at == "/logon"


def test_rule_14_each_entry_point_is_on_every_page(screen: Screen) -> None:
    screen.open("/usage")

    assert "Activate Harbor Server</a>" in screen.html.partition("Start</summary>")[2]  # Start menu
    assert "30 days left</a>" in screen.html  # the key
    assert ".venv/bin/phone-activation licensing" in screen.html  # the command line


def test_rule_11_every_bit_of_the_installation_id_is_told(screen: Screen) -> None:
    with_key(screen)
    shown = screen.shown_id

    screen.open("/disclosure")

    assert screen.shown_id == shown
    assert "Together 139" in screen.words
    assert "mixed with the code" in screen.words


def test_a_damaged_file_stops_no_start_and_is_said_in_a_sentence(screen: Screen) -> None:
    Path(screen.settings.machine_folder, "product-1/activation.json").write_text("{}")

    after_a_restart = Screen(screen.settings, screen.parts).open("/activate")

    assert after_a_restart.last.status_code == 500
    assert "cannot be read: it is cut off" in after_a_restart.words
    assert "Put a copy or a backup of it in its place" in after_a_restart.words


def test_what_was_typed_is_shown_again_where_a_damaged_file_refuses_it(screen: Screen) -> None:
    code = screen.activated().license_code()
    (screen.computer().server.home / "licences.json").write_text("{}")

    assert f"What you had typed: {code}" in screen.send("/add/codes", do="add", code=code).words
