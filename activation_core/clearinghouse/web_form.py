"""`/activate`: a person types an Installation ID on any device with Internet, and reads the Confirmation ID.

The path for whoever cannot hear, or has no telephone. The desk answers as it does to the Internet method; nothing
but the form decides what is shown. It works without scripts and has no time limit. Nothing that was typed is lost:
every answer shows it again, also in another language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any, Protocol

from flask import Blueprint, Response, abort, jsonify, render_template, request

from activation_core import block_boxes, blocks, confirmation_id, installation_id, number_to_call
from activation_core.access_numbers import Directory
from activation_core.clearinghouse.address import address_of
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.store import StoreDown
from activation_core.mistyped import characters
from activation_core.page_texts import Languages, PageTexts, best
from activation_core.refusals import Refusal

# What the desk may say here; the page has these words in every language.
REFUSALS = (
    *("malformed", "not_genuine", "revoked", "wrong_epoch", "in_use", "out_of_budget", "transfer_needed"),
    *("transfer_by_telephone", "slow_down", "throttled"),
)
# Nothing can be handed over of these: whoever has no code could fill the list of the operators with them.
_UNPROVEN = frozenset({"mistyped", "malformed", "not_genuine", "slow_down", "throttled"})


class Aloud(Protocol):
    """Who reads a block aloud, where anybody does."""

    def speaks(self, locale: str) -> bool: ...
    def address(self, locale: str, place: int, digits: str) -> str:
        """Of the sound of this block, `place` counted from 0; '' where it cannot be had now."""


def web_form(
    desk: Desk,
    directory: Directory,
    languages: Languages,
    now: Callable[[], datetime],
    aloud: Aloud,
) -> Blueprint:
    """The page, and the sounds that it asks for when somebody wants the answer read aloud."""
    blueprint = Blueprint(
        "web_form", __name__, url_prefix="/activate", template_folder="templates", static_folder="static"
    )

    @blueprint.get("")
    def form() -> str:
        return page(block_boxes.as_typed((), installation_id.BLOCKS))

    @blueprint.post("")
    def typed() -> str:
        texts = request.form.getlist("block")
        boxes = block_boxes.as_typed(texts, installation_id.BLOCKS)
        if "asked" not in request.form or _is_from_elsewhere():
            return page(boxes)  # only another language or region was chosen; or the reader has not pressed the button
        kept, faults = blocks.salvage(whole(texts), installation_id.BLOCKS)
        if faults:
            return page(block_boxes.judged(texts, kept), asked=True)
        boxes = block_boxes.as_typed(block_boxes.shown(kept), installation_id.BLOCKS)
        try:
            answer = desk.confirm("".join(kept), "internet", now(), line=address_of(request))
            if isinstance(answer, Refusal):
                return page(boxes, asked=True, refusal=answer, reference=reference(kept, answer))
        except StoreDown:
            return page(boxes, asked=True, is_down=True)
        return page(boxes, asked=True, answer=answer)

    @blueprint.post("/aloud")
    def sound() -> Response:
        """Where the sound of a block is, for the script. Only what can be a block is spoken: nobody borrows the voice.

        Asked by POST, so that no log has the digits.
        """
        place, digits = request.form.get("place", 0, int), request.form.get("digits", "")
        texts = language()
        if not (1 <= place <= confirmation_id.BLOCKS and blocks.is_block(digits, place) and aloud.speaks(texts.locale)):
            abort(HTTPStatus.NOT_FOUND)
        address = aloud.address(texts.locale, place - 1, digits)
        if not address:
            abort(HTTPStatus.SERVICE_UNAVAILABLE)
        return jsonify(address=address)

    def reference(kept: Sequence[str], refusal: Refusal) -> str:
        """Under which a person finds what was typed, the same each time; '' where nothing is handed over."""
        if refusal.code in _UNPROVEN:
            return ""
        digits = "".join(kept)
        asked = "web form " + hashlib.sha256(digits.encode()).hexdigest()
        locale = language().locale
        return blocks.show(desk.records.hand_over(asked, digits, refusal.code, "web_form", locale, now()).reference)

    def language() -> PageTexts:
        accepted = (tag for tag, quality in request.accept_languages if quality > 0)
        return best(languages, chain((request.values.get("to", ""), request.values.get("lang", "")), accepted))

    def page(
        boxes: Sequence[block_boxes.Box],
        *,
        asked: bool = False,
        answer: Confirmation | None = None,
        refusal: Refusal | None = None,
        **more: Any,
    ) -> str:
        texts = language()
        tags = [tag for tag, quality in request.accept_languages if quality > 0]
        region = number_to_call.region_of_reader(request.values.get("region"), tags)
        return render_template(
            "web_form/answer.html" if answer else "web_form/form.html",
            _=texts,
            texts=texts,
            languages=languages.values(),
            boxes=boxes,
            asked=asked,
            answer=answer and list(zip(texts.block_names, block_boxes.shown(answer.blocks), strict=True)),
            is_spoken=aloud.speaks(texts.locale),
            refusal=refusal,
            regions=number_to_call.regions(texts.language),
            to_call=number_to_call.to_call(directory, region, texts.language),
            names_lang=texts.locale,
            **more,
        )

    @blueprint.after_request
    def kept_by_nobody(response: Response) -> Response:
        if request.endpoint != "web_form.static":
            response.cache_control.no_store = True
            response.vary.add("Accept-Language")
        return response

    return blueprint


def _is_from_elsewhere() -> bool:
    """Whether a page of somebody else sent this form.

    It has no right to borrow, as nobody signs in here; but a wrong ID counts against the address of who opened it.
    """
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


def whole(texts: Sequence[str]) -> str:
    """What was typed or pasted into the boxes, as one text; without the numbers of the blocks if they came along."""
    text = " ".join(texts)
    digits = "".join(filter(str.isdecimal, characters(text)))
    plain = blocks.unnumbered(digits, installation_id.BLOCKS)
    return text if plain == digits else plain
