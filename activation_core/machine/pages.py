"""The licensed computer's own screen, `/machine`: a number to call, the Installation ID, boxes for the answer.

One page (rule 54) that works by plain forms; the scripts beside it only save steps. It shows the product's
Installation ID and takes product keys, so it is for people at this computer: whoever comes over a network, by
another host name or from another page is refused. No rule of licensing lives here: `Server` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import zip_longest
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Blueprint, Request, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core import blocks, clock, codes, confirmation_id, server_activation
from activation_core.access_numbers import REGIONS, AccessNumber, Directory, UnknownRegionError
from activation_core.confirmation_id import BLOCK_NAMES, ConfirmationId
from activation_core.from_here import is_from_here
from activation_core.hardware import TABLE
from activation_core.installation_id import InstallationId
from activation_core.machine.components import Reading
from activation_core.machine.server import Server
from activation_core.mistyped import Mistyped, characters
from activation_core.refusals import Refusal
from activation_core.region_names import best_locale, language_tag, region_name, sorting_key

# What is said under a box, by the page and by its script alike.
FAULTS: Mapping[str, str] = {
    "missing": "Still empty",
    "short": "Fewer than 7 digits",
    "long": "More than 7 digits",
    "check": "Does not fit. Compare it with what you heard",
    "elsewhere": "This fits in {detail}. Swapped?",
    "character": "{detail} is not a digit",
}
FITS = "Fits"


@dataclass(frozen=True)
class Box:
    """One box of the Confirmation ID: its name, what stands in it, and what is wrong with that."""

    name: str
    typed: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Problem:
    """Why something was refused, and what to do; said at the top, where the focus goes."""

    words: str
    next_step: str


@dataclass(frozen=True)
class Number:
    """An access number as it is called from one region."""

    dialled: str
    international: str
    uri: str | None
    example: bool
    languages: tuple[tuple[str, str], ...]  # tag, and name in itself


@dataclass(frozen=True)
class ToCall:
    """What somebody in a region is told: the numbers, best first, and why the first."""

    region: str
    name: str
    why: str
    where: str  # the region of the best number
    numbers: tuple[Number, ...]


def pages(
    server: Server, reading: Reading, directory: Directory, now: Callable[[], datetime], telephone: str = ""
) -> Blueprint:
    """The screen of this server, on hardware that reads so.

    `telephone`: where example numbers are answered instead, or ''.
    """
    known_by = [
        (component, component.kind in reading.components, reading.weak.get(component.kind, "")) for component in TABLE
    ]
    blueprint = Blueprint(
        "machine", __name__, url_prefix="/machine", template_folder="templates", static_folder="static"
    )

    @blueprint.before_request
    def guard() -> Response | None:
        return only_from_here(request)

    @blueprint.get("")
    def screen() -> str:
        return page()

    @blueprint.get("/number")
    def number() -> str:
        """The part of the page that changes with the region, for the script."""
        to_call = _to_call(directory, request.args.get("region", ""), _locale())
        if to_call is None:
            abort(HTTPStatus.NOT_FOUND)
        return render_template("machine_number.html", to_call=to_call, telephone=telephone, lang=_lang())

    @blueprint.post("")
    def typed() -> str | AnyResponse:
        if "product_key" in request.form:
            return product_key_typed(request.form["product_key"])
        return confirmation_id_typed(request.form.getlist("block"))

    def product_key_typed(text: str) -> str | AnyResponse:
        try:
            refusal = server.enter_product_key(text, now())
        except ValueError as error:  # Mistyped among them
            return page(product_key=text, key_faults=_sentences(error))
        if refusal:
            return page(product_key=text, key_faults=[refusal.words, refusal.next_step])
        return back_to("state")

    def confirmation_id_typed(boxes: Sequence[str]) -> str | AnyResponse:
        try:
            refusal = server.accept(" ".join(boxes), now())
        except Mistyped as error:
            return page(boxes=_boxes(boxes, error.kept))
        if refusal:
            return page(boxes=_boxes(boxes), problem=Problem(refusal.words, refusal.next_step))
        return back_to("state")

    def back_to(anchor: str) -> AnyResponse:
        """So that a reload types nothing again. The anchor takes the focus along, with no script as well."""
        region = request.form.get("region") or None
        return redirect(url_for("machine.screen", region=region, _anchor=anchor), HTTPStatus.SEE_OTHER)

    def page(**typed: Any) -> str:
        locale, region = _locale(), request.values.get("region", _home_region())
        return render_template(
            "machine.html",
            **{"boxes": [Box(name) for name in BLOCK_NAMES], **typed},
            **_standing(server, now()),
            regions=_regions(locale),
            to_call=_to_call(directory, region, locale),
            telephone=telephone,
            names_lang=_lang(),
            words={**FAULTS, "fits": FITS},
            known_by=known_by,
        )

    return blueprint


def only_from_here(request: Request) -> Response | None:
    """None for a person at this computer; else a plain page that says why not.

    For pages that need no password because they are shown on this machine only. Whoever can send a request
    may be a neighbour in the network, a tunnel, a name that was bound to 127.0.0.1 (DNS rebinding), or a page
    of somebody else in this machine's browser.
    """
    reason = next(_reasons_against(request), None)
    if reason is None:
        return None
    words = f"This page is for the computer it runs on: {reason}.\n"
    return Response(words, HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def _reasons_against(request: Request) -> Iterator[str]:
    if not is_from_here(request.remote_addr, request.host, request.headers):
        yield "open it there, as http://localhost; this request was forwarded, or comes from another one"
    if request.method == "POST" and not _is_from_our_page(request):
        yield "this was sent by a page of somebody else"


def _is_from_our_page(request: Request) -> bool:
    """Browsers say so, newer ones in Sec-Fetch-Site; what says neither is no browser that could be misled."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin == request.host_url.rstrip("/")


def _standing(server: Server, now: datetime) -> dict[str, Any]:
    """Where the server stands, in what the page shows of it."""
    state, activation = server.state(now), server.activation
    ends = server_activation.grace_ends(activation, server.product, now)
    asked = None if state in server_activation.ACTIVATED else server.installation_id(now)
    return {
        "product": server.product,
        "state": state,
        "masked_key": codes.parse(activation.product_key).masked if activation.product_key else "",
        "is_activated": state in server_activation.ACTIVATED,
        "days_left": max(0, -((clock.reckoned(activation.clock, now) - ends) // timedelta(days=1))),
        "grace_ends": _day(ends),
        "confirmed": activation.confirmed and _confirmed(activation.confirmed, server),
        "blocks": _shown(asked.blocks) if isinstance(asked, InstallationId) else (),
        "refusal": asked if isinstance(asked, Refusal) and asked.code != "no_product_key" else None,
    }


def _confirmed(confirmed: server_activation.Confirmed, server: Server) -> dict[str, Any]:
    answer: ConfirmationId = confirmation_id.parse(confirmed.confirmation_id)
    return {
        "at": confirmed.at,
        "when": format_datetime(confirmed.at.astimezone(), "d MMMM y, HH:mm", locale="en"),
        "terms": server.product.terms[answer.grant],
        "blocks": list(zip(BLOCK_NAMES, _shown(answer.blocks), strict=True)),
    }


def _shown(digits: Sequence[str]) -> tuple[str, ...]:
    return tuple(blocks.show(block).strip() for block in digits)


def _day(moment: datetime) -> str:
    return format_date(moment.astimezone(), "d MMMM y", locale="en")


def _boxes(typed: Sequence[str], kept: Sequence[str] | None = None) -> list[Box]:
    """What was typed, each in its box; with what is wrong there, where it could not be read.

    Here a block's place is known, so no box is blamed for another: `Mistyped` has to guess where one ends.
    """
    texts = _dealt_out(typed, kept or ())
    return [
        Box(name, text, "" if kept is None else _fault(text, place))
        for place, (name, text) in enumerate(zip_longest(BLOCK_NAMES, texts[: len(BLOCK_NAMES)], fillvalue=""), 1)
    ]


def _dealt_out(typed: Sequence[str], kept: Sequence[str]) -> Sequence[str]:
    """With no script, somebody may have pasted the whole code into one box."""
    digits = ["".join(filter(str.isdecimal, characters(text))) for text in typed]
    if max(map(len, digits), default=0) <= 2 * blocks.LENGTH:
        return typed
    whole = "".join(digits)
    even = blocks.cut(whole)
    return _shown(even if len(whole) == confirmation_id.DIGITS else kept)


def _fault(text: str, place: int) -> str:
    digits, names = characters(text), dict(enumerate(BLOCK_NAMES, 1))
    strangers = [character for character in digits if not character.isdecimal()]
    if blocks.is_block(digits, place):
        return ""
    if strangers:
        return FAULTS["character"].format(detail=strangers[0])
    if len(digits) != blocks.LENGTH:
        return FAULTS["missing" if not digits else "short" if len(digits) < blocks.LENGTH else "long"]
    other = next((near for near in (place - 1, place + 1) if near in names and blocks.is_block(digits, near)), None)
    return FAULTS["elsewhere"].format(detail=names[other]) if other else FAULTS["check"]


def _sentences(error: ValueError) -> list[str]:
    if not isinstance(error, Mistyped):
        return [str(error)]
    return [f"Group {fault.place} {fault}." for fault in error.faults]


def _locale() -> Locale:
    return best_locale(tag for tag, quality in request.accept_languages if quality > 0)


def _lang() -> str:
    return language_tag(_locale())


def _home_region() -> str:
    """The region in the reader's languages (de-AT), the best one first. A language alone tells none."""
    parts = (tag.upper().split("-")[1:] for tag, quality in request.accept_languages if quality > 0)
    return next((part for tag in parts for part in tag if part in REGIONS), "")


def _regions(locale: Locale) -> list[tuple[str, str]]:
    names = ((region, region_name(region, locale)) for region in REGIONS)
    return sorted(names, key=lambda pair: (sorting_key(pair[1]), pair[0]))


def _to_call(directory: Directory, region: str, locale: Locale) -> ToCall | None:
    """What to call from there; None where the region is unknown."""
    try:
        choice, numbers = directory.number_for(region), directory.numbers_for(region)
    except UnknownRegionError:
        return None
    return ToCall(
        region=choice.region,
        name=region_name(choice.region, locale),
        why=choice.why,
        where=region_name(choice.number.region, locale) if choice.number else "",
        numbers=tuple(_number(number, choice.region) for number in numbers),
    )


def _number(number: AccessNumber, region: str) -> Number:
    return Number(
        dialled=number.as_dialled_from(region),
        international=number.international,
        uri=number.uri,
        example=number.example,
        languages=tuple((tag, Locale.parse(tag, sep="-").get_language_name() or tag) for tag in number.languages),
    )
