"""What somebody in a region calls, in a reader's language: for every page on which a telephone is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale

from activation_core.access_numbers import REGIONS, AccessNumber, Directory, UnknownRegionError
from activation_core.region_names import region_name, sorting_key


@dataclass(frozen=True)
class Number:
    """An access number as it is called from one region."""

    dialled: str
    international: str
    uri: str | None
    example: bool
    languages: tuple[tuple[str, str], ...]  # tag, and name in itself


@dataclass(frozen=True)
class ToCall:
    """What somebody in a region is told: the numbers, best first, and why the first."""

    region: str
    name: str
    why: str
    where: str  # the region of the best number
    numbers: tuple[Number, ...]


def to_call(directory: Directory, region: str, locale: Locale) -> ToCall | None:
    """What to call from there; None where the region is unknown."""
    try:
        choice, numbers = directory.number_for(region), directory.numbers_for(region)
    except UnknownRegionError:
        return None
    return ToCall(
        region=choice.region,
        name=region_name(choice.region, locale),
        why=choice.why,
        where=region_name(choice.number.region, locale) if choice.number else "",
        numbers=tuple(_number(number, choice.region) for number in numbers),
    )


def region_of_reader(chosen: str | None, tags: Iterable[str]) -> str:
    """The region that was chosen; else that in the reader's languages (de-AT). A language alone tells none."""
    return chosen or next((part for tag in tags for part in tag.upper().split("-")[1:] if part in REGIONS), "")


def regions(locale: Locale) -> list[tuple[str, str]]:
    """Codes and names of all regions, in that language and an order for it."""
    names = ((region, region_name(region, locale)) for region in REGIONS)
    return sorted(names, key=lambda pair: (sorting_key(pair[1]), pair[0]))


def _number(number: AccessNumber, region: str) -> Number:
    return Number(
        dialled=number.as_dialled_from(region),
        international=number.international,
        uri=number.uri,
        example=number.example,
        languages=tuple((tag, Locale.parse(tag, sep="-").get_language_name() or tag) for tag in number.languages),
    )
