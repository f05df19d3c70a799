"""The gate of the desk: nobody gets at a page behind it without having signed in, nor sends a form from elsewhere.

Any blueprint can stand behind it: `gate.guard(blueprint)`. Its templates then extend `desk/frame.html`, and each of
their forms has `form_token` in a hidden field.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.clearinghouse.sessions import Session
from activation_core.clearinghouse.sign_in import SignIn
from activation_core.clearinghouse.store import StoreDown
from activation_core.from_here import LOOPBACK

COOKIE = "desk"
BY_ITSELF = "X-Refresh"  # a page that refreshes itself says so in this header
NAVIGATION = (("/desk", "Queue"), ("/desk/look-up", "Look up"), ("/desk/today", "Today"), ("/desk/audit", "Audit"))


class Gate:
    """`public_url` is where the desk is reached from outside; on this machine it is reached as localhost, too."""

    def __init__(self, sign_in: SignIn, public_url: str, now: Callable[[], datetime]) -> None:
        self._sign_in, self._public_url, self._now = sign_in, public_url, now
        self.is_https = public_url.startswith("https:")

    def guard(self, blueprint: Blueprint) -> None:
        """Put a blueprint behind the gate: all of it but its static files."""

        @blueprint.before_request
        def let_in() -> AnyResponse | tuple[str, HTTPStatus] | None:
            if refused := self.refuse_elsewhere():
                return refused
            session = self.session()
            if session is None and request.endpoint != f"{blueprint.name}.static":
                to = request.path if request.method == "GET" else None
                return redirect(url_for("desk_door.sign_in_page", to=to), HTTPStatus.SEE_OTHER)
            if request.method == "POST" and session and not _has(session.form_token, request):
                return _refused("This form is from an earlier session.", "Nothing was done. Open the page again.")
            g.desk_session = session
            return None

        self.dress(blueprint)

    def dress(self, blueprint: Blueprint) -> None:
        """What pages on either side share: the values of the frame, no copies, words for when the store is down."""

        @blueprint.context_processor
        def frame() -> dict[str, Any]:
            session = g.get("desk_session")
            return {
                "navigation": NAVIGATION,
                "operator": session and session.operator,
                "form_token": session and session.form_token,
            }

        @blueprint.after_request
        def kept_by_nobody(response: Response) -> Response:
            if request.endpoint != f"{blueprint.name}.static":
                response.headers["Cache-Control"] = "no-store"
            return response

        @blueprint.errorhandler(StoreDown)
        def store_down(error: StoreDown) -> tuple[str, HTTPStatus]:
            words = ("The records cannot be reached at the moment.", "Nothing was done. Try again in a few seconds.")
            return _refused(*words, HTTPStatus.SERVICE_UNAVAILABLE)

    def session(self) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        return self._sign_in.session(token, self._now(), BY_ITSELF not in request.headers) if token else None

    def refuse_elsewhere(self) -> tuple[str, HTTPStatus] | None:
        """A form that a page of somebody else sends, and a host name that somebody else bound to this address."""
        ours = {self._public_url} | ({_origin_here(request)} if _is_loopback(request.host) else set())
        if request.host not in {urlsplit(origin).netloc for origin in ours}:
            return _refused(f"The desk is at {self._public_url}/desk.", "Open it there.")
        if request.method == "POST" and request.headers.get("Origin") not in ours:
            return _refused("This form was not sent by a page of the desk.", "Nothing was done.")
        return None


def operator() -> str:
    """Who is signed in, behind the gate."""
    session: Session = g.desk_session
    return session.operator


def _refused(words: str, next_step: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> tuple[str, HTTPStatus]:
    return render_template("desk/refused.html", words=words, next_step=next_step), status


def _has(form_token: str, asked: Request) -> bool:
    return hmac.compare_digest(asked.form.get("form_token", "").encode(), form_token.encode())


def _is_loopback(host: str) -> bool:
    return urlsplit(f"//{host}").hostname in LOOPBACK


def _origin_here(asked: Request) -> str:
    return f"http://{asked.host}"
