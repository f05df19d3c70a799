"""The calls in a real browser: searched, chosen and compared by mouse, by keyboard alone, and without any script."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect
from visitor import LiveServer, LookClosely, OpenPage

import app


@pytest.fixture
def some_calls(live_server: LiveServer) -> None:
    """Three calls, kept as support staff keep them; the last one differs from its file."""
    differs = Path(live_server.settings.calls_file).with_name("differs.call")
    differs.write_text("calls from GB\nhears welcome\nhears goodbye\n", "utf-8")
    files = [app.DATA / "scenarios/person_at_once.call", app.DATA / "scenarios/mistyped_block.call", differs]
    environment = {"CALLS_FILE": live_server.settings.calls_file}
    played = CliRunner(env=environment).invoke(app.main, ["call", "--keep", *map(str, files)])
    assert played.exit_code == 1, played.output


@pytest.mark.usefixtures("some_calls")
def test_calls_are_searched_and_two_are_compared_by_mouse(page: Page) -> None:
    page.goto("/calls")
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_text("By number, step, day or warning").click()
    page.get_by_label("Only with a warning, or not as its file says").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("≠ not as its file says")).to_be_visible()
    page.get_by_role("link", name="All calls").click()

    for row in page.get_by_role("row").filter(has_text="United Kingdom").all()[1:]:
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare two").click()

    expect(page.get_by_role("heading", name="Two calls compared")).to_be_visible()
    page.get_by_role("link", name="To the first difference").click()
    expect(page.locator("#difference-1")).to_be_in_viewport()
    page.get_by_role("link", name="next difference, 2 of").click()
    expect(page.locator("#difference-2")).to_be_in_viewport()
    page.get_by_role("link", name="Show the digits").click()
    expect(page.get_by_role("cell", name="presses 0#")).to_be_visible()
    expect(page.get_by_role("table")).not_to_contain_text("•••")


@pytest.mark.usefixtures("some_calls")
def test_calls_are_searched_and_compared_by_keyboard_alone(page: Page) -> None:
    page.goto("/calls")
    page.get_by_label("Words that were said").focus()
    page.keyboard.type("putting you through")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 call found")).to_be_visible()
    page.get_by_role("link", name="All calls").press("Enter")

    for row in (1, 2):
        page.get_by_role("checkbox").nth(row).press("Space")
    page.keyboard.press("Tab")  # the link of that call
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Compare two")).to_be_focused()
    page.keyboard.press("Enter")

    page.get_by_role("link", name="To the first difference").press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="next difference, 2 of")).to_be_focused()


@pytest.mark.usefixtures("some_calls")
def test_a_call_is_looked_into_and_handed_on_without_any_script(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/calls?words=mistyped_block")
    page.get_by_role("link", name="2026").or_(page.locator(".when a")).first.click()
    page.get_by_text("POST /voice/step/repair").last.click()
    expect(page.get_by_text("Digits = •••••••").last).to_be_visible()

    with page.expect_download() as saved:
        page.get_by_role("link", name="HTML").click()

    assert "The Gather ended: 49 keys" in Path(saved.value.path()).read_text("utf-8")


def test_a_call_of_the_telephone_is_listed_and_opened_there_again(page: Page) -> None:
    page.goto("/phone?region=SE")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()

    page.get_by_role("link", name="Why it went so").click()
    expect(page.get_by_text("The caller hung up").first).to_be_visible()
    page.get_by_role("link", name="Calls", exact=True).click()
    page.locator(".when a").click()
    page.get_by_role("link", name="Open in the telephone").click()

    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("Welcome to product activation.")


@pytest.mark.usefixtures("some_calls")
def test_every_page_in_every_look(page: Page, look_closely: LookClosely) -> None:
    page.goto("/calls?since=yesterday")
    look_closely(page)
    for box in page.get_by_role("checkbox").all()[-2:]:
        box.check()
    look_closely(page)
    page.get_by_role("button", name="Compare two").click()
    look_closely(page)
    page.goto("/calls/compare?call=one")
    look_closely(page)
    page.goto("/calls?words=differs.call")
    page.locator(".when a").click()
    page.locator(".webhooks summary").first.click()
    look_closely(page)


def test_without_a_call_the_page_says_what_to_do(page: Page, look_closely: LookClosely) -> None:
    page.goto("/calls")

    expect(page.get_by_role("heading", name="No call yet")).to_be_visible()
    look_closely(page)
