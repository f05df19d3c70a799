"""The clearinghouse over HTTP: the Internet method, the numbers to call, and the description of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from activation_core.access_numbers import Directory
from activation_core.clearinghouse import confirmation_routes, number_routes, openapi, problems
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.store import StoreDown

DESCRIPTION = openapi.describe(
    {
        **confirmation_routes.PATHS,
        **number_routes.PATHS,
        "/clearinghouse/v1/openapi.json": {
            "get": {
                "operationId": "description",
                "summary": "This description",
                "responses": {"200": openapi.json_of({"type": "object"}, "OpenAPI 3.1.")},
            }
        },
    },
    {**confirmation_routes.SCHEMAS, **number_routes.SCHEMAS},
)
_OURS = ("/clearinghouse/", "/access-numbers")
_RETRY_AFTER = 5  # seconds: the records' own wait for their turn is over by then


def web(directory: Directory, desk: Desk, now: Callable[[], datetime]) -> Blueprint:
    """All routes of the clearinghouse; whatever is refused below them is problem+json."""
    blueprint = Blueprint("clearinghouse", __name__)
    confirmation_routes.add_confirmation_routes(blueprint, desk, now)
    number_routes.add_number_routes(blueprint, directory)

    @blueprint.get("/clearinghouse/v1/openapi.json")
    def description() -> Response:
        return jsonify(DESCRIPTION)

    @blueprint.errorhandler(StoreDown)
    def records_down(error: StoreDown) -> Response:
        return problems.unavailable(_RETRY_AFTER)

    # Of the whole application, because an address or a method that there is not belongs to no blueprint.
    @blueprint.app_errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response | HTTPException:
        return problems.of_http(error) if request.path.startswith(_OURS) else error

    @blueprint.after_request
    def kept_by_nobody_else(response: Response) -> Response:
        if "Cache-Control" not in response.headers:
            response.cache_control.no_store = True
        return response

    return blueprint
