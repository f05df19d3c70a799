"""Captions and the prompt book in a language that is long, and in one that is read from right to left."""

import pseudo_locales
import pytest
from playwright.sync_api import Locator, Page, expect
from pseudo_locales import LONG, NUMBER, REGION, RIGHT_TO_LEFT
from test_phone_browser import place
from visitor import LookClosely


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo_locales.spoken(monkeypatch)


def is_whole(texts: Locator) -> bool:
    """Whether all of them are seen, and nothing of them is cut off at any side."""
    return bool(
        texts.evaluate_all("""(texts) => texts.every((text) =>
          text.checkVisibility({ visibilityProperty: true }) && text.getBoundingClientRect().height > 0
          && (text.scrollWidth <= text.clientWidth + 1 || text.clientWidth === 0))""")
    )


@pytest.mark.usefixtures("spoken")
def test_captions_of_a_call(page: Page, look_closely: LookClosely) -> None:
    place(page, dialled=NUMBER, caller_region=REGION)
    expect(page.get_by_role("log")).to_contain_text("⟦Wélçömé tö prödûçt åçtîvåtîöñ.")
    page.keyboard.press("2")
    expect(page.get_by_text("Listening: up to 49 keys")).to_be_visible()
    page.keyboard.type("0#")
    reference = page.locator(f".words[lang={RIGHT_TO_LEFT}][dir=rtl] bdi[dir=ltr].digits-said")
    expect(reference).to_have_text("0 0 0  0 0 1 1")
    assert page.locator(f".words[lang={LONG}][dir=ltr]").count() >= 1
    first, last = (
        reference.evaluate(f"""(digits) => {{
      const range = document.createRange();
      range.setStart(digits.firstChild, {place});
      range.setEnd(digits.firstChild, {place + 1});
      return range.getBoundingClientRect().x;
    }}""")
        for place in (0, 13)
    )
    assert first < last  # the digits are read from left to right
    look_closely(page)
    page.set_viewport_size({"width": 320, "height": 720})
    assert is_whole(page.locator(".words"))


@pytest.mark.usefixtures("spoken")
def test_the_prompt_book_and_the_script(page: Page, look_closely: LookClosely) -> None:
    for locale, direction in ((LONG, "ltr"), (RIGHT_TO_LEFT, "rtl")):
        page.goto(f"/prompts?locale={locale}")
        texts = page.locator(f".entry dd p[lang={locale}][dir={direction}]")
        expect(texts).to_have_count(page.locator(".prompt").count())
        look_closely(page)
        page.set_viewport_size({"width": 320, "height": 720})
        assert is_whole(texts)
        page.goto(f"/prompts/takes?locale={locale}")
        look_closely(page)
        assert is_whole(page.locator(f".text[lang={locale}][dir={direction}]"))
    expect(page.locator(".text bdi[dir=ltr]", has_text="49").first).to_be_visible()
