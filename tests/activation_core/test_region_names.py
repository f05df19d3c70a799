"""Names of countries and regions: every one has a name in every language, and Kosovo too."""

import pytest

from activation_core.access_numbers import REGIONS
from activation_core.region_names import best_locale, language_tag, region_name


@pytest.mark.parametrize("language", ["en", "es", "de", "ar", "zh-TW", "co", "no such language"])
def test_every_region_has_a_name_in_every_language(language: str) -> None:
    # "co", Corsican: Babel knows the language, but few of the names.
    assert {region_name(region, language) for region in REGIONS}.isdisjoint(REGIONS)


def test_kosovo_has_its_name() -> None:
    assert region_name("XK", "en") == "Kosovo"


@pytest.mark.parametrize(
    ("tags", "tag"),
    [(["tlh", "de-AT", "en"], "de-AT"), (["de-1x"], "de"), (["*", "../etc", ""], "en"), ([], "en")],
)
def test_the_first_language_that_is_known_is_taken(tags: list[str], tag: str) -> None:
    assert language_tag(best_locale(tags)) == tag
