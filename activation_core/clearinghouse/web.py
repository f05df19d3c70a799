"""The clearinghouse over HTTP: which number to call, as JSON for a country picker and the machine's wizard.

A view reads the request, asks the directory, and writes the answer; it decides nothing. Names of countries
live here and not in the pure root, for they come from Babel. No answer depends on who asks: all may be kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Blueprint, Response, jsonify, request

from activation_core.access_numbers import REGIONS, AccessNumber, Directory, UnknownRegionError

_ENGLISH = Locale("en")

# Numbers change seldom, and a caller with yesterday's number must still get through: an hour is safe.
_MAX_AGE = 3600

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def web(directory: Directory) -> Blueprint:
    """Routes that answer from this directory: `GET /access-numbers[?region=DE][&language=de]`."""
    blueprint = Blueprint("clearinghouse", __name__)

    @blueprint.get("/access-numbers")
    def access_numbers() -> Response:
        locale = _wished_locale()
        region = request.args.get("region")
        if region is None:
            return _cacheable({"language": _tag(locale), "regions": _picker(directory, locale)}, locale)
        try:
            return _cacheable(_answer(directory, region, locale), locale)
        except UnknownRegionError as unknown:
            return _problem(HTTPStatus.BAD_REQUEST, "unknown_region", "Unknown region", str(unknown))

    return blueprint


def region_name(region: str, locale: Locale | str) -> str:
    """The region's name in that language, in English where Babel lacks it, else its code."""
    territories = (locale if isinstance(locale, Locale) else _locale(locale) or _ENGLISH).territories
    return territories.get(region) or _ENGLISH.territories.get(region) or region


def sorting_key(name: str) -> str:
    """Accents and case do not count, so Åland and Österreich do not end up behind Z.

    Not a collation: Swedish, which does put Å and Ö last, wants the browser's Intl.Collator.
    """
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def _answer(directory: Directory, region: str, locale: Locale) -> dict[str, Any]:
    choice = directory.number_for(region)
    others = directory.numbers_for(region)[1:]
    return _chosen(directory, choice.region, locale) | {
        "alternatives": [_number(number, choice.region) for number in others]
    }


def _picker(directory: Directory, locale: Locale) -> list[dict[str, Any]]:
    choices = (_chosen(directory, region, locale) for region in REGIONS)
    return sorted(choices, key=lambda choice: (sorting_key(choice["name"]), choice["region"]))


def _chosen(directory: Directory, region: str, locale: Locale) -> dict[str, Any]:
    choice = directory.number_for(region)
    return {
        "region": choice.region,
        "name": region_name(choice.region, locale),
        "why": choice.why,
        "number": choice.number and _number(choice.number, choice.region),
    }


def _number(number: AccessNumber, region: str) -> dict[str, Any]:
    return {
        "e164": number.e164,
        "kind": number.kind,
        "region": number.region,
        "national": number.national,
        "international": number.international,
        "as_dialled": number.as_dialled_from(region),
        "uri": number.uri,
        "languages": number.languages,
        "example": number.example,
    }


def _wished_locale() -> Locale:
    """`language=` before Accept-Language before English; what Babel does not know is passed over."""
    accepted = (tag for tag, quality in request.accept_languages if quality > 0)
    return next(_known((request.args.get("language", ""), *accepted)), _ENGLISH)


def _known(tags: Iterable[str]) -> Iterator[Locale]:
    for tag in tags:
        locale = _locale(tag) or _locale(tag.partition("-")[0])
        if locale is not None:
            yield locale


def _locale(tag: str) -> Locale | None:
    if not _LANGUAGE_TAG.fullmatch(tag):
        return None
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):  # ValueError: a tag with parts that Babel does not read
        return None


def _tag(locale: Locale) -> str:
    return str(locale).replace("_", "-")


def _cacheable(body: dict[str, Any], locale: Locale) -> Response:
    response = jsonify(body)
    response.content_language.add(_tag(locale))
    response.vary.add("Accept-Language")
    response.cache_control.public = True
    response.cache_control.max_age = _MAX_AGE
    response.add_etag()
    response.make_conditional(request)
    return response


def _problem(status: HTTPStatus, code: str, title: str, detail: str) -> Response:
    """RFC 9457. The type is a tag URI (section 3.1.1: where there is no page to link to)."""
    response = jsonify(
        type=f"tag:phone-activation.example,2026:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
    )
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
