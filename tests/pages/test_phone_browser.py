"""The telephone in a real browser: calls by mouse, by keyboard alone, through a reload, to an activated computer."""

import re
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect
from visitor import LiveServer, LookClosely, OpenPage

from activation_core import blocks, installation_id
from activation_core.clearinghouse.desk import Confirmation
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.installation_id import Operation
from activation_core.machine.server import Server
from activation_core.refusals import Refusal

# One language, so that the first prompt is the one for the Installation ID.
SWEDEN = "+46846500442"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def place(page: Page, **wished: object) -> None:
    """A call that was placed elsewhere, opened by its link."""
    page.goto("/phone")
    wish = {"dialled": SWEDEN, "caller_region": "SE", **wished}
    call = page.evaluate(
        """async (wish) => {
          const headers = { "Content-Type": "application/json" };
          const answer = await fetch("/phone/calls", { method: "POST", headers, body: JSON.stringify(wish) });
          return (await answer.json()).id;
        }""",
        wish,
    )
    page.goto(f"/phone?call={call}")


def hang_up(page: Page) -> None:
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()


def captions(page: Page) -> str:
    return page.get_by_role("log", name="Captions").inner_text()


def test_a_call_by_mouse(page: Page) -> None:
    page.goto("/phone")
    page.get_by_label("Where are you calling from?").select_option("Sweden")
    expect(page.locator("#to-dial")).to_have_text("08-465 004 42")
    page.locator(".speed").nth(1).click()
    page.get_by_role("button", name="Call").click()

    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("Welcome to product activation.")
    expect(page.get_by_text("Listening: up to 49 keys, # ends")).to_be_visible()
    for key in ("4", "1", "7", "star"):
        page.get_by_role("button", name=key).click()
    expect(page.get_by_text("4 of 49, # ends")).to_be_visible()
    expect(page.locator(".keyed")).to_contain_text("You pressed 417 *")

    hang_up(page)
    expect(page.get_by_text("You hung up").last).to_be_in_viewport()  # the captions follow
    assert page.get_by_role("button", name="Call again").is_visible()


def test_a_call_by_keyboard_alone(page: Page) -> None:
    page.goto("/phone?region=SE")
    page.get_by_label("Where are you calling from?").focus()
    expect(page.locator("#to-dial")).to_have_text("08-465 004 42")
    for _ in range(4):  # the language, other numbers, what goes wrong, and
        page.keyboard.press("Tab")  # speed
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_be_focused()
    expect(page.locator("#from")).to_have_text(re.compile("^from Sweden, .4$"))
    expect(page.get_by_text("Listening: ")).to_be_visible()

    page.keyboard.type("12")
    for _ in range(4):  # save, link, captions, and
        page.keyboard.press("Tab")  # the keypad, at 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".keyed")).to_contain_text("You pressed 125")
    page.keyboard.press("#")
    expect(page.locator(".keyed")).to_contain_text("3 keys, sent by #")
    expect(page.get_by_role("log")).to_contain_text("Those digits did not fit.")

    for _ in range(3):  # the field, its button, and
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Call again")).to_be_focused()


def test_a_reload_in_mid_call_loses_nothing(page: Page) -> None:
    place(page)
    expect(page.get_by_text("Listening: up to 49 keys")).to_be_visible()
    page.keyboard.type("1234567")
    expect(page.get_by_text("7 of 49")).to_be_visible()
    before = captions(page)

    page.reload()

    expect(page.get_by_text("7 of 49")).to_be_visible()
    assert captions(page) == before
    page.keyboard.type("8")
    expect(page.locator(".keyed")).to_contain_text("You pressed 123 4567 8")
    hang_up(page)


def test_a_stream_that_ends_is_taken_up_again(page: Page) -> None:
    """The server ends a stream after four seconds: what happens later is seen all the same, and once."""
    place(page)
    expect(page.get_by_text("Listening: up to 49 keys")).to_be_visible()
    page.wait_for_timeout(4_500)

    page.keyboard.type("8")

    expect(page.locator(".keyed")).to_have_count(1)
    assert captions(page).count("Welcome") == 1
    hang_up(page)


def test_the_whole_id_is_pasted_and_what_is_heard_activates_the_computer(
    open_page: OpenPage, live_server: LiveServer, tmp_path: Path
) -> None:
    product = next(iter(live_server.parts.products.values()))
    code = live_server.parts.desk.issue(product.number, 1, product.terms[0], lambda below: below // 3, NOW)[0]
    computer = Server(tmp_path / "computer", product, {"board": "B-1", "disk": "D-1", "network": "N-1"}, NOW)
    computer.enter_product_key(code.text, NOW)
    shown = computer.installation_id(NOW)
    assert not isinstance(shown, Refusal)
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    place(page)

    page.get_by_label("Many digits at once").fill(" ".join(shown.blocks))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("This Installation ID is confirmed.")
    page.keyboard.press("Tab")  # out of the field, where keys would not be dialled
    page.keyboard.type("#" * 13)
    expect(page.locator("#notes li")).to_have_count(13)
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_text("Copied")).to_be_visible()

    assert computer.accept(page.evaluate("navigator.clipboard.readText()"), NOW) is None
    expect(page.get_by_text("Mike", exact=True)).to_be_visible()


def test_keys_that_nobody_hears_are_shown_as_lost(page: Page) -> None:
    place(page)
    expect(page.get_by_text("Listening: ")).to_be_visible()
    page.keyboard.type("0#")  # a person, please
    expect(page.get_by_role("log")).to_contain_text("I am putting you through.", timeout=10_000)

    page.keyboard.type("5")

    expect(page.locator(".lost")).to_contain_text("You pressed 5")
    expect(page.locator(".lost")).to_contain_text("lost: nothing was listening")
    hang_up(page)


def test_digits_typed_into_a_field_are_not_dialled_and_the_keyboard_can_be_switched_off(page: Page) -> None:
    place(page)
    expect(page.get_by_text("Listening: ")).to_be_visible()
    field = page.get_by_label("Many digits at once")
    field.fill("")
    field.press_sequentially("12")
    page.get_by_label("Keyboard dials").uncheck()
    page.keyboard.type("34")
    expect(field).to_have_value("12")
    field.fill("12A")
    field.press("Enter")

    expect(page.get_by_text("A telephone has no key A")).to_be_visible()
    assert page.locator(".keyed").count() == 0
    page.get_by_role("button", name="1", exact=True).focus()
    page.keyboard.type("7")  # in the keypad itself it always dials
    expect(page.locator(".keyed")).to_contain_text("You pressed 7")
    hang_up(page)


def test_every_webhook_can_be_looked_at_copied_and_replayed(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    place(page, speed="instant")
    expect(page.get_by_text("Listening: ")).to_be_visible()
    page.keyboard.type("1234567#")
    page.locator("#exchanges summary").nth(1).click()

    expect(page.get_by_text("Digits = 1234567")).to_be_visible()
    expect(page.get_by_text('<Gather action="/voice/step/enter_id"').last).to_be_visible()
    page.get_by_role("button", name="Copy as curl").last.click()
    expect(page.get_by_text("Copied: paste it into a terminal.")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("curl http://127.0.0.1:")
    assert "Digits=1234567" in command

    before, heard = page.url, captions(page).count("Please enter")
    page.get_by_role("button", name="Replay from here").last.click()
    expect(page).not_to_have_url(before)  # another call, which shows what this one did
    expect(page.locator("#exchanges > li")).to_have_count(2)
    expect(page.locator(".keyed")).to_contain_text("You pressed 123 4567")
    expect(page.get_by_text("Listening: up to 49 keys")).to_be_visible()
    assert captions(page).count("Please enter") == heard
    page.keyboard.type("8")  # and on by hand
    expect(page.get_by_text("1 of 49")).to_be_visible()
    hang_up(page)


def test_the_present_step_is_lit_in_the_graph_and_named_in_words(page: Page) -> None:
    place(page, speed="instant")

    expect(page.locator("#way [aria-current=step]")).to_have_text("enter id")
    expect(page.get_by_role("img", name="Graph of the call. Present step: enter id")).to_be_visible()
    expect(page.locator(".step.now text")).to_have_text("enter id")
    expect(page.locator(".step.passed")).to_have_count(5)
    expect(page.locator(".arrow.passed")).to_have_count(4)
    expect(page.locator(".step.now")).to_be_in_viewport()
    expect(page.get_by_role("list", name="What the keys do now")).to_contain_text("0# a person")
    page.keyboard.type("0#")  # a way that is not drawn at every step

    expect(page.locator("#way li")).to_have_text(
        ["room", "welcome", "other languages", "fare", "enter id", "hand over", "operator"]
    )
    expect(page.locator(".arrow.jump.passed")).to_have_count(1)
    expect(page.locator(".step.now")).to_be_in_viewport()
    page.reload()
    expect(page.locator("#way [aria-current=step]")).to_have_text("operator")
    page.get_by_role("button", name="Whole").click()
    box = page.locator("#graph-box")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1 && box.scrollWidth <= box.clientWidth + 1")


def test_what_goes_wrong_is_chosen_told_and_saved(page: Page) -> None:
    page.goto("/phone?region=GB")
    page.get_by_text("What goes wrong").click()
    page.get_by_label("At the desk, in this call alone").select_option("the desk is slow by 16 seconds")
    page.locator(".speed").last.click()
    page.get_by_role("button", name="Call").click()
    expect(page.locator("#from")).to_have_text("from United Kingdom, instantly, the desk is slow by 16 seconds")
    expect(page.get_by_text("Listening: ")).to_be_visible()

    page.get_by_label("Many digits at once").fill("".join(blocks.from_number(0, installation_id.BLOCKS)))
    page.get_by_role("button", name="Send").click()

    expect(page.locator("#exchanges .problem")).to_have_text("Error 11200")
    expect(page.locator("#hood-count")).to_contain_text("1 problem")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as scenario").click()
    assert re.fullmatch(r"call-[0-9a-f]{16}\.call", saved.value.suggested_filename)
    assert "given the desk is slow by 16 seconds" in Path(saved.value.path()).read_text("utf-8")
    expect(page.get_by_text("Play the file in a terminal: .venv/bin/phone-activation call call-")).to_be_visible()


def test_a_language_is_chosen_by_its_name(page: Page) -> None:
    page.goto("/phone?region=GB")
    page.get_by_label("In which language?").select_option("español")

    expect(page.locator("#answers")).to_contain_text("2 is for español.")
    page.locator(".speed").last.click()
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("list", name="What the keys do now")).to_contain_text("2 español")
    hang_up(page)


def test_a_link_plays_a_call_again_up_to_a_webhook(page: Page) -> None:
    place(page, speed="instant")
    expect(page.get_by_text("Listening: ")).to_be_visible()
    page.keyboard.type("12#")
    expect(page.locator("#exchanges > li")).to_have_count(2)
    hang_up(page)
    call = page.url.partition("call=")[2]

    page.goto(f"/phone?replay={call}&turn=1")
    page.get_by_role("button", name="Call and play again").click()

    expect(page.locator(".keyed")).to_contain_text("You pressed 12")
    hang_up(page)


def test_a_call_that_is_no_longer_kept_leads_to_a_new_one(page: Page) -> None:
    page.goto("/phone?call=0123456789abcdef")

    expect(page.get_by_text("That call is no longer kept.")).to_be_visible()
    expect(page.get_by_role("button", name="Call")).to_be_visible()


def test_a_region_with_no_number_says_so(page: Page) -> None:
    page.goto("/phone?region=AQ")

    expect(page.get_by_text("No number serves this region")).to_be_visible()
    expect(page.get_by_role("button", name="Call")).to_be_disabled()
    page.get_by_label("Dial", exact=True).select_option(SWEDEN)
    expect(page.get_by_role("button", name="Call")).to_be_enabled()


def test_without_javascript_other_ways_are_named(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/phone")

    expect(page.get_by_text("This telephone needs JavaScript.")).to_be_visible()


def test_no_fault_in_any_look_and_no_sideways_scrolling(page: Page, look_closely: LookClosely) -> None:
    page.goto("/phone?region=FR")
    page.get_by_text("Another number").click()
    page.get_by_text("What goes wrong").click()
    look_closely(page)
    place(page)
    expect(page.get_by_text("Listening: ")).to_be_visible()
    page.get_by_label("Many digits at once").fill("1" * 49)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".keyed")).to_contain_text("49 keys, complete")
    look_closely(page)
    hang_up(page)
    page.locator("#hood").evaluate("hood => { hood.open = true; }")
    page.get_by_text("POST /voice").first.click()
    look_closely(page)


def test_many_digits_at_once_wait_for_a_step_that_asks_for_digits(page: Page) -> None:
    """Pasted during the greeting: no menu takes the first of them for a key, and none is lost, nor by a reload."""
    place(page, dialled="+18005550199", caller_region="US", speed=2)
    expect(page.get_by_text("Listening: one key")).to_be_visible()

    page.get_by_label("Many digits at once").fill("1234567")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Kept until the line listens for digits.")).to_be_visible()
    page.reload()

    expect(page.get_by_text("7 of 49")).to_be_visible()
    expect(page.get_by_text("Kept until")).to_be_hidden()
    assert page.locator(".lost").count() == 0
    hang_up(page)


def test_a_text_message_arrives_at_the_callers_own_telephone(page: Page, live_server: LiveServer) -> None:
    code = live_server.parts.desk.issue(1, 1, "standard", lambda below: below // 3, NOW)[0]
    asked = installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, 1)
    place(page)
    page.get_by_label("Many digits at once").fill(asked.digits)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log")).to_contain_text("This Installation ID is confirmed.")
    page.keyboard.press("Tab")
    page.keyboard.type("#" * 14)
    expect(page.get_by_role("log")).to_contain_text("To get it as a text message, press three.")

    page.keyboard.type("3")

    message = page.locator(".text-message")
    expect(message).to_contain_text("Your Confirmation ID")
    (answer,) = live_server.parts.desk.activations_of(code)
    confirmed = live_server.parts.desk.confirm(answer.installation_id, "operator", NOW)
    assert isinstance(confirmed, Confirmation)
    for name, block in zip(BLOCK_NAMES, confirmed.blocks, strict=True):
        expect(message).to_contain_text(f"{name} {blocks.show(block)}")
    expect(page.get_by_role("log")).to_contain_text("The text message is on its way")
