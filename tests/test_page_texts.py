"""What pages say to callers in other languages: every text, none that is left over, each with its values and marks."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import app
from activation_core.clearinghouse.web_form import REFUSALS
from activation_core.page_texts import SOURCE, PageTexts, best
from activation_core.refusals import REASONS

HOUSE = Path(__file__).parents[1]
TEMPLATES = [
    HOUSE / "data/pages/templates/number.html",
    HOUSE / "activation_core/machine/pages/templates/machine/sheet.html",
    *sorted(HOUSE.glob("activation_core/clearinghouse/templates/web_form/*.html")),
]
CATALOGS = sorted(app.DATA.glob("pages/locales/*.po"))


@cache
def said() -> frozenset[str]:
    """Every text of the pages for callers, and the refusals that they may give."""
    found = {
        text
        for template in TEMPLATES
        for _, text, _, _ in extract("jinja2.ext:babel_extract", BytesIO(template.read_bytes()), {"_": None})
    }
    return frozenset(found | {words for code in REFUSALS for words in (REASONS[code].words, REASONS[code].next_step)})


@cache
def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_pages_speak_the_six_languages() -> None:
    assert list(app.read_languages({})) == [SOURCE, "de-DE", "es-US", "fr-FR", "ja-JP", "pt-BR"]


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_has_every_text_and_none_that_is_left_over(path: Path) -> None:
    translated = {message.id for message in catalog(path) if message.id and message.string}
    assert said() - translated == set(), "these are missing"
    assert translated - said() == set(), "these are said no more"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_a_translation_takes_the_same_values_and_marks(path: Path) -> None:
    for message in catalog(path):
        if message.id:
            assert values(message.string) == values(message.id), message.id
            assert sorted(re.findall(r"<[^>]+>", message.string)) == sorted(re.findall(r"<[^>]+>", message.id))
            assert not message.fuzzy, message.id


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        (["de-AT", "en"], "de-DE"),
        (["de"], "de-DE"),
        (["pt-PT"], "pt-BR"),
        (["es"], "es-US"),
        (["EN-GB"], "en-US"),
        (["sv", "ja"], "ja-JP"),
        (["sv"], SOURCE),
        (["", "*", "<script>"], SOURCE),
        ([], SOURCE),
    ],
)
def test_a_reader_gets_the_first_of_their_languages_that_is_spoken(wished: list[str], given: str) -> None:
    assert best(app.read_languages({}), wished).locale == given


def test_a_text_that_is_not_translated_is_said_in_english() -> None:
    texts = PageTexts("de-DE", 'msgid "Yes"\nmsgstr "Ja"\n')
    assert (texts("Yes"), texts("No")) == ("Ja", "No")


def test_a_catalog_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"de-DE\.po: .*misformatted keyword"):
        PageTexts("de-DE", "msgstrange")("Yes")


def test_a_page_runs_as_its_language_does() -> None:
    assert (PageTexts("de-DE").direction, PageTexts("ar-EG").direction) == ("ltr", "rtl")


@pytest.mark.parametrize(
    "style",
    ["activation_core/clearinghouse/static/web_form.css", "activation_core/machine/pages/static/sheet.css"],
)
def test_a_style_for_callers_names_no_left_and_no_right(style: str) -> None:
    rules = (HOUSE / style).read_text("utf-8")
    physical = r"(?:margin|padding|border|inset)-(?:left|right)|[\s;{](?:left|right):|: *(?:left|right)\b|\bwidth:"
    assert re.findall(physical, re.sub(r"/\*.*?\*/|@media[^{]*", "", rules, flags=re.DOTALL)) == []
