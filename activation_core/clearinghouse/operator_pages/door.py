"""The door of the desk: signing in and out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from activation_core.clearinghouse.address import address_of
from activation_core.clearinghouse.operator_pages.gate import COOKIE, Gate
from activation_core.clearinghouse.sign_in import SignIn
from activation_core.clearinghouse.staff import Staff


def door(gate: Gate, staff: Staff, now: Callable[[], datetime], token: Callable[[], str]) -> Blueprint:
    """`/desk/sign-in`. `token` draws one that nobody guesses: 32 random bytes or more."""
    blueprint = Blueprint("desk_door", __name__, url_prefix="/desk")
    blueprint.before_request(gate.refuse_elsewhere)
    gate.dress(blueprint)

    @blueprint.get("/sign-in")
    def sign_in_page() -> str | Response:
        if gate.session():
            return redirect(_to())
        return page()

    @blueprint.post("/sign-in")
    def begin() -> tuple[str, HTTPStatus, Mapping[str, str]] | Response:
        name, drawn, at = request.form.get("name", ""), token(), now()
        refused = staff.sign_in.sign_in(name, request.form.get("password", ""), address_of(request), drawn, at)
        if refused is None:
            response = redirect(_to(), HTTPStatus.SEE_OTHER)
            # Strict: a page elsewhere cannot even open the desk with it.
            response.set_cookie(COOKIE, drawn, path="/desk", httponly=True, samesite="Strict", secure=gate.is_https)
            return response
        if refused.until is None:
            return page("Name or password is not right.", name), HTTPStatus.OK, {}
        seconds = max(1, round((refused.until - at).total_seconds()))
        words = f"Too many attempts. Try again in {_shown(seconds)}."
        return page(words, name), HTTPStatus.OK, {"Retry-After": str(seconds)}

    def page(problem: str = "", name: str = "") -> str:
        return render_template(
            "desk/sign_in.html", problem=problem, name=name, to=_to(), is_empty=not staff.accounts.operators(now())
        )

    return blueprint


def add_sign_out(blueprint: Blueprint, gate: Gate, sign_in: SignIn, now: Callable[[], datetime]) -> None:
    """Behind the gate, since it takes a form."""

    @blueprint.post("/sign-out")
    def sign_out() -> Response:
        sign_in.sign_out(request.cookies.get(COOKIE, ""), now())
        response = redirect(url_for("desk_door.sign_in_page"), HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, path="/desk", httponly=True, samesite="Strict", secure=gate.is_https)
        return response


def _to() -> str:
    """The page of the desk that was asked for before."""
    to = request.values.get("to", "")
    return to if to.startswith("/desk") else "/desk"


def _shown(seconds: int) -> str:
    return f"{seconds} second{'s' * (seconds > 1)}" if seconds < 120 else f"{round(seconds / 60)} minutes"
