"""Whether this process runs, at `/healthz`, and whether it can answer a call, at `/readyz`.

For whoever balances or restarts it. Both are for everybody, so they say no more than a code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify

log = logging.getLogger(__name__)


def health(checks: Mapping[str, Callable[[], object]]) -> Blueprint:
    """`checks` go by the code of what is wrong where one of them raises; the first that does is told."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthy() -> Response:
        return jsonify(healthy=True)

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        for reason, check in checks.items():
            try:
                check()
            except Exception as error:
                log.warning("not ready: %s (%s)", reason, type(error).__name__)
                return jsonify(ready=False, reason=reason), 503
        return jsonify(ready=True), 200

    @blueprint.after_request
    def of_this_moment(response: Response) -> Response:
        response.cache_control.no_store = True
        return response

    return blueprint
