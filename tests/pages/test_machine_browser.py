"""/machine/activate in a real browser: typed, pasted, by keyboard, with and without a script, in every look."""

import random
import sys
import unicodedata
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from visitor import LiveServer, LookClosely, OpenPage

from activation_core import blocks
from activation_core.clearinghouse.desk import Confirmation
from activation_core.confirmation_id import BLOCK_NAMES
from app import now

Answer = Callable[[Page], list[str]]


@pytest.fixture
def product_key(live_server: LiveServer) -> str:
    return live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0].shown


@pytest.fixture
def answer(live_server: LiveServer) -> Answer:
    """What the vendor says to the Installation ID on this page."""

    def ask(page: Page) -> list[str]:
        shown = page.locator("#installation-id .block").all_text_contents()
        confirmation = live_server.parts.desk.confirm(" ".join(shown), "operator", now())
        assert isinstance(confirmation, Confirmation)
        return list(confirmation.blocks)

    return ask


@pytest.fixture
def machine(page: Page, product_key: str) -> Page:
    """The page of a computer with a product key."""
    return with_key(page, product_key)


def with_key(page: Page, product_key: str) -> Page:
    page.goto("/machine/activate?region=US")
    page.get_by_role("textbox", name="Product key").fill(product_key)
    send(page, "Use this key")
    expect(page.get_by_role("heading", name="Key in the Installation ID")).to_be_visible()
    return page


def send(page: Page, button: str) -> None:
    """Press the button and wait for the page that answers, its scripts included."""
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def box(page: Page, name: str) -> Locator:
    return page.get_by_label(f"Block {name}", exact=True)


def verdict(page: Page, name: str) -> Locator:
    """The words that the box is described by."""
    return page.locator(f"#{box(page, name).get_attribute('aria-describedby')}")


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def paste(page: Page, name: str, text: str) -> None:
    box(page, name).evaluate(
        """(input, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            input.focus();
            input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def wrong(block: str, place: int) -> str:
    """With another last digit, so that it fits neither here nor in the boxes beside."""
    others = (block[:6] + digit for digit in "0123456789")
    return next(one for one in others if not any(blocks.is_block(one, near) for near in range(place - 1, place + 2)))


def test_a_computer_is_activated_by_typing_what_is_heard(machine: Page, answer: Answer) -> None:
    box(machine, "Alpha").focus()
    for name, block in zip(BLOCK_NAMES, answer(machine), strict=True):
        expect(focused(machine)).to_have_accessible_name(f"Block {name}")
        machine.keyboard.type(block)
        expect(verdict(machine, name)).to_have_text("✓ Fits")
        expect(box(machine, name)).to_have_value(blocks.show(block))
    expect(focused(machine)).to_have_text("Activate")

    machine.keyboard.press("Enter")

    expect(machine.get_by_role("heading", name="This computer is activated")).to_be_visible()
    expect(focused(machine)).to_have_id("state")
    assert machine.url.endswith("/machine/activate?region=US#state")


def test_the_keyboard_alone_is_enough(page: Page, product_key: str, answer: Answer) -> None:
    page.goto("/machine/activate")
    until_focused(page, "Product key")
    page.keyboard.type(product_key.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(focused(page)).to_have_id("state")
    until_focused(page, "Your country or region")
    page.keyboard.type("Germ")
    expect(page.locator("#number")).to_contain_text("030 23125142")
    until_focused(page, "Block Alpha")
    for block in answer(page):
        page.keyboard.type(block)
    page.keyboard.press("Enter")

    expect(focused(page)).to_contain_text("This computer is activated")


def until_focused(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.labels?.[0]?.textContent.trim().replace(/\\s+/g, ' ')") == name:
            return
    pytest.fail(f"the Tab key never came to {name}")


def test_a_mistyped_block_is_said_in_words_and_the_cursor_stays(machine: Page, answer: Answer) -> None:
    first = answer(machine)[0]
    box(machine, "Alpha").press_sequentially(wrong(first, 1))

    expect(box(machine, "Alpha")).to_be_focused()
    expect(box(machine, "Alpha")).to_have_attribute("aria-invalid", "true")
    expect(box(machine, "Alpha")).to_have_accessible_description("Does not fit. Compare it with what you heard")
    expect(machine.locator("#spoken")).to_have_text("Alpha: Does not fit. Compare it with what you heard.")

    machine.keyboard.press("Backspace")
    expect(box(machine, "Alpha")).not_to_have_attribute("aria-invalid", "true")
    machine.keyboard.type(first[6])
    expect(verdict(machine, "Alpha")).to_have_text("✓ Fits")
    expect(box(machine, "Bravo")).to_be_focused()


def test_a_block_in_the_wrong_box_is_told_where_it_belongs(machine: Page, answer: Answer) -> None:
    box(machine, "Bravo").press_sequentially(answer(machine)[2])

    expect(verdict(machine, "Bravo")).to_have_text("✗ This fits in Charlie. Swapped?")


def test_half_a_block_is_no_mistake_until_it_is_left(machine: Page) -> None:
    box(machine, "Alpha").press_sequentially("1234")
    expect(verdict(machine, "Alpha")).to_be_empty()

    machine.keyboard.press("Tab")
    expect(verdict(machine, "Alpha")).to_have_text("✗ Fewer than 7 digits")


def test_backspace_in_an_empty_box_goes_back_and_arrows_do_not(machine: Page) -> None:
    box(machine, "Charlie").press("ArrowLeft")
    expect(box(machine, "Charlie")).to_be_focused()

    machine.keyboard.press("Backspace")
    expect(box(machine, "Bravo")).to_be_focused()


@pytest.mark.parametrize("name", ["Alpha", "Mike"])
def test_the_whole_code_can_be_pasted_into_any_box(machine: Page, answer: Answer, name: str) -> None:
    heard = zip(BLOCK_NAMES, answer(machine), strict=True)
    paste(machine, name, "\n".join(f"{called}: {blocks.show(block)}" for called, block in heard))

    expect(machine.locator("#progress")).to_have_text("All blocks fit.")
    expect(machine.locator("#spoken")).to_have_text("All blocks fit.")
    expect(focused(machine)).to_have_text("Activate")


def test_a_part_of_the_code_goes_where_it_fits(machine: Page, answer: Answer) -> None:
    paste(machine, "Alpha", "".join(answer(machine)[3:6]))

    expect(machine.locator("#progress")).to_have_text("3 of 13 blocks fit.")
    expect(verdict(machine, "Delta")).to_have_text("✓ Fits")
    expect(box(machine, "Golf")).to_be_focused()


def test_too_many_digits_are_shown_and_not_lost(machine: Page, answer: Answer) -> None:
    paste(machine, "Alpha", "".join(answer(machine)) + "99")

    expect(verdict(machine, "Mike")).to_have_text("✗ More than 7 digits")
    expect(box(machine, "Mike")).to_be_focused()


def test_the_button_asks_for_what_is_missing_and_sends_nothing(machine: Page, answer: Answer) -> None:
    paste(machine, "Alpha", "".join(answer(machine)[:12]))
    machine.get_by_role("button", name="Activate", exact=True).click()

    expect(box(machine, "Mike")).to_be_focused()
    expect(verdict(machine, "Mike")).to_have_text("✗ Still empty")
    expect(machine.locator("#spoken")).to_have_text("1 of 13 blocks need another look.")


def test_the_button_says_that_it_is_checking(machine: Page, answer: Answer) -> None:
    paste(machine, "Alpha", "".join(answer(machine)))
    machine.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    machine.get_by_role("button", name="Activate", exact=True).click()

    expect(machine.get_by_role("button", name="Checking…")).to_have_attribute("aria-disabled", "")
    expect(machine.locator("#spoken")).to_have_text("Checking…")


def test_a_refusal_takes_the_focus_and_keeps_what_was_typed(
    machine: Page, live_server: LiveServer, answer: Answer
) -> None:
    another = answer(machine)
    machine.get_by_text("Use another product key").click()
    key = live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0].shown
    machine.get_by_label("Other product key").fill(key)
    send(machine, "Use this key")
    paste(machine, "Alpha", "".join(another))
    send(machine, "Activate")

    expect(focused(machine)).to_contain_text("does not belong to the Installation ID on this screen")
    expect(box(machine, "Mike")).to_have_value(blocks.show(another[12]))


def test_the_number_follows_the_country_at_once(machine: Page) -> None:
    expect(machine.locator("#number")).to_contain_text("Free of charge from United States")
    expect(machine.get_by_role("button", name="Show number")).to_be_hidden()
    machine.get_by_label("Your country or region").select_option("AT")

    expect(machine.locator("#number")).to_contain_text("the nearest is in Germany")
    assert machine.url.endswith("?region=AT")


def test_countries_are_sorted_as_their_readers_do(open_page: OpenPage, product_key: str) -> None:
    page = with_key(open_page(locale="sv-SE"), product_key)

    last = page.locator("#region option").all_text_contents()[-3:]
    assert last == ["Åland", "Österrike", "Östtimor"]


def test_the_installation_id_can_be_copied(open_page: OpenPage, product_key: str) -> None:
    page = with_key(open_page(permissions=["clipboard-read", "clipboard-write"]), product_key)
    page.get_by_role("button", name="Copy").click()

    expect(page.locator("#copied")).to_have_text("Copied.")
    shown = page.locator("#installation-id .block").all_text_contents()
    assert page.evaluate("navigator.clipboard.readText()") == " ".join(shown)


def test_rule_40_what_the_call_needs_can_be_printed(machine: Page) -> None:
    machine.emulate_media(media="print")

    expect(machine.get_by_text("1 (800) 555-0199")).to_be_visible()
    expect(machine.locator("#installation-id .block")).to_have_count(7)
    expect(box(machine, "Mike")).to_be_visible()
    expect(machine.get_by_role("button", name="Activate", exact=True)).to_be_hidden()
    expect(machine.get_by_label("Your country or region")).to_be_hidden()


def test_all_works_without_a_script(open_page: OpenPage, product_key: str, answer: Answer) -> None:
    page = with_key(open_page(java_script_enabled=False), product_key)
    page.get_by_label("Your country or region").select_option("DE")
    page.get_by_role("button", name="Show number").click()
    expect(page.get_by_text("030 23125142").first).to_be_visible()
    said = answer(page)
    for name, block in zip(BLOCK_NAMES, [*said[:12], wrong(said[12], 13)], strict=True):
        box(page, name).fill(block)
    page.get_by_role("button", name="Activate", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("Mike: Does not fit")
    page.get_by_role("link", name="Mike").click()
    box(page, "Mike").fill(said[12])
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.get_by_role("heading", name="This computer is activated")).to_be_visible()


def test_axe_finds_nothing_and_nothing_sticks_out(
    page: Page, product_key: str, answer: Answer, look_closely: LookClosely
) -> None:
    page.goto("/machine/activate")
    page.get_by_role("textbox", name="Product key").fill("ABCDE")
    send(page, "Use this key")
    expect(page.get_by_text("Group 1")).to_be_visible()
    look_closely(page)
    with_key(page, product_key)
    said = answer(page)
    page.get_by_text("Use another product key").click()
    box(page, "Alpha").press_sequentially(said[0])
    box(page, "Bravo").press_sequentially(wrong(said[1], 2))
    look_closely(page)
    # Past the script's own check, for the summary that the server makes.
    with page.expect_event("load"):
        page.evaluate("document.querySelector('#confirmation').submit()")
    expect(page.get_by_role("alert")).to_be_visible()
    look_closely(page)
    paste(page, "Alpha", "".join(said))
    send(page, "Activate")
    page.get_by_text("Show the Confirmation ID").click()
    look_closely(page)


def test_everything_that_is_pressed_is_large_enough(open_page: OpenPage, product_key: str) -> None:
    page = with_key(open_page(viewport={"width": 320, "height": 640}), product_key)
    page.get_by_text("Use another product key").click()

    sizes = page.locator("main :is(button, input:not([type=hidden]), select, summary):visible").evaluate_all(
        "all => all.map(one => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 60)])"
    )
    assert [(height, what) for height, what in sizes if height < 44] == []


def test_the_check_digit_is_the_same_in_the_browser(machine: Page) -> None:
    chance = random.Random(7)
    cases = [(f"{chance.randrange(10**7):07d}", chance.randrange(1, 30)) for _ in range(2000)]
    cases += [
        (case + blocks.check_digit(case, place), place) for case in ("000000", "999999") for place in range(1, 14)
    ]
    found = machine.evaluate(
        """async (cases) => {
            const { fits } = await import("/static/damm.js");
            return cases.map(([digits, place]) => fits(digits, place));
        }""",
        cases,
    )

    assert found == [blocks.is_block(digits, place) for digits, place in cases]
    assert 100 < sum(found) < 400


def test_digits_of_every_script_are_read_in_the_browser(machine: Page) -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.decimal(chr(code), None) is not None]
    texts = [*every, "123 4567", "Alpha: 123-4567", "l23 456O", "Bravo", "", "1\u00a023\t45.67"]
    found = machine.evaluate(
        """async (texts) => {
            const { digitsOf } = await import("/static/digits.js");
            return texts.map(digitsOf);
        }""",
        texts,
    )

    assert found[: len(every)] == [str(unicodedata.decimal(character)) for character in every]
    assert found[len(every) :] == ["1234567", "1234567", "1234560", "", "", "1234567"]
