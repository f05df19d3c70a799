"""The prompt book in a real browser: searched, heard and printed, by mouse, by keyboard, and without any script."""

import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from visitor import LiveServer, LookClosely, OpenPage


def test_prompts_are_searched_by_mouse(page: Page) -> None:
    page.goto("/prompts")
    every = page.locator(".prompt").count()
    page.get_by_label("Words, or the name of a prompt").fill("übrigen")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 prompt found")).to_be_visible()
    page.get_by_label("Language").select_option("en-US")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No prompt is like that.")).to_be_visible()
    page.get_by_role("link", name="All prompts").click()
    expect(page.locator(".prompt")).to_have_count(every)
    page.get_by_role("link", name="enter_id", exact=True).first.click()
    expect(page).to_have_url(f"{page.url.partition('/calls')[0]}/calls?step=enter_id")


def test_prompts_are_searched_by_keyboard_alone(page: Page) -> None:
    page.goto("/prompts")
    page.get_by_label("Words, or the name of a prompt").focus()
    page.keyboard.type("goodbye")
    page.keyboard.press("Tab")
    page.keyboard.type("fran")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Merci de votre appel. Au revoir.")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(1)


def test_prompts_are_searched_and_printed_without_any_script(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/prompts?words=digits&locale=en-US")
    expect(page.locator(".prompt")).not_to_have_count(0)
    page.get_by_role("link", name="Script in de-DE").click()
    expect(page.get_by_role("row")).not_to_have_count(0)
    page.emulate_media(media="print")
    for gone in (page.get_by_role("navigation"), page.get_by_label("Language"), page.get_by_text("Print this page")):
        expect(gone).to_be_hidden()
    expect(page.get_by_role("row", name="de-DE/welcome.wav")).to_contain_text("Willkommen")
    assert page.pdf()[:4] == b"%PDF"


@pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="there is no espeak-ng here (Debian: apt-get install espeak-ng)"
)
def test_a_prompt_is_heard_and_nothing_is_loaded_before(open_page: OpenPage, live_server: LiveServer) -> None:
    live_server.restart(replace(live_server.settings, speech="espeak"))
    page, asked = open_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/prompts?words=slowly&locale=pt-BR")
    listen = page.get_by_role("button", name="Listen · slowly in pt-BR")
    assert not [url for url in asked if url.endswith(".wav")]
    listen.focus()
    with page.expect_request("**/prompts/pt-BR/slowly.wav"):
        page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Stop · slowly in pt-BR")).to_be_focused()
    expect(listen).to_be_visible()  # it is over


def test_the_book_and_the_script_in_every_look(page: Page, look_closely: LookClosely) -> None:
    page.goto("/prompts?locale=ja-JP")
    look_closely(page)
    page.goto("/prompts?words=repair")
    look_closely(page)
    page.goto("/prompts/takes?locale=de-DE")
    look_closely(page)
