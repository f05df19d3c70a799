"""What the telephone's form says of numbers: which one a region and a language are given, why, and how it answers."""

from __future__ import annotations

from collections.abc import Mapping

from activation_core.access_numbers import REGIONS, AccessNumber, Directory
from activation_core.region_names import ENGLISH, region_name
from ivr.activation_call import in_their_own_words
from ivr.dialogue import Call
from ivr.simulator.rehearsal import number_to_call
from ivr.wording import Books

__all__ = ["languages", "listed", "number_for"]


def languages(directory: Directory, books: Books) -> Mapping[str, str]:
    """Every locale that a number answers in, by the language's own name."""
    spoken = {locale for number in directory.numbers for locale in number.languages if locale in books}
    return {locale: books[locale].language for locale in sorted(spoken, key=lambda each: books[each].language)}


def number_for(region: str, language: str, dialled: str, directory: Directory, books: Books) -> Mapping[str, str]:
    """The number to dial: the one that is asked for, else the region's best in this language ('' is any).

    Without any the values are empty, and `why` says so.
    """
    choice = directory.number_for(region)
    number, why = choice.number, _why(choice.why, choice.number)
    if language and (number is None or language not in number.languages):
        number = number_to_call(directory, region, language)
        why = f"The nearest that speaks it, in {_where(number)}"
    if asked := directory.find(dialled):
        number, why = asked, f"{_kind(asked)}, in {_where(asked)}"
    if number is None:
        return {"dialled": "", "shown": "", "why": why, "answers": ""}
    return {
        "dialled": number.e164,
        "shown": number.as_dialled_from(region),
        "why": why,
        "answers": _answers(number, books),
    }


def listed(number: AccessNumber, books: Books) -> Mapping[str, str]:
    """A number in the list of all."""
    spoken = " and ".join(_named(locale, books) for locale in number.languages)
    return {
        "dialled": number.e164,
        "shown": f"{number.international} · {_where(number)} · {_kind(number).lower()} · {spoken}",
    }


def _answers(number: AccessNumber, books: Books) -> str:
    first, *others = number.languages
    offered = in_their_own_words(Call("", {"languages": others}))
    keys = [f"{each['key']} is for {_named(each['locale'], books)}" for each in offered]
    return ". ".join([f"Answers in {_named(first, books)}", *keys]) + "."


def _named(locale: str, books: Books) -> str:
    return books[locale].language if locale in books else locale


def _where(number: AccessNumber) -> str:
    return region_name(number.region, ENGLISH) if number.region in REGIONS else "all the world"


def _kind(number: AccessNumber) -> str:
    return "Charged" if number.kind == "toll" else "Free"


def _why(why: str, number: AccessNumber | None) -> str:
    match why:
        case "toll-free" | "universal-freephone":
            return "Free of charge from there"
        case "toll":
            return "Charged as any call in the country"
        case "nearest" if number:
            return f"The nearest one, in {_where(number)}: a call abroad"
        case _:
            return "No number serves this region; its people use the web form"
