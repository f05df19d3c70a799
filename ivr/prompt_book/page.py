"""The prompt book at `/prompts`: all that callers hear, in every language, and the script for a voice talent.

For people at this computer only, as the telephone is. A prompt is rendered to audio when somebody plays it, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Request, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.region_names import text_direction
from ivr.prompt_book.entries import WANTED, PromptBooks, Sought
from ivr.prompt_book.takes import takes
from ivr.reading_order import numbers
from ivr.simulator.prompt_length import sample
from ivr.speech.speech import Speech
from ivr.wording import DEFAULT_LOCALE, Pause, Value

# What stands in the place of a value, for readers.
VALUES = {
    "block": "number of the block",
    "digits": "digits of the block",
    "key": "key",
    "name": "name of the block",
    "reference": "reference",
    "toll_free": "free number",
}
FORMS = {"": "", "digits": ", digit by digit", "block": ", three digits and four"}


def prompt_book(
    books: PromptBooks, speech: Speech, guard: Callable[[Request], Response | None], calls: str
) -> Blueprint:
    """The pages. `guard` refuses whoever is not at this computer; `calls` lists the calls that were in a `step`."""
    blueprint = Blueprint(
        "prompts", __name__, url_prefix="/prompts", template_folder="templates", static_folder="static"
    )

    @blueprint.before_request
    def guarded() -> Response | None:
        return guard(request)

    @blueprint.context_processor
    def common() -> dict[str, Any]:
        return {
            "books": books.books,
            "calls": calls,
            "default": DEFAULT_LOCALE,
            "direction": text_direction,
            "form": lambda value: FORMS[value.form],
            "is_pause": lambda part: isinstance(part, Pause),
            "is_value": lambda part: isinstance(part, Value),
            "numbers": numbers,
            "value": lambda value: VALUES.get(value.name, value.name),
        }

    @blueprint.get("")
    def listed() -> str:
        sought = _sought()
        return render_template(
            "prompts/book.html",
            prompts=books.find(sought),
            sought=sought,
            is_narrowed=sought != Sought(),
            summaries=books.summary(),
            speaks={locale for locale in books.books if speech.speaks(locale)},
            wanted=WANTED,
        )

    @blueprint.get("/takes")
    def script() -> str:
        """Of one language, to be printed."""
        locale = request.args.get("locale", DEFAULT_LOCALE)
        if locale not in books.books:
            abort(HTTPStatus.NOT_FOUND)
        book = books.books[locale]
        uses = {prompt.name: prompt.uses for prompt in books.prompts}
        return render_template("prompts/takes.html", book=book, takes=takes(book), uses=uses)

    @blueprint.get("/<locale>/<name>.wav")
    def audio(locale: str, name: str) -> AnyResponse:
        book = books.books.get(locale)
        if book is None or name not in book.prompts:
            abort(HTTPStatus.NOT_FOUND)
        rendered = speech.render(sample(book, name).fragments, locale)
        if rendered is None:
            abort(HTTPStatus.NOT_FOUND)
        return redirect(url_for("speech.wav", key=rendered.key))

    def _sought() -> Sought:
        """What the address asks for; nonsense is anything."""
        asked = request.args
        locale, wanted = asked.get("locale", ""), asked.get("wanted", "")
        return Sought(
            locale if locale in books.books else "",
            " ".join(asked.get("words", "").split()),
            wanted if wanted in WANTED else "",
        )

    return blueprint
