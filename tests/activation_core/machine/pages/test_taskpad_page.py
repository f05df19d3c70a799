"""The computer's first page: To Do List, Manage Your Licenses, history, and what is read or printed from there."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from computer_screen import ADA, Screen, masked
from flask import Flask

from activation_core import codes, server_activation
from activation_core.machine import kept_file
from activation_core.machine.components import load_profile
from activation_core.machine.pages.blueprint import pages
from app import DATA, Settings, now


def taskpad(screen: Screen) -> Screen:
    """Past the prompt of the first visit."""
    screen.open("/logon")
    return screen.open()


def test_rule_47_there_are_two_tasks_to_do_in_their_order(screen: Screen) -> None:
    words = taskpad(screen).words

    assert "1 Activate Your Server 30 days left" in words
    assert "2 Add Client Licenses Activate the server first." in words


def test_rule_47_what_is_done_is_ticked(screen: Screen) -> None:
    screen.activated().with_pack()

    words = taskpad(screen).words
    assert "✓ Activate Your Server Done" in words
    assert "✓ Add Client Licenses Done" in words


def test_rule_19_and_48_the_included_five_count_but_stand_in_no_table(screen: Screen) -> None:
    words = taskpad(screen).words

    assert "Installed licenses 5 5 included, 0 added" in words
    assert "have no code and need no activation" in words


def test_rule_48_the_codes_are_masked_and_their_licenses_counted(screen: Screen) -> None:
    code = screen.activated().with_pack("20-device")

    words = taskpad(screen).words
    assert "Installed licenses 25 5 included, 20 added" in words
    assert f"{masked(code)} 20 device licenses" in words
    assert code not in screen.html


def test_rule_48_the_product_id_is_for_support_and_tells_no_code(screen: Screen) -> None:
    screen.activated()
    key = screen.computer().server.activation.product_key

    assert f"Product ID {codes.parse(key).product_id}" in taskpad(screen).words
    assert key not in screen.html


def test_rule_49_maximum_usage_tells_when_it_was_polled(screen: Screen) -> None:
    usage = screen.activated().computer().usage
    usage.connect("ada", "desk", "mail", now() - timedelta(minutes=20))
    usage.report(now())

    assert re.search(r"Maximum usage 1 Seen by a poll on \d+ \w+ \d{4}, \d\d:\d\d", taskpad(screen).words)


@pytest.mark.parametrize(
    "task",
    [
        *("Add License Wizard", "Back Up License Wizard", "Restore License Wizard", "Transfer License Wizard"),
        *("Purchase licenses", "Print license information", "License agreement", "Privacy policy"),
    ],
)
def test_rule_50_each_task_leads_to_its_page(screen: Screen, task: str) -> None:
    link = re.search(rf'class="task-name" href="/machine([^"]+)">{task}<', taskpad(screen.activated()).html)
    assert link

    assert screen.open(link[1]).last.status_code == 200


def test_rule_51_the_history_tells_who_when_and_what(screen: Screen) -> None:
    code = screen.activated().with_pack()

    assert re.search(rf", \d\d:\d\d ada Added the licenses of {masked(code)}", screen.open("/history").words)
    assert "\u2013 The server was activated by telephone." in screen.words  # nobody is named


def test_rule_52_what_a_role_may_not_do_is_shown_with_the_reason_and_no_link(screen: Screen) -> None:
    taskpad(screen.activated().working_as("eve"))

    assert "/machine/add" not in screen.html.partition("<main")[2]
    assert screen.words.count("Only for administrators.") == 6
    assert "Activate Your Server" in screen.words


def test_an_unknown_person_is_the_administrator_and_nobody_is_led_elsewhere(screen: Screen) -> None:
    sent = screen.client.post("/machine/working-as", data={"name": "mallory", "to": "https://evil.example/machine"})

    assert sent.location == "/machine"
    assert "working_as=ada" in sent.headers["Set-Cookie"]


def test_a_clock_set_back_is_warned_of_and_nothing_is_locked(screen: Screen, settings: Settings) -> None:
    ahead = server_activation.installed(now() - timedelta(days=10))
    soon = now() + timedelta(days=5)
    late = replace(ahead.clock, latest=soon, unleapt=soon, reading=now())
    path = Path(settings.machine_folder, "product-1/activation.json")
    kept_file.write_to(path, replace(ahead, clock=late), "activation")

    assert "clock of this computer shows an earlier time than is possible" in taskpad(screen).words
    assert "15 days left" in screen.words


def test_rule_31_licenses_for_other_hardware_are_shown_and_lead_to_the_transfer(screen: Screen) -> None:
    screen.activated().with_pack()

    words = taskpad(screen.on_other_hardware().activated()).words
    assert "1 license code was confirmed for other hardware" in words
    assert "Installed licenses 5" in words


def test_a_damaged_file_is_said_and_the_rest_is_shown(screen: Screen) -> None:
    screen.activated().with_pack()
    store = screen.computer().server.home / "licences.json"
    store.write_bytes(store.read_bytes()[:99])

    words = taskpad(screen).words
    assert "A file is damaged." in words
    assert "Put a copy or a backup of it in its place" in words
    assert "Licensing mode Per Server" in words


def test_licenses_that_were_transferred_leave_this_computer(screen: Screen) -> None:
    code = screen.activated().with_pack()
    assert "Choose the license code" in screen.send("/give-up", serial=str(codes.parse(code).serial)).words

    screen.send("/give-up", serial=str(codes.parse(code).serial), sure="yes")

    assert f"The licenses of {masked(code)} have left this computer" in screen.words
    assert screen.computer().cals.installed.total == 5


def test_rule_50_license_information_is_one_page_to_print(screen: Screen) -> None:
    code = screen.activated().with_pack()

    words = screen.open("/license-information").words
    for said in (masked(code), "10, of them 5 included", "Per Server", "Print this page"):
        assert said in words


def test_rule_50_agreement_and_privacy_policy_are_the_vendors_words(screen: Screen) -> None:
    assert "client access license" in screen.open("/agreement").words
    assert "No name, address or telephone number is needed" in screen.open("/privacy").words


def test_rule_50_the_purchase_page_names_every_pack_and_where_codes_come_from(screen: Screen) -> None:
    words = screen.open("/purchase").words

    assert all(pack.words in words.lower() for pack in screen.parts.products[1].packs)


def test_rule_1_registration_is_optional_and_kept_apart(screen: Screen) -> None:
    assert "Register now or later" in screen.activated().open("/register").words
    assert "needs a name" in screen.send("/register", name=" ", organisation="Sea & Sons").words
    assert 'value="Sea &amp; Sons"' in screen.html

    screen.send("/register", name="Ada", organisation="Sea & Sons")

    assert "Registered on" in screen.words
    kept = screen.computer().registration.read()
    assert kept is not None
    assert kept.name == "Ada"
    assert "Ada" not in (screen.computer().server.home / "activation.json").read_text()


def test_a_vendors_own_program_hands_in_its_own_person(screen: Screen) -> None:
    app = Flask("machine", template_folder=str(DATA / "pages/templates"), static_folder=DATA / "pages/static")
    app.add_url_rule("/", "home", lambda: "")
    reading = load_profile(DATA / "machines/lab-bench.toml")
    computer = screen.activated().computer()
    eda = replace(ADA, name="eda")
    app.register_blueprint(pages(computer, lambda: reading, screen.parts.directory, now, actor=lambda: eda))
    theirs = Screen(screen.settings, screen.parts, app).open("/usage")

    assert "Working as eda, administrator" in theirs.html
    assert "working-as" not in theirs.html.replace('class="working-as"', "")
