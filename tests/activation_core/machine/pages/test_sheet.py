"""The sheet that is taken to a telephone: one for each Installation ID, in the caller's language."""

from __future__ import annotations

import re

import pytest
from computer_screen import Screen

WEB_FORM = "https://activation.example/activate"


def sheet(screen: Screen, **asked: str) -> Screen:
    return screen.open("/sheet?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def blocks_on(screen: Screen) -> list[str]:
    return re.findall(r'aria-hidden="true">(\d{3} \d{4})<', screen.html)


@pytest.fixture
def keyed(screen: Screen) -> Screen:
    return screen.send("/activate", product_key=screen.key())


def test_rule_40_number_installation_id_and_room_for_the_answer_are_on_one_sheet(keyed: Screen) -> None:
    shown = keyed.shown_id
    sheet(keyed, region="US")
    assert "1 (800) 555-0199" in keyed.words
    assert blocks_on(keyed) == shown
    assert keyed.html.count('class="write"') == 13
    assert all(name in keyed.words for name in ("Alpha", "Golf", "Mike"))
    assert WEB_FORM in keyed.words
    assert keyed.html.count("<svg") == 1
    assert "style=" not in keyed.html


def test_rule_38_each_license_code_that_waits_has_a_sheet_of_its_own(screen: Screen) -> None:
    screen.activated()
    for _ in range(3):
        screen.send("/transfer/codes?region=US", code=screen.license_code())
    screen.open("/transfer/confirmation?region=US")

    sheet(screen, region="US", of="licenses")

    shown = blocks_on(screen)
    assert len({tuple(shown[at : at + 7]) for at in range(0, len(shown), 7)}) == 3
    assert len(shown) == 3 * 7
    assert [f"Activation sheet {n} / 3" in screen.words for n in (1, 2, 3)] == [True] * 3
    assert screen.html.count("<h1") == 1


def test_a_computer_that_waits_for_nothing_has_no_sheet(screen: Screen) -> None:
    assert "No Installation ID waits for an answer" in sheet(screen).words
    screen.activated()
    assert "No Installation ID waits for an answer" in sheet(screen).words
    assert "<svg" not in screen.html


def test_the_sheet_speaks_the_readers_language(keyed: Screen) -> None:
    keyed.open("/sheet?region=DE", **{"Accept-Language": "de-AT"})
    assert 'lang="de-DE"' in keyed.html
    assert "Aktivierungsblatt" in keyed.words
    assert "Bestätigungs-ID aufschreiben" in sheet(keyed, lang="de-DE", region="US").words


def test_the_boxes_are_named_as_the_call_names_them(keyed: Screen) -> None:
    """In the language of the sheet where the number answers in it; else in the number's own."""
    assert "Juliet " in sheet(keyed, lang="ja-JP", region="GB").words
    assert "Julieta " in sheet(keyed, lang="es-US", region="US").words
    assert "Juliet " in sheet(keyed, lang="en-US", region="US").words


def test_where_no_number_can_be_called_the_web_form_is_named(keyed: Screen) -> None:
    (region, *_) = keyed.parts.directory.web_form_only
    words = sheet(keyed, region=region).words
    assert "No telephone number can be called from" in words
    assert words.count(WEB_FORM) == 2


def test_without_a_region_the_sheet_asks_for_one(keyed: Screen) -> None:
    assert "Choose where you call from" in keyed.open("/sheet", **{"Accept-Language": "en"}).words
