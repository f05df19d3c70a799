"""How large a request to a page or to the Internet method may be, of how many fields, and how deep its JSON.

Far above what any page of ours sends. Webhooks have limits of their own (`ivr.webhooks`), headers those of the server.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, abort, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

LARGEST_BODY = 64 * 1024  # bytes
MOST_FIELDS = 200  # of a form, and of a query


def limit_requests(app: Flask) -> None:
    """413 for a body that is too large or a form of too many fields, 414 for such a query, 400 for JSON too deep."""
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_PARTS=MOST_FIELDS)
    app.request_class = _LimitedRequest
    app.json = _ShallowJson(app)

    @app.before_request
    def limited_query() -> None:
        if request.query_string.count(b"&") >= MOST_FIELDS:
            abort(HTTPStatus.REQUEST_URI_TOO_LONG, f"An address may have {MOST_FIELDS} fields.")


class _LimitedForms(FormDataParser):
    """MAX_FORM_PARTS counts those of multipart forms only, and what comes in chunks is cut off, not refused."""

    def parse(self, stream: IO[bytes], mimetype: str, *rest: Any, **more: Any) -> Any:
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            if len(body) >= LARGEST_BODY:
                raise RequestEntityTooLarge(f"A form may have {LARGEST_BODY // 1024} kB.")
            if body.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge(f"A form may have {MOST_FIELDS} fields.")
            stream = BytesIO(body)
        return super().parse(stream, mimetype, *rest, **more)


class _LimitedRequest(Request):
    form_data_parser_class = _LimitedForms


class _ShallowJson(DefaultJSONProvider):
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deep") from error
