"""Every no of the clearinghouse over HTTP: problem+json (RFC 9457) with the stable code of its refusal."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from activation_core.refusals import Refusal

MEDIA_TYPE = "application/problem+json"

# What was sent is no Installation ID; no such licence; a licence that nobody gets this way. Any other refusal is a
# conflict with what was confirmed before. None is 5xx: asking again would not help.
_STATUS: Mapping[str, HTTPStatus] = {
    "mistyped": HTTPStatus.BAD_REQUEST,
    "malformed": HTTPStatus.BAD_REQUEST,
    "not_genuine": HTTPStatus.NOT_FOUND,
    "not_confirmed": HTTPStatus.NOT_FOUND,
    "revoked": HTTPStatus.FORBIDDEN,
    "transfer_by_telephone": HTTPStatus.FORBIDDEN,
    "slow_down": HTTPStatus.TOO_MANY_REQUESTS,
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
}
_HOUR = 3600  # seconds
_READ_THE_DESCRIPTION = "See /clearinghouse/v1/openapi.json for what can be asked, and how."
_ASK_AGAIN = "Ask again in a minute; if that does not help, use the telephone."


def refused(refusal: Refusal) -> Response:
    status = _STATUS.get(refusal.code, HTTPStatus.CONFLICT)
    response = problem(status, refusal.code, refusal.words, refusal.next_step, refusal.details)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(refusal.details.get("seconds", _HOUR))
    return response


def unavailable(seconds: int) -> Response:
    """The records are down; nothing was kept."""
    words = "The clearinghouse cannot look up its records at the moment."
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", words, _ASK_AGAIN)
    response.headers["Retry-After"] = str(seconds)
    return response


def of_http(error: HTTPException) -> Response:
    """What the web server itself refuses, such as a method or an address that there is not."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    next_step = _ASK_AGAIN if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _READ_THE_DESCRIPTION
    response = problem(status, status.name.lower(), error.description or status.phrase, next_step)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def problem(
    status: HTTPStatus, code: str, words: str, next_step: str, details: Mapping[str, Any] | None = None
) -> Response:
    """The type is a tag URI (section 3.1.1: where there is no page to link to)."""
    response = jsonify(
        type=f"tag:phone-activation.example,2026:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=f"{words} {next_step}",
        code=code,
        words=words,
        next_step=next_step,
        details=dict(details or {}),
    )
    response.status_code = status
    response.content_type = MEDIA_TYPE
    return response
