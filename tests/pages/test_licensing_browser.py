"""The licensed computer's other pages in a real browser: wizards, taskpad, mode, site, in every look and state."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visitor import LiveServer, LookClosely, OpenPage

from activation_core.clearinghouse.desk import Confirmation
from app import now

Answer = Callable[[Page], list[str]]
Issue = Callable[[str], str]


@pytest.fixture
def license_code(live_server: LiveServer) -> Issue:
    """Bought: a license code for a pack of this name."""
    parts = live_server.parts

    def issue(pack: str) -> str:
        return parts.desk.issue(1, 1, parts.products[1].pack(pack), random.Random().randrange, now())[0].shown

    return issue


@pytest.fixture
def answer(live_server: LiveServer) -> Answer:
    """What the vendor says to the Installation ID on this page."""

    def ask(page: Page) -> list[str]:
        shown = page.locator("#installation-id .block").all_text_contents()
        confirmation = live_server.parts.desk.confirm(" ".join(shown), "operator", now())
        assert isinstance(confirmation, Confirmation), confirmation
        return list(confirmation.blocks)

    return ask


@pytest.fixture
def activate(live_server: LiveServer) -> Callable[[Page], None]:
    """By Internet, in two steps."""
    key = live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0].shown

    def activate(page: Page) -> None:
        page.goto("/machine/activate")
        page.get_by_role("textbox", name="Product key").fill(key)
        press(page, "Use this key")
        press(page, "Activate by Internet")
        expect(page.get_by_role("heading", name="This computer is activated")).to_be_visible()

    return activate


def press(page: Page, button: str) -> None:
    """Press the button and wait for the page that answers, its scripts included."""
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def enter(page: Page) -> None:
    with page.expect_event("load"):
        page.keyboard.press("Enter")


def follow(page: Page, link: str) -> None:
    with page.expect_event("load"):
        page.locator("main").get_by_role("link", name=link, exact=True).first.click()


def type_in(page: Page, field: str, text: str) -> None:
    page.get_by_role("textbox", name=field).fill(text)


def hear(page: Page, blocks: list[str]) -> None:
    """Type the Confirmation ID, block by block; the cursor moves on by itself."""
    page.get_by_label("Block Alpha", exact=True).focus()
    for block in blocks:
        page.keyboard.type(block)


def add_codes(page: Page, *typed: str) -> None:
    for code in typed:
        type_in(page, "License code", code)
        press(page, "Add")


def until_focused(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the Tab key never came to {selector}")


def test_a_whole_life_of_a_licensed_computer(
    page: Page, live_server: LiveServer, license_code: Issue, answer: Answer, tmp_path: Path
) -> None:
    """Issue 4: installed, reminded, activated, licensed, lost, restored, changed, transferred, in another mode."""
    settings = live_server.settings
    store = Path(settings.machine_folder, "product-1/licences.json")

    # Fresh from Setup, the computer prompts, and activates by telephone.
    page.goto("/machine")
    expect(page.get_by_role("heading", name="Please activate Harbor Server")).to_be_visible()
    follow(page, "Activate now")
    type_in(page, "Product key", live_server.parts.desk.issue(1, 1, "standard", random.randrange, now())[0].shown)
    press(page, "Use this key")
    hear(page, answer(page))
    enter(page)
    expect(page.get_by_role("heading", name="This computer is activated")).to_be_visible()
    follow(page, "Go on to your licenses")

    # Two packs are bought and added by Internet, then backed up.
    bought = [license_code("5-device"), license_code("20-user")]
    follow(page, "Add Client Licenses")
    follow(page, "Next")
    press(page, "Next")
    press(page, "Next")
    add_codes(page, *bought)
    press(page, "Next")
    press(page, "Next")
    expect(page.get_by_text("All licenses of this run are installed")).to_be_visible()
    press(page, "Back up the licenses now")
    follow(page, "Next")
    type_in(page, "Location", str(tmp_path))
    type_in(page, "File name", "licenses.json")
    press(page, "Back up")
    follow(page, "Finish")
    expect(page.locator(".tiles")).to_contain_text("Installed licenses 30", use_inner_text=True)

    # The store is lost, and restored.
    store.unlink()
    page.reload()
    expect(page.locator(".tiles")).to_contain_text("Installed licenses 5", use_inner_text=True)
    follow(page, "Restore License Wizard")
    follow(page, "Next")
    type_in(page, "File of the backup", str(tmp_path / "licenses.json"))
    press(page, "Restore")
    expect(page.get_by_text("2 license codes are here again")).to_be_visible()
    follow(page, "Finish and refresh")

    # The hardware is changed: the server is activated again, a reissue is refused, a transfer is done by telephone.
    live_server.restart(replace(settings, machine_profile="ship-bridge"))
    page.goto("/machine/activate?region=US")
    expect(page.get_by_role("heading", name="The hardware has changed")).to_be_visible()
    hear(page, answer(page))
    enter(page)
    follow(page, "Go on to your licenses")
    expect(page.get_by_text("2 license codes were confirmed for other hardware")).to_be_visible()
    page.goto("/machine/add/codes?kind=reissue&method=internet")
    add_codes(page, bought[0])
    expect(page.get_by_role("alert")).to_contain_text("its hardware was changed too much")
    follow(page, "Transfer License Wizard")
    follow(page, "Next")
    add_codes(page, *bought)
    press(page, "Next")
    page.get_by_label("Country or region").select_option("US")
    press(page, "Next")
    for place in (1, 2):
        expect(page.get_by_role("heading", name=f"IID {place} of 2")).to_be_visible()
        hear(page, answer(page))
        enter(page)
    press(page, "Finish and refresh")
    expect(page.locator(".tiles")).to_contain_text("Installed licenses 30", use_inner_text=True)

    # The mode is changed, and the licenses go to the pool by an act of their own.
    page.goto("/machine/mode")
    page.get_by_label("Per Device or Per User").check()
    press(page, "Next")
    page.get_by_label("I am sure").check()
    press(page, "Change the mode")
    expect(page.get_by_text("30 licenses of this server wait")).to_be_visible()
    follow(page, "Licenses of the site")
    press(page, "Add the licenses of this server to the pool")
    expect(page.locator(".tiles")).to_contain_text("In the pool 30", use_inner_text=True)
    page.goto("/machine/history")
    expect(page.get_by_role("cell", name="Transferred the licenses of")).to_have_count(2)
    expect(page.get_by_role("cell", name="Changed the licensing mode")).to_be_visible()


def test_the_keyboard_alone_adds_licenses(
    page: Page, activate: Callable[[Page], None], license_code: Issue, answer: Answer
) -> None:
    activate(page)
    page.goto("/machine/add/method")
    until_focused(page, "input[name=method]")
    page.keyboard.press("ArrowDown")  # by telephone
    until_focused(page, "button[form=answers]")
    enter(page)
    for pack in ("5-user", "20-device"):
        until_focused(page, "#code") if pack == "5-user" else expect(page.locator("#code")).to_be_focused()
        page.keyboard.type(license_code(pack).lower())
        enter(page)
    until_focused(page, "button[value=next]")
    enter(page)
    until_focused(page, "#region")
    page.keyboard.type("Germ")
    until_focused(page, "button[form=answers]")
    enter(page)
    for _ in range(2):
        expect(page.locator("#number")).to_contain_text("030 23125142")
        until_focused(page, "#block-1")
        for block in answer(page):
            page.keyboard.type(block)
        enter(page)

    expect(page.get_by_text("All licenses of this run are installed")).to_be_visible()


def test_a_refusal_takes_the_focus_and_keeps_what_was_typed(page: Page, activate: Callable[[Page], None]) -> None:
    activate(page)
    page.goto("/machine/add/codes")
    type_in(page, "License code", "ABCDE-12345")
    press(page, "Add")

    expect(page.locator(":focus")).to_contain_text("Not accepted")
    expect(page.get_by_role("textbox", name="License code")).to_have_value("ABCDE-12345")


def test_a_confirmation_id_in_anothers_box_leads_to_its_own(
    page: Page, activate: Callable[[Page], None], license_code: Issue, answer: Answer
) -> None:
    activate(page)
    page.goto("/machine/transfer/codes?region=US")
    add_codes(page, license_code("5-user"), license_code("5-user"))
    page.goto("/machine/transfer/confirmation?region=US&iid=2")
    second = answer(page)
    page.goto("/machine/transfer/confirmation?region=US&iid=1")
    hear(page, second)
    enter(page)

    expect(page.get_by_role("alert")).to_contain_text("It belongs to IID 2 of 2")
    follow(page, "Go to IID 2")
    expect(page.get_by_role("heading", name="IID 2 of 2")).to_be_visible()


def test_rule_40_what_a_call_for_licenses_needs_can_be_printed(
    page: Page, activate: Callable[[Page], None], license_code: Issue
) -> None:
    activate(page)
    page.goto("/machine/add/codes?method=telephone&region=US")
    add_codes(page, license_code("5-user"), license_code("20-user"))
    page.goto("/machine/add/confirmation?method=telephone&region=US")
    expect(page.get_by_role("heading", name="IID 2 of 2")).to_be_hidden()
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="IID 2 of 2")).to_be_visible()  # with what the next page asks for
    expect(page.get_by_text("1 (800) 555-0199")).to_be_visible()
    expect(page.locator("#installation-id .block")).to_have_count(7)
    expect(page.get_by_label("Block Mike", exact=True)).to_be_visible()
    for hidden in (page.get_by_role("button", name="Next"), page.locator(".bar"), page.locator(".top")):
        expect(hidden).to_be_hidden()


def test_rule_14_the_start_menu_opens_by_keyboard_and_leads_to_the_activation(page: Page) -> None:
    page.goto("/machine/usage")
    until_focused(page, ".start summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    enter(page)

    expect(page.get_by_role("heading", name="Activate Harbor Server")).to_be_visible()


def test_rule_52_another_person_sees_what_they_may_not_do(page: Page, activate: Callable[[Page], None]) -> None:
    activate(page)
    page.goto("/machine/site?from=here")
    press(page, "eve, user")

    assert page.url.endswith("/machine/site?from=here")
    expect(page.get_by_role("button", name="eve, user")).to_have_attribute("aria-pressed", "true")
    page.goto("/machine")
    expect(page.locator("main").get_by_role("link", name="Add License Wizard")).to_have_count(0)


def test_axe_finds_nothing_and_nothing_sticks_out_on_any_page_in_any_state(
    page: Page,
    live_server: LiveServer,
    activate: Callable[[Page], None],
    license_code: Issue,
    look_closely: LookClosely,
    tmp_path: Path,
) -> None:
    def look() -> None:
        look_closely(page)
        pressed = "button, .button, select, summary, input:not([type=hidden], [type=radio], [type=checkbox])"
        small = page.locator(f"main :is({pressed}):visible").evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
        )
        assert small == [], page.url

    def look_at(*paths: str) -> None:
        for path in paths:
            page.goto(f"/machine{path}")
            look()

    look_at("/logon", "", "/add", "/disclosure", "/usage", "/site", "/mode", "/register", "/give-up", "/history")
    page.locator(".start summary").click()
    look()
    activate(page)
    look_at("/logon", "/agreement", "/privacy", "/purchase", "/transfer", "/restore", "/back-up", "/restore/file")
    look_at("/add", "/add/kind", "/add/method", "/add/codes", "/add/region?method=telephone")
    page.goto("/machine/add/codes?method=telephone&region=US")
    type_in(page, "License code", "ABCDE")
    press(page, "Add")
    look()
    bought = [license_code("5-device"), license_code("20-user")]
    add_codes(page, *bought)
    look()
    look_at("/add/confirmation?method=telephone&region=US", "/disclosure?entry=2", "/add/done?method=telephone")
    live_server.parts.desk.revoke(bought[1], now())
    page.goto("/machine/add/internet")
    press(page, "Next")
    expect(page.get_by_role("alert")).to_contain_text("1 of 2 codes could not be activated")
    look()
    look_at("/add/confirmation?method=telephone&region=US&iid=1", "", "/history", "/license-information", "/give-up")
    page.goto("/machine/back-up/file")
    type_in(page, "Location", str(tmp_path / "gone"))
    press(page, "Back up")
    look()
    type_in(page, "Location", str(tmp_path))
    press(page, "Back up")
    look()
    page.goto("/machine/restore/file")
    type_in(page, "File of the backup", "/nowhere")
    press(page, "Restore")
    page.get_by_text("Look at the automatic copies").click()
    look()
    type_in(page, "File of the backup", str(next(tmp_path.glob("Harbor*.json"))))
    press(page, "Restore")
    look()
    page.goto("/machine/usage")
    type_in(page, "User", "Ada")
    type_in(page, "Device", "Desk 7")
    press(page, "Connect")
    look()
    page.goto("/machine/mode")
    page.get_by_label("Per Device or Per User").check()
    press(page, "Next")
    press(page, "Change the mode")
    look()
    page.get_by_label("I am sure").check()
    press(page, "Change the mode")
    look()
    follow(page, "Licenses of the site")
    press(page, "Add the licenses of this server to the pool")
    page.get_by_text("Make or change a group").click()
    type_in(page, "Name", "Night shift")
    type_in(page, "Members", "cyd")
    page.get_by_label("Licenses", exact=True).fill("99")
    press(page, "Keep this group")
    look()
    page.get_by_label("Licenses", exact=True).fill("1")
    press(page, "Keep this group")
    page.goto("/machine/usage")
    type_in(page, "User", "cyd")
    type_in(page, "Device", "Desk 8")
    press(page, "Connect")
    look_at("/site", "/usage")
    press(page, "eve, user")
    look_at("", "/mode", "/site", "/add/codes", "/give-up")
    store = Path(live_server.settings.machine_folder, "product-1/licences.json")
    store.write_bytes(store.read_bytes()[:99])
    look_at("")


def test_everything_works_without_a_script(
    open_page: OpenPage, activate: Callable[[Page], None], license_code: Issue, answer: Answer
) -> None:
    page = open_page(java_script_enabled=False)
    activate(page)
    page.goto("/machine/add/codes?method=telephone&region=US")
    add_codes(page, license_code("5-user"))
    page.goto("/machine/add/confirmation?method=telephone&region=US")
    for place, block in enumerate(answer(page), 1):
        page.locator(f"#block-{place}").fill(block)
    press(page, "Next")

    expect(page.get_by_text("All licenses of this run are installed")).to_be_visible()
