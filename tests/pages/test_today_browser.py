"""The day of calls in a browser: by keyboard, on a narrow screen, in light and dark."""

from datetime import UTC, datetime, timedelta

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def a_day(live_server):
    """An operator, and a day on which everything happened once."""
    now = datetime.now(UTC)
    live_server.parts.staff.accounts.add("ada", PASSWORD, "terminal", now)
    noon = now.replace(hour=12) - timedelta(days=1)
    for hour, ending in enumerate(("confirmed", "put_through", "nobody", "refused", "gave_up", "out_of_order")):
        counts = {(ending, "" if ending == "confirmed" else "refused_not_genuine"): hour + 1}
        live_server.parts.tallies.add(noon - timedelta(hours=hour % 2), counts)
    rest = {("seconds", "60"): 1, ("noinput", "repair"): 1, ("nomatch", "repair"): 2, ("refusal", "not_genuine"): 3}
    live_server.parts.tallies.add(noon, rest | {("turned_away", "line_busy"): 12})
    live_server.parts.tallies.flush()


def sign_in(page):
    page.goto("/desk/sign-in?to=/desk/today")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/today")


def test_the_day_is_read_by_keyboard_in_every_look(open_page, look_closely, a_day):
    page = open_page(viewport={"width": 320, "height": 640})
    sign_in(page)
    page.get_by_role("link", name="The day before").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**day=*")
    assert page.get_by_role("img", name="Calls by hour").is_visible()
    for summary in page.locator("summary").all():
        summary.focus()
        page.keyboard.press("Enter")
    assert page.get_by_role("row", name="refused not genuine 2 3 4 5 6").is_visible()
    look_closely(page)
