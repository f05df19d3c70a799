"""The sheet and /activate in a real browser: on paper, by its QR code, by keyboard, aloud, and in every look."""

import io
import random
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from visitor import LiveServer, LookClosely, OpenPage

from activation_core import blocks, installation_id
from activation_core.installation_id import Operation
from app import now

LANGUAGES = ["en-US", "de-DE", "es-US", "fr-FR", "ja-JP", "pt-BR"]
Issue = Callable[[], str]

# A browser's own voice, as far as the page knows one: it says what it was asked to, and is done when told.
A_VOICE = """
    window.said = [];
    const voice = { lang: "en-GB", name: "a voice" };
    const synthesis = {
      getVoices: () => [voice],
      addEventListener: () => {},
      speak: (words) => { window.said.push(words.text); window.done = () => words.dispatchEvent(new Event("end")); },
      cancel: () => window.said.push("(cut)"),
    };
    Object.defineProperty(window, "speechSynthesis", { value: synthesis });
    window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
"""


@pytest.fixture
def product_key(live_server: LiveServer) -> str:
    return live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0].shown


@pytest.fixture
def asked(live_server: LiveServer) -> tuple[str, ...]:
    """The blocks of an Installation ID."""
    code = live_server.parts.desk.issue(1, 1, "standard", random.Random().randrange, now())[0]
    return installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, 1).blocks


def send(page: Page, button: str) -> None:
    """Press the button and wait for the page that answers, its scripts included."""
    with page.expect_event("load"):
        page.get_by_role("button", name=button, exact=True).click()


def with_sheet(page: Page, product_key: str, region: str = "US") -> Page:
    page.goto("/machine/activate")
    page.get_by_role("textbox", name="Product key").fill(product_key)
    send(page, "Use this key")
    page.goto(f"/machine/sheet?region={region}")
    return page


def test_from_the_sheets_qr_code_to_an_activated_computer(
    open_page: OpenPage, live_server: LiveServer, product_key: str
) -> None:
    page = with_sheet(open_page(device_scale_factor=2), product_key)  # as sharp as a camera sees it
    shown = page.locator(".iid .block").all_text_contents()
    picture = Image.open(io.BytesIO(page.locator(".qr").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    digits = "".join(shown).replace(" ", "")
    assert code.text == f"{live_server.url}/activate?lang=en-US#{digits}"

    page.goto(code.text)
    expect(page.locator("#progress")).to_have_text("All blocks fit.")
    assert page.url == f"{live_server.url}/activate?lang=en-US"  # the ID is no part of the history
    expect(page.get_by_role("button", name="Get the Confirmation ID")).to_be_focused()
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    answer = page.locator("#answer .block").all_text_contents()
    assert len(answer) == 13

    page.goto("/machine/activate")
    for number, block in enumerate(answer, 1):
        page.locator(f"#block-{number}").fill(block)
    send(page, "Activate")
    expect(page.get_by_role("heading", name="This computer is activated")).to_be_visible()


def test_a_sheet_is_one_page_of_paper_in_every_language(page: Page, product_key: str) -> None:
    with_sheet(page, product_key)
    for locale in LANGUAGES:
        page.goto(f"/machine/sheet?region=GB&lang={locale}")
        shown = page.locator(".iid .block").all_text_contents()
        for paper in ("A4", "Letter"):
            (sheet,) = PdfReader(io.BytesIO(page.pdf(format=paper))).pages
            text = sheet.extract_text()
            assert all(block in text for block in shown), locale
            assert "0808 157 0142" in text
            assert "Mike" in text, "the number answers in English alone"
            assert "/activate" in text.replace("\n", "")


def test_the_answer_is_printed_on_one_page(page: Page, asked: tuple[str, ...]) -> None:
    answered(page, asked)
    blocks_of_answer = page.locator("#answer .block").all_text_contents()
    (paper,) = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    assert all(block in paper.extract_text() for block in blocks_of_answer)
    assert "Read aloud" not in paper.extract_text()


def answered(page: Page, asked: tuple[str, ...]) -> Page:
    page.goto(f"/activate#{''.join(asked)}")
    send(page, "Get the Confirmation ID")
    return page


def test_the_keyboard_alone_is_enough(page: Page, asked: tuple[str, ...]) -> None:
    page.goto("/activate")
    page.locator("#block-1").focus()
    for block in asked[:2]:
        page.keyboard.type(block)
    page.keyboard.type(blocks.show(asked[3]))  # in the place of the third: it fits nowhere near but in the fourth
    expect(page.locator("#verdict-3")).to_contain_text("This fits in Block 4. Swapped?")
    page.keyboard.press("Enter")
    expect(page.locator("#spoken")).to_have_text("5 of 7 blocks need another look.")
    expect(page.locator("#block-3")).to_be_focused()
    page.keyboard.press("Control+A")
    for block in asked[2:]:
        page.keyboard.type(block)
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your Confirmation ID")).to_be_visible()


def test_without_a_script_all_of_it_works(open_page: OpenPage, asked: tuple[str, ...]) -> None:
    page = open_page(java_script_enabled=False, locale="de-AT")
    page.goto("/activate")
    page.get_by_label("Block 1").fill(f"{''.join(asked)[:-1]}x")
    page.get_by_label("Block 1").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 von 7 Blöcken bitte noch einmal prüfen")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("alert")).to_contain_text("1 of 7 blocks need another look")
    expect(page.get_by_label("Block 1")).to_have_value(blocks.show(asked[0]))
    page.get_by_label("Block 7").fill(asked[6])
    page.get_by_role("button", name="Get the Confirmation ID").click()
    assert page.locator("#answer .block").count() == 13
    expect(page.get_by_role("button", name="Read aloud")).to_be_hidden()


def test_where_nothing_can_speak_nothing_is_offered(page: Page, asked: tuple[str, ...]) -> None:
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    answered(page, asked)
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    expect(page.get_by_role("button", name="Read aloud")).to_be_hidden()


def test_the_blocks_are_read_aloud_one_by_one_and_wait_when_asked_to(page: Page, asked: tuple[str, ...]) -> None:
    page.add_init_script(A_VOICE)
    page.clock.install()
    answered(page, asked)
    first, second = page.locator("#answer .block").all_text_contents()[:2]
    spoken = [
        f"{name}. {', '.join(' '.join(part) for part in block.split())}."
        for name, block in (("Alpha", first), ("Bravo", second))
    ]
    lit = page.locator("#answer [aria-current] .block")

    page.get_by_role("button", name="Read aloud").click()
    expect(lit).to_have_text(first)
    page.evaluate("window.done()")
    page.clock.run_for(1600)
    expect(lit).to_have_text(second)
    page.get_by_role("button", name="Pause").click()
    expect(lit).to_have_text(second)
    assert page.evaluate("window.said") == [*spoken, "(cut)"]

    page.get_by_role("button", name="Go on reading").click()
    assert page.evaluate("window.said")[-1] == spoken[1]
    page.get_by_role("button", name="One block back").click()
    expect(lit).to_have_text(first)
    for _ in range(13):
        page.evaluate("window.done()")
        page.clock.run_for(1600)
    expect(page.get_by_role("button", name="Read aloud")).to_be_visible()
    expect(lit).to_have_count(0)


def test_nothing_stands_in_anybodys_way(
    page: Page, product_key: str, asked: tuple[str, ...], look_closely: LookClosely
) -> None:
    with_sheet(page, product_key)
    states = [lambda: page.goto("/machine/sheet?region=FR&lang=fr-FR"), lambda: page.goto("/activate?lang=de-DE")]
    states += [lambda: submit_damaged(page, asked), lambda: refused(page), lambda: answered(page, asked)]
    for show in states:
        show()
        look_closely(page)


def submit_damaged(page: Page, asked: tuple[str, ...]) -> None:
    """Past the script, as if it had not seen it."""
    page.locator("#block-1").fill(asked[0])
    with page.expect_event("load"):
        page.evaluate(
            "document.querySelector('#ask').append(Object.assign(document.createElement('input'),"
            " { name: 'asked', value: 'yes' })), document.querySelector('#ask').submit()"
        )
    expect(page.get_by_role("alert")).to_be_focused()


def refused(page: Page) -> None:
    """With right blocks that are no Installation ID."""
    page.goto(f"/activate?lang=en-US&region=US#{''.join(blocks.from_number(0, 7))}")
    send(page, "Get the Confirmation ID")
    expect(page.get_by_role("alert")).to_contain_text("they are no Installation ID that is known here")
    expect(page.locator("#number")).to_be_visible()
