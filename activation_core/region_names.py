"""Names of countries and regions in the reader's language, and an order for them. They come from Babel.

For whoever shows a list of regions: the clearinghouse's directory, the licensed computer's screen. Not for
numbers, which are `access_numbers`' affair.
"""

import re
import unicodedata
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

ENGLISH = Locale("en")

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def best_locale(tags: Iterable[str]) -> Locale:
    """The first of these language tags that Babel knows, wholly or by its language; else English."""
    return next((locale for tag in tags if (locale := _nearest(tag))), ENGLISH)


def region_name(region: str, locale: Locale | str) -> str:
    """The region's name in that language, in English where Babel lacks it, else its code."""
    territories = (locale if isinstance(locale, Locale) else best_locale([locale])).territories
    return territories.get(region) or ENGLISH.territories.get(region) or region


def sorting_key(name: str) -> str:
    """Accents and case do not count, so Åland and Österreich do not end up behind Z.

    Not a collation: Swedish, which does put Å and Ö last, wants the browser's Intl.Collator.
    """
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def language_tag(locale: Locale) -> str:
    """As HTML and HTTP write it: de-AT."""
    return str(locale).replace("_", "-")


def text_direction(tag: str) -> str:
    """How this language is written, as HTML says it: ltr or rtl."""
    return best_locale([tag]).text_direction


def _nearest(tag: str) -> Locale | None:
    return _locale(tag) or _locale(tag.partition("-")[0])


def _locale(tag: str) -> Locale | None:
    if not _LANGUAGE_TAG.fullmatch(tag):
        return None
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):  # ValueError: a tag with parts that Babel does not read
        return None
