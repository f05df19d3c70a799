"""The page /desk/today: a day of real calls, its numbers as they were counted."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

import app
from activation_core import installation_id
from activation_core.installation_id import Operation

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def page(settings, parts, monkeypatch):
    """Opens the page of somebody who is signed in, at noon; words without markup."""
    monkeypatch.setattr("wiring.web.now", lambda: NOON)
    parts.staff.accounts.add("ada", PASSWORD, "terminal", NOON)
    client = app.create_app(settings).test_client()
    client.post(
        "/desk/sign-in",
        base_url=settings.public_url,
        data={"name": "ada", "password": PASSWORD},
        headers={"Origin": settings.public_url},
    )

    def open_page(query=""):
        response = client.get(f"/desk/today{query}", base_url=settings.public_url)
        assert response.status_code == 200
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text.partition("<main")[2])).split())

    def count(at, counts):
        parts.tallies.add(at, counts)
        parts.tallies.flush()

    open_page.client, open_page.count = client, count
    return open_page


def test_nobody_sees_it_who_has_not_signed_in(settings):
    response = app.create_app(settings).test_client().get("/desk/today", base_url=settings.public_url)
    assert response.status_code == 303
    assert "/desk/sign-in" in response.headers["Location"]


def test_a_day_without_calls_says_so(page):
    assert "No call was answered and nothing was confirmed on this day." in page()


def test_what_was_counted_is_what_it_says(page):
    page.count(NOON, {("confirmed", ""): 3, ("seconds", "60"): 3, ("block", "right"): 9, ("block", "wrong"): 1})
    page.count(NOON, {("put_through", "repair"): 1, ("nomatch", "repair"): 1, ("understood", "repair"): 3})
    page.count(NOON, {("refusal", "in_use"): 2, ("defect", ""): 1})
    words = page()
    for told in (
        "Calls 4 Got a Confirmation ID 75 % Half of them within 1 min 08 s Blocks keyed wrong 10 %",
        "12:00 3 1 0 0 0 0",
        "repair 1 0 0 0 0",
        "60 to 75 3",
        "repair 3 1 0",
        "repair: wrong keys 25",
        "in_use 2",
        "1 webhook ended in a defect",
    ):
        assert told in words, told


def test_calls_that_were_turned_away_are_told_apart_from_the_calls(page):
    assert "Turned away" not in page()
    page.count(NOON, {("turned_away", "line_busy"): 12, ("turned_away", "all_busy"): 3})
    assert "12 for their own line, 3 because all lines were busy" in page()
    assert "No call was answered" in page()


def test_a_confirmation_over_the_internet_counts_on_a_day_without_a_call(page, parts):
    (key,) = parts.desk.issue(1, 1, "standard", lambda _: 7, NOON)
    parts.desk.confirm(installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1).digits, "internet", NOON)
    assert "internet 1" in page()


def test_another_day_is_chosen_and_left_again(page):
    page.count(NOON - timedelta(days=1), {("confirmed", ""): 5})
    words = page("?day=2026-05-03")
    assert "Sunday, 3 May 2026" in words
    assert "Calls 5" in words
    assert "The day before" in words
    assert "The day after" in words
    assert "The day after" not in page()


@pytest.mark.parametrize(
    ("day", "said"),
    [("yesterday", "Write a day as 2026-05-04."), ("2026-05-05", "still to come"), ("2026-02-30", "Write a day")],
)
def test_a_day_that_cannot_be_shown_is_answered_in_a_sentence(page, day, said):
    assert said in page(f"?day={day}")


def test_the_first_of_all_days_has_none_before_it(page):
    assert "The day before" not in page("?day=0001-01-01")


def test_the_page_has_no_style_of_its_own_and_every_plot_its_words(page):
    page.count(NOON, {("confirmed", ""): 1, ("seconds", "60"): 1, ("gave_up", "repair"): 1, ("refusal", "in_use"): 1})
    html = page.client.get("/desk/today", base_url="https://activation.example").text
    assert "style=" not in html
    plots = re.findall(r'<svg class="plot" role="img" aria-labelledby="(\S+) (\S+)"', html)
    assert len(plots) == 4
    assert all(f'<title id="{title}">' in html and f'<desc id="{desc}">' in html for title, desc in plots)
    assert html.count("<details>") == len(plots)
