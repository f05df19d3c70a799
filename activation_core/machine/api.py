"""The licensing service of this computer over HTTP: connections for its services, mode and pool for administrators.

A view reads the request, calls one function and writes the answer. Each request carries the token of a person
or a service (`Authorization: Bearer …`). Connecting and viewing is for everybody who has one; the stores refuse
what this person's role may not do. Every no is problem+json (RFC 9457) with the stable code of its refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, get_args

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from activation_core.licensing_mode import Mode
from activation_core.machine import as_json
from activation_core.machine.kept_file import Damaged
from activation_core.machine.licensing_mode import KeptMode
from activation_core.machine.people import KeptPeople
from activation_core.machine.site import KeptSite
from activation_core.machine.usage import KeptUsage
from activation_core.refusals import Refusal
from activation_core.roles import Actor

_LARGEST_BODY = 16 * 1024  # bytes; the names of a connection are short
_STATUS: Mapping[str, HTTPStatus] = {
    "not_allowed": HTTPStatus.FORBIDDEN,
    "no_such_connection": HTTPStatus.NOT_FOUND,
}  # any other refusal: 409


def api(
    *,
    people: KeptPeople,
    usage: KeptUsage,
    mode: KeptMode,
    site: KeptSite,
    add_to_pool: Callable[[Actor, datetime], Refusal | None],
    now: Callable[[], datetime],
) -> Blueprint:
    """The routes under `/machine/v1`. `add_to_pool` adds what this server brings to the pool of its site."""
    blueprint = Blueprint("machine_api", __name__, url_prefix="/machine/v1")

    @blueprint.before_request
    def known() -> Response | None:
        request.max_content_length = _LARGEST_BODY
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        actor = people.whose(token.strip()) if scheme.casefold() == "bearer" else None
        if actor is None:
            return _unknown()
        g.actor = actor
        return None

    @blueprint.after_request
    def kept_by_nobody(response: Response) -> Response:
        response.cache_control.no_store = True
        return response

    @blueprint.post("/connections")
    def connect() -> Response:
        """`user`, `device` and `service`; whether the user is an administrator is known here, not told."""
        user, device, service = (_text(name) for name in ("user", "device", "service"))
        made = usage.connect(user, device, service, now(), people.is_administrator(user))
        if isinstance(made, Refusal):
            return _refused(made)
        response = jsonify(as_json.connection(made))
        response.status_code = HTTPStatus.CREATED
        return response

    @blueprint.post("/connections/<connection_id>/logon")
    def logon(connection_id: str) -> Response:
        return _done(usage.logon(connection_id, now()))

    @blueprint.delete("/connections/<connection_id>")
    def disconnect(connection_id: str) -> Response:
        return _done(usage.disconnect(connection_id, now()))

    @blueprint.delete("/connections")
    def disconnect_all() -> Response:
        """Those of `?device=` or by `?service=`, left behind when either broke down."""
        if "service" in request.args:
            return jsonify(closed=usage.disconnect_all_by(request.args["service"], now()))
        return jsonify(closed=usage.disconnect_all_of(request.args.get("device", ""), now()))

    @blueprint.get("/usage")
    def show_usage() -> Response:
        return jsonify(as_json.usage(usage.report(now())))

    @blueprint.get("/mode")
    def show_mode() -> Response:
        return jsonify(as_json.mode(mode.mode))

    @blueprint.post("/mode")
    def change_mode() -> Response:
        asked = _text("mode")
        to: Mode | None = next((each for each in get_args(Mode) if each == asked), None)
        if to is None:
            raise ValueError(f"mode is one of {', '.join(get_args(Mode))}")
        refusal = mode.change(to, _actor(), now())
        return _refused(refusal) if refusal else jsonify(as_json.mode(mode.mode))

    @blueprint.get("/pool")
    def show_pool() -> Response:
        return jsonify(as_json.pool(site))

    @blueprint.post("/pool")
    def grow_pool() -> Response:
        """Adds what this server brings; once, however often it is asked."""
        refusal = add_to_pool(_actor(), now())
        return _refused(refusal) if refusal else jsonify(as_json.pool(site))

    @blueprint.errorhandler(Damaged)
    def damaged(error: Damaged) -> Response:
        """The sentence names a path of this computer, so it is for the people at it."""
        words = "A file of the licensing service is damaged; the pages of that computer say which, and what to do."
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "damaged", words)

    @blueprint.errorhandler(ValueError)
    def malformed(error: ValueError) -> Response:
        return _problem(HTTPStatus.BAD_REQUEST, "bad_request", str(error))

    @blueprint.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        return _problem(status, status.name.lower(), error.description or status.phrase)

    return blueprint


def _actor() -> Actor:
    actor: Actor = g.actor
    return actor


def _text(name: str) -> str:
    try:
        body = request.get_json()
    except RecursionError:
        raise ValueError("the body is nested too deep") from None
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing, or is no text")
    return value


def _done(refusal: Refusal | None) -> Response:
    return _refused(refusal) if refusal else Response(status=HTTPStatus.NO_CONTENT)


def _unknown() -> Response:
    words = "Show the token that an administrator of this computer gave you, as Authorization: Bearer."
    response = _problem(HTTPStatus.UNAUTHORIZED, "unknown_token", words)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _refused(refusal: Refusal) -> Response:
    status = _STATUS.get(refusal.code, HTTPStatus.CONFLICT)
    return _problem(status, refusal.code, refusal.words, next_step=refusal.next_step, details=dict(refusal.details))


def _problem(status: HTTPStatus, code: str, detail: str, **more: Any) -> Response:
    """RFC 9457. The type is a tag URI (section 3.1.1: where there is no page to link to)."""
    response = jsonify(
        type=f"tag:phone-activation.example,2026:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        **more,
    )
    response.status_code = status
    response.content_type = "application/problem+json"
    return response
