"""The clearinghouse over HTTP: which number to call, as JSON for a country picker and the machine's wizard.

A view reads the request, asks the directory, and writes the answer; it decides nothing. No answer depends on
who asks: all may be kept.
"""

from http import HTTPStatus
from typing import Any

from babel import Locale
from flask import Blueprint, Response, jsonify, request

from activation_core.access_numbers import REGIONS, AccessNumber, Directory, UnknownRegionError
from activation_core.region_names import best_locale, language_tag, region_name, sorting_key

# Numbers change seldom, and a caller with yesterday's number must still get through: an hour is safe.
_MAX_AGE = 3600


def web(directory: Directory) -> Blueprint:
    """Routes that answer from this directory: `GET /access-numbers[?region=DE][&language=de]`."""
    blueprint = Blueprint("clearinghouse", __name__)

    @blueprint.get("/access-numbers")
    def access_numbers() -> Response:
        locale = _wished_locale()
        region = request.args.get("region")
        if region is None:
            return _cacheable({"language": language_tag(locale), "regions": _picker(directory, locale)}, locale)
        try:
            return _cacheable(_answer(directory, region, locale), locale)
        except UnknownRegionError as unknown:
            return _problem(HTTPStatus.BAD_REQUEST, "unknown_region", "Unknown region", str(unknown))

    return blueprint


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
    return best_locale((request.args.get("language", ""), *accepted))


def _cacheable(body: dict[str, Any], locale: Locale) -> Response:
    response = jsonify(body)
    response.content_language.add(language_tag(locale))
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
