"""What is read and printed: agreement, privacy policy, purchase; and the registration, which is nobody's duty.

The texts are the vendor's: `vendor/*.html` in the templates of the application.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.machine.pages.screen import Problem, Screen, sentence
from activation_core.machine.registration import Registration
from activation_core.machine.wizards import ACTIVATE

DOCUMENTS = ("agreement", "privacy", "purchase")
_FIELDS = ("name", "organisation", "address", "email")
_LONGEST = 500  # characters of a field


def add_documents(blueprint: Blueprint, screen: Screen) -> None:
    """Their routes on this blueprint."""
    store = screen.computer.registration

    @blueprint.get(f"/<any({', '.join(DOCUMENTS)}):name>")
    def document(name: str) -> str:
        return render_template(f"vendor/{name}.html")

    @blueprint.get("/register")
    def register() -> str:
        return page(store.read())

    @blueprint.post("/register")
    def register_typed() -> str | AnyResponse:
        said = {field: request.form.get(field, "").strip()[:_LONGEST] for field in _FIELDS}
        typed = Registration(**said, on=screen.now().astimezone().date())
        try:
            store.register(typed)
        except (ValueError, OSError) as error:
            return page(typed, problem=Problem(sentence(error)))
        return redirect(url_for("machine.register", _anchor="registered"), HTTPStatus.SEE_OTHER)

    def page(registration: Registration | None, **more: Any) -> str:
        words = ACTIVATE.page("registration")
        return screen.show("register.html", registration=registration, words=words, **more)
