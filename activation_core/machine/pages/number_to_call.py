"""What whoever reads this page calls: where they are, and their language."""

from __future__ import annotations

from babel import Locale
from flask import request

from activation_core import number_to_call
from activation_core.access_numbers import Directory
from activation_core.number_to_call import ToCall
from activation_core.region_names import best_locale, language_tag


def to_call(directory: Directory, region: str) -> ToCall | None:
    """What to call from there; None where the region is unknown."""
    return number_to_call.to_call(directory, region, _locale())


def wished_region() -> str:
    """The region that was chosen; else that in the reader's languages (de-AT). A language alone tells none."""
    return number_to_call.region_of_reader(request.values.get("region"), languages())


def regions() -> list[tuple[str, str]]:
    """Codes and names of all regions, in the reader's language and an order for it."""
    return number_to_call.regions(_locale())


def readers_language() -> str:
    """As HTML writes it."""
    return language_tag(_locale())


def languages() -> list[str]:
    """The reader's languages, best first."""
    return [tag for tag, quality in request.accept_languages if quality > 0]


def _locale() -> Locale:
    return best_locale(languages())
