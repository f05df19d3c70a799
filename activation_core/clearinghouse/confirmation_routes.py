"""The Internet method: a licensed computer asks for a Confirmation ID, or whether its licences are still its own.

Programs ask here, over HTTPS and without a browser: no cookies, nothing but JSON, so no page elsewhere can ask
with somebody's rights. A view reads the request, asks the desk, and writes the answer; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import get_args

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from activation_core import blocks, confirmation_id
from activation_core.clearinghouse.address import address_of
from activation_core.clearinghouse.decisions import Standing
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.openapi import TEXT, Paths, Schema, fields, json_of, problem, ref
from activation_core.clearinghouse.problems import refused
from activation_core.clearinghouse.records import Grounds
from activation_core.refusals import Refusal

_LARGEST_BODY = 64 * 1024  # bytes


def add_confirmation_routes(blueprint: Blueprint, desk: Desk, now: Callable[[], datetime]) -> None:
    """`POST /clearinghouse/v1/confirmations` and `/standings`, each of one Installation ID."""

    @blueprint.post("/clearinghouse/v1/confirmations")
    def confirm() -> Response:
        answer = desk.confirm(_installation_id(), "internet", now(), line=address_of(request))
        if isinstance(answer, Refusal):
            return refused(answer)
        return jsonify(
            confirmation_id="".join(answer.blocks),
            blocks=answer.blocks,
            grants=answer.grants,
            grounds=answer.grounds,
        )

    @blueprint.post("/clearinghouse/v1/standings")
    def standing() -> Response:
        answer = desk.standing(_installation_id())
        return refused(answer) if isinstance(answer, Refusal) else jsonify(standing=answer)


def _installation_id() -> str:
    """As it was typed; the desk reads it."""
    request.max_content_length = _LARGEST_BODY
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be application/json.")
    try:
        match request.get_json():
            case {"installation_id": str(typed), **others} if not others:
                return typed
    except RecursionError:
        pass  # nested too deep
    raise BadRequest('The body must be {"installation_id": "…"} and nothing else.')


_ASKED = {
    "required": True,
    "content": {"application/json": {"schema": ref("Asked")}},
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_NOS = {
    "400": problem("`mistyped` and `malformed`: these digits are no Installation ID. `bad_request`: no such JSON."),
    "404": problem("`not_genuine`: not made with a code that was issued. `not_confirmed`: a standing that is not."),
    "403": problem("`revoked`: the code was withdrawn. `transfer_by_telephone`: never over the Internet."),
    "413": problem(f"`request_entity_too_large`: more than {_LARGEST_BODY // 1024} kB."),
    "415": problem("`unsupported_media_type`: the body must be application/json."),
    "429": {**problem("`slow_down`, `throttled`: too many wrong ones came from this address."), "headers": _RETRY},
    "500": problem("`internal_server_error`: a defect here."),
    "503": {
        **problem("`unavailable`: the records are down; nothing was kept."),
        "headers": _RETRY,
    },
}
_CONFLICTS = {
    "409": problem(
        "`in_use`, `transfer_needed`: another computer has the licence. `out_of_budget`: moved too often."
        " `wrong_epoch`: the software is too old."
    )
}

PATHS: Paths = {
    "/clearinghouse/v1/confirmations": {
        "post": {
            "operationId": "confirm",
            "summary": "Ask for the Confirmation ID of an Installation ID",
            "requestBody": _ASKED,
            "responses": {"200": json_of(ref("Confirmation"), "The Confirmation ID."), **_NOS, **_CONFLICTS},
        }
    },
    "/clearinghouse/v1/standings": {
        "post": {
            "operationId": "standing",
            "summary": "Ask whether a licence still belongs to the computer of an Installation ID",
            "description": "A computer asks before it takes back licences from a backup.",
            "requestBody": _ASKED,
            "responses": {"200": json_of(ref("Standing"), "Whose the licence is."), **_NOS},
        }
    },
}
SCHEMAS: dict[str, Schema] = {
    "Asked": fields(
        installation_id={
            "type": "string",
            "format": "installation-id",
            "description": "49 digits; whatever stands between them is passed over.",
        }
    ),
    "Confirmation": fields(
        confirmation_id={"type": "string", "pattern": f"^[0-9]{{{confirmation_id.DIGITS}}}$"},
        blocks={
            "type": "array",
            "items": {"type": "string", "pattern": f"^[0-9]{{{blocks.LENGTH}}}$"},
            "minItems": confirmation_id.BLOCKS,
            "maxItems": confirmation_id.BLOCKS,
            "description": "The same digits, as a person would enter them.",
        },
        grants={**TEXT, "description": "The terms of a product key, or the licenses of a license code, in words."},
        grounds={"enum": list(get_args(Grounds)), "description": "Why the answer is yes."},
    ),
    "Standing": fields(
        standing={
            "enum": list(get_args(Standing)),
            "description": "`moved`: another computer has it now, so this one must not take it back.",
        }
    ),
}
