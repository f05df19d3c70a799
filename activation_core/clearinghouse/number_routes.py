"""Which number to call, as JSON for a country picker and the wizards of licensed computers.

A view reads the request, asks the directory, and writes the answer; it decides nothing. No answer depends on
who asks: all may be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, get_args

from babel import Locale
from flask import Blueprint, Response, jsonify, request

from activation_core.access_numbers import REGIONS, AccessNumber, Directory, Kind, UnknownRegionError, Why
from activation_core.clearinghouse import problems
from activation_core.clearinghouse.openapi import TEXT, Paths, Schema, fields, json_of, maybe, problem, ref
from activation_core.region_names import best_locale, language_tag, region_name, sorting_key

# Numbers change seldom, but where an account fails its numbers must not be told much longer.
_MAX_AGE = 300


def add_number_routes(blueprint: Blueprint, directory: Directory) -> None:
    """Routes that answer from this directory: `GET /access-numbers[?region=DE][&language=de]`."""

    @blueprint.get("/access-numbers")
    def access_numbers() -> Response:
        locale = _wished_locale()
        region = request.args.get("region")
        if region is None:
            return _cacheable({"language": language_tag(locale), "regions": _picker(directory, locale)}, locale)
        try:
            return _cacheable(_answer(directory, region, locale), locale)
        except UnknownRegionError as unknown:
            return problems.problem(HTTPStatus.BAD_REQUEST, "unknown_region", str(unknown), "Choose one of the list.")


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


@cache  # there are as many as numbers and regions; writing them anew for each who asks would take 30 ms
def _number(number: AccessNumber, region: str) -> Mapping[str, Any]:
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


_CHOSEN: dict[str, Schema] = {
    "region": {"enum": list(REGIONS), "description": "ISO 3166-1."},
    "name": {**TEXT, "description": "In the language that was wished."},
    "why": {"enum": list(get_args(Why)), "description": "Why this number."},
    "number": maybe(ref("Number")),
}
PATHS: Paths = {
    "/access-numbers": {
        "get": {
            "operationId": "accessNumbers",
            "summary": "Which number to call from a country or region; without one, from each",
            "parameters": [
                {
                    "name": "region",
                    "in": "query",
                    "description": "Small letters are read as well.",
                    "schema": {"enum": list(REGIONS)},
                },
                {
                    "name": "language",
                    "in": "query",
                    "description": "For the names, as a language tag. What is not known is passed over, as in"
                    " Accept-Language, which is asked next.",
                    "schema": TEXT,
                },
            ],
            "responses": {
                "200": json_of(
                    {"oneOf": [ref("Choice"), ref("Choices")]}, "The number of this region, or those of all, by name."
                ),
                "304": {"description": "What If-None-Match names is still true."},
                "400": problem("`unknown_region`: none of ISO 3166-1."),
            },
        }
    }
}
SCHEMAS: dict[str, Schema] = {
    "Number": fields(
        e164={**TEXT, "pattern": r"^\+[0-9]+$"},
        kind={"enum": list(get_args(Kind))},
        region=maybe(TEXT),
        national=TEXT,
        international=TEXT,
        as_dialled={**TEXT, "description": "From the region that was asked for, with its prefixes."},
        uri={**maybe(TEXT), "description": "For a link that dials; none where the number is an example."},
        languages={"type": "array", "items": TEXT},
        example={"type": "boolean", "description": "Kept for fiction: nobody answers it."},
    ),
    "Choice": fields(**_CHOSEN, alternatives={"type": "array", "items": ref("Number")}),
    "Choices": fields(language=TEXT, regions={"type": "array", "items": fields(**_CHOSEN)}),
}
