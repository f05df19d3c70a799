"""The operator's desk in a real browser: a call that is put through, by mouse, by keyboard alone, in every look."""

import random
import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect
from visitor import LiveServer, LookClosely, OpenPage

from activation_core import blocks, codes, installation_id
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.installation_id import Operation
from app import now
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.rehearsal import dialling

PASSWORD = "correct horse battery"
REFUSED = """
calls from US
hears welcome
hears press_for_language
presses 2
hears enter_id
presses the Installation ID
hears refused_in_use
presses 0
hears putting_through
is put through
"""
Refused = Callable[[str], None]


@pytest.fixture
def operator(live_server: LiveServer) -> None:
    live_server.parts.staff.accounts.add("ada", PASSWORD, "terminal", now())


@pytest.fixture
def key(live_server: LiveServer) -> str:
    """A product key that another computer has already."""
    code = live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0]
    live_server.parts.desk.confirm(an_id(code.text, 0x11111111), "telephone", now())
    return code.shown


def an_id(key: str, hardware: int = 0x11144444) -> str:
    return installation_id.make(Operation.ACTIVATE, codes.parse(key), 0, hardware, 0).digits


@pytest.fixture
def call(live_server: LiveServer) -> Refused:
    """A simulated call over the real webhooks: refused, and put through."""

    def call(shown: str) -> None:
        caller = scenario.Caller(scenario.parse("refused", REFUSED), shown, live_server.parts.books)
        with httpx.Client() as client:
            carrier = Carrier(client, auth_token=None, voice_url=f"{live_server.url}/voice")
            carrier.place(dialling("US", "+18005550199", shown), scenario.line_of(caller, []))

    return call


def sign_in(page: Page, to: str = "/desk") -> Page:
    page.goto(to)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    return page


def press(page: Page, button: str) -> None:
    """Press the button and wait for the page that answers, its scripts included."""
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def read_out(page: Page) -> list[str]:
    return page.locator(".said .digits").all_text_contents()


def test_a_refused_caller_is_put_through_and_approved_and_the_computer_accepts_what_is_read_out(
    page: Page, open_page: OpenPage, operator: None, key: str, call: Refused
) -> None:
    computer, desk = page, sign_in(open_page())
    expect(desk.get_by_text("Nobody is waiting.")).to_be_visible()
    computer.goto("/machine/activate?region=US")
    computer.get_by_role("textbox", name="Product key").fill(key)
    press(computer, "Use this key")
    shown = computer.locator("#installation-id .block").all_text_contents()

    call("".join(shown).replace(" ", ""))

    waiting = desk.get_by_role("link", name=re.compile("Caller"))
    expect(waiting).to_be_visible(timeout=8_000)  # by itself
    expect(desk.get_by_role("status")).to_have_text("A new caller.")
    waiting.click()
    assert [desk.get_by_label(f"Block {place}").input_value() for place in range(1, 8)] == shown
    press(desk, "Look up")
    desk.get_by_label("The other computer is out of use").check()
    press(desk, "Approve")
    expect(desk.locator(".said [lang='es-US']").nth(4)).to_have_text("Eco")
    read = read_out(desk)

    for name, block in zip(BLOCK_NAMES, read, strict=True):
        computer.get_by_label(f"Block {name}", exact=True).fill(block)
    press(computer, "Activate")
    expect(computer.get_by_role("heading", name="This computer is activated")).to_be_visible()
    desk.get_by_role("link", name="To the queue").click()
    expect(desk.get_by_text("Nobody is waiting.")).to_be_visible()


def test_by_keyboard_alone_missing_blocks_are_filled_in_and_a_case_is_approved(
    page: Page, live_server: LiveServer, operator: None, key: str
) -> None:
    parts = blocks.cut(an_id(key))
    keyed = "".join("-" * 7 if place == 2 else part for place, part in enumerate(parts))
    reference = live_server.parts.records.hand_over("CA1", keyed, "", "repair", "en-US", now()).reference
    page.goto("/desk")
    page.wait_for_function("document.activeElement.id === 'name'")  # the cursor is there
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    enter(page)
    go_to(page, "Reference that the caller heard")
    page.keyboard.type(blocks.show(reference))
    enter(page)
    go_to(page, "Block 3")
    page.keyboard.type(parts[2])
    expect(page.locator("#progress")).to_have_text("All blocks fit.")
    expect(page.get_by_role("button", name="Look up")).to_be_focused()
    enter(page)
    go_to(page, "Its hardware was repaired or replaced")
    page.keyboard.press("Space")
    enter(page)
    for _ in range(3):
        page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.type") != "checkbox":
        page.keyboard.press("Tab")
    for _ in range(13):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    assert page.locator(".said :checked").count() == 13
    expect(page.get_by_role("link", name="To the queue")).to_be_focused()
    enter(page)
    expect(page.get_by_text("Nobody is waiting.")).to_be_visible()


def enter(page: Page) -> None:
    with page.expect_event("load"):
        page.keyboard.press("Enter")


def go_to(page: Page, label: str) -> None:
    """By Tab."""
    target = page.get_by_label(label, exact=True)
    for _ in range(40):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {label!r}")


def test_every_page_in_every_look(
    page: Page, live_server: LiveServer, look_closely: LookClosely, operator: None, key: str
) -> None:
    shown = an_id(key)
    reference = live_server.parts.records.hand_over(
        "CA1", shown[:7] + "-" * 42, "in_use", "repair", "es-US", now()
    ).reference
    page.goto("/desk")
    look_closely(page)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    press(page, "Sign in")
    look_closely(page)
    sign_in(page)
    for path in ("", f"/callers/{reference}", "/caller?reference=1", "/look-up", "/audit"):
        page.goto(f"/desk{path}")
        look_closely(page)
    page.goto("/desk/look-up")
    for typed in (shown[:-1], "0" * 49, shown):
        page.get_by_label("Installation ID, product key").fill(typed)
        press(page, "Look up")
        look_closely(page)
        if typed != shown:
            page.goto("/desk/look-up")
    page.get_by_label("The proof of purchase was shown").check()
    press(page, "Approve")
    page.get_by_label("Bravo").check()
    look_closely(page)


def test_without_a_script_it_all_works(open_page: OpenPage, live_server: LiveServer, operator: None, key: str) -> None:
    shown = an_id(key)
    page = open_page(java_script_enabled=False)
    live_server.parts.records.hand_over("CA1", shown, "in_use", "confirm", "en-US", now())
    sign_in(page)
    page.get_by_role("link", name=re.compile("Caller")).click()
    press(page, "Look up")
    page.get_by_label("A supervisor decided").first.check()
    press(page, "Approve")
    assert len(read_out(page)) == 13


def test_the_queue_of_somebody_who_was_signed_out_says_so(page: Page, live_server: LiveServer, operator: None) -> None:
    sign_in(page)
    live_server.parts.staff.accounts.change_password("ada", PASSWORD, "terminal", now())
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=8_000)
