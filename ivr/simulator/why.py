"""The why-transcript: a call in two columns, what the caller heard and did, and what the server was asked and answered.

It tells why each Gather ended, which keys were lost and why, and the cause and cure of what went wrong. Rows are the
model; text and JSON are made here, the page in `why_page`. Digits are masked (`masking`) unless asked for.

The JSON of a call: `scenario`, `difference` (or null), `seconds`, `digits` ("masked" or "shown"), and `rows`. Each row
has `at` (seconds since the call was placed), `side` ("caller" or "server"), `kind`, `words` (one sentence), `notes`
(a list of sentences: why) and `language` (of what was said, else ""). Kinds of the caller: answered, hears, plays,
says, enters, silence, lost, text, dial, whispered, waits, recorded, ended. Kinds of the server: asked, answer, warning,
error.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any, Literal
from urllib.parse import unquote_plus, urlsplit

from ivr.simulator.events import Event
from ivr.simulator.masking import masked, read_document
from ivr.wording import Books

__all__ = ["WIDEST", "Row", "as_json", "as_text", "moment", "rows"]

WIDEST = 120
_TWO_COLUMNS_FROM = 72
_BLOCK = 7

# Parameters that tell something of this request; the others are the same in all requests of a call.
_TELLING = ("Digits", "FinishedOnKey", "SpeechResult", "DialCallStatus", "QueueResult", "ErrorCode", "ErrorUrl")
_KEYED = ("Digits",)

_LOST = {
    "nothing was listening": "No Gather was open. Keys count from the start of a Gather: put the prompt into it.",
    "the request was under way": "The carrier was asking the server; no key counts meanwhile.",
    "the caller was put through": "The keys went to whom the caller was talking to, not to the application.",
}


@dataclass(frozen=True)
class Row:
    """One thing that happened, `at` seconds after the call was placed."""

    at: float
    side: Literal["caller", "server"]
    kind: str
    words: str
    notes: tuple[str, ...] = ()
    language: str = ""


def rows(events: Iterable[Event], books: Books, *, show_digits: bool = False) -> list[Row]:
    """The rows of a call, in the order in which things began."""
    told = list(_Teller(books).tell(events if show_digits else masked(events, books)))
    return sorted(told, key=lambda row: row.at)  # stable: what began with its first key is told when it ends


def as_json(told: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**asdict(row), "notes": list(row.notes)} for row in told]


def moment(seconds: float) -> str:
    """Minutes, seconds and tenths: 3:07.4."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths // 10:02}.{tenths % 10}"


# -- events to rows ------------------------------------------------------------------------------------


class _Teller:
    """Goes through the events of one call, and remembers what a later one needs."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._listen: Mapping[str, Any] = {}
        self._first_key: float | None = None
        self._said: Row | None = None  # held back until it is known whether a key cut it short
        self._until = 0.0

    def tell(self, events: Iterable[Event]) -> Iterator[Row]:
        for run in _runs(events):
            row = self._row(run)
            if row is not None or run[0].kind in ("key", "words", "end"):
                yield from self._let_go(run[0])
            if row is not None and row.kind == "hears":
                self._said, self._until = row, run[0].at + run[0].details["seconds"]
            elif row is not None:
                yield row
        if self._said:
            yield self._said

    def _let_go(self, event: Event) -> Iterator[Row]:
        """The prompt that was held back."""
        said, self._said = self._said, None
        if said is None:
            return
        is_cut = event.kind in ("key", "words", "end") and event.at < self._until - 0.05
        note = f"cut short after {max(0.0, event.at - said.at):.1f} s"
        yield replace(said, notes=(note,)) if is_cut else said

    def _row(self, run: Sequence[Event]) -> Row | None:
        """One row for events of one kind in a row; None where others tell it."""
        event, told = run[0], run[0].details
        match event.kind:
            case "listen":
                self._listen, self._first_key = told, None
            case "key" | "words":
                self._first_key = event.at if self._first_key is None else self._first_key
            case "gathered":
                return self._gathered(event)
            case "lost":
                return self._lost(run)
            case "request":
                return self._asked(event)
            case "response":
                return self._answer(event)
            case "warning" | "error":
                return self._wrong(event)
            case _:
                return self._heard(event)
        return None

    def _heard(self, event: Event) -> Row | None:
        told = event.details

        def row(kind: str, words: str, *notes: str) -> Row:
            return Row(event.at, "caller", kind, words, notes)

        match event.kind:
            case "say":
                return replace(row("hears", self._spoken(told)), language=told["language"])
            case "play" if told.get("digits"):
                return row("plays", f"hears the tones {told['digits']}")
            case "play":
                return row("plays", f"hears the recording {_address(told['url'], {})}")
            case "answered":
                return row("answered", "The call is answered")
            case "sms":
                return row("text", f"receives a text message: {told['text'].replace(chr(10), ', ')}")
            case "dial":
                return row("dial", f"is put through to {told['number']}: {told['outcome']}, {told['seconds']:g} s")
            case "whispered":
                return row("whispered", f"does not hear what {told['to']} hears: {self._whispered(told)}")
            case "queued":
                return row("waits", f"waits in the queue {told['queue']}: {told['outcome']}")
            case "recorded":
                return row("recorded", f"is recorded for {told['seconds']:g} s", f"It ended: {told['why']}.")
            case "end":
                return row("ended", f"The call is ended by the {told['by']}: {told['why']}")
            case _:
                return None

    def _whispered(self, told: Mapping[str, Any]) -> str:
        if "text" in told:
            return self._spoken(told)
        if "url" in told:
            return f"the recording {_address(told['url'], {})}"
        return f"the tones {told['digits']}" if "digits" in told else "silence"

    # -- keys --

    def _gathered(self, event: Event) -> Row:
        told = event.details
        at = event.at if self._first_key is None else self._first_key
        notes = [self._reason(told)]
        if not told["digits"] and not told.get("speech") and not told.get("asks", True):
            notes.append("No request: the document goes on.")
        if speech := told.get("speech"):
            return Row(at, "caller", "says", f"says “{speech}”", tuple(notes))
        if told["digits"] or told["key"]:
            return Row(at, "caller", "enters", f"presses {_in_blocks(told['digits'])}{told['key']}", tuple(notes))
        return Row(at, "caller", "silence", "presses nothing", tuple(notes))

    def _reason(self, told: Mapping[str, Any]) -> str:
        patience, count = self._listen.get("timeout", "?"), len(told["digits"])
        keys = "1 key" if count == 1 else f"{count} keys"
        match told["why"]:
            case "finish key":
                return f"The Gather ended: {told['key']} finishes it, after {keys}."
            case "finish key first":
                return f"The Gather ended: {told['key']} finishes it, and nothing was keyed before."
            case "number of digits":
                return f"The Gather ended: {keys}, as many as it takes."
            case "timeout":
                return f"The Gather ended: {keys}, then none for {patience} s."
            case "silence":
                return f"The Gather ended: no key within {patience} s of its last prompt."
            case other:
                return f"The Gather ended: {other}."

    def _lost(self, run: Sequence[Event]) -> Row:
        lost = run[0].details
        if "key" not in lost:
            words = f"says “{lost.get('words', '')}”: lost, {lost['why']}"
            return Row(run[0].at, "caller", "lost", words)
        keys = "".join(event.details["key"] for event in run)
        count = "1 key" if len(keys) == 1 else f"{len(keys)} keys"
        hint = _LOST.get(lost["why"], "")
        words = f"presses {keys}: {count} lost, {lost['why']}"
        return Row(run[0].at, "caller", "lost", words, (hint,) if hint else ())

    # -- the server --

    def _asked(self, event: Event) -> Row:
        told = event.details
        words = f"{told['method']} {_address(told['url'], told['params'])}"
        sent = [_parameter(name, told["params"][name]) for name in _TELLING if told["params"].get(name)]
        again = [f"attempt {told['attempt']}"] if "attempt" in told else []
        return Row(event.at, "server", "asked", words, ("; ".join([told["why"], *again, *sent]),))

    def _answer(self, event: Event) -> Row:
        told = event.details
        words = f"{told['status']} after {told['seconds']:.2f} s"
        return Row(event.at, "server", "answer", f"{words}: {_document(told['body'], told['content_type'])}")

    def _wrong(self, event: Event) -> Row:
        told = event.details
        words = f"{event.kind} {told['code']}: {told['title']} ({told['message']})"
        return Row(event.at, "server", event.kind, words, (f"Cause: {told['cause']}", f"Cure: {told['cure']}"))

    def _spoken(self, told: Mapping[str, Any]) -> str:
        """With digits as numerals."""
        book = self._books.get(told["language"])
        return book.numerals(told["text"]) if book else str(told["text"])


def _parameter(name: str, value: str) -> str:
    return f"{name}={_in_blocks(value) if name in _KEYED else value}"


def _address(url: str, params: Mapping[str, str]) -> str:
    """Path and query, without the call's own parameters, which a GET carries there."""
    parts = urlsplit(url)
    own = [each for each in parts.query.split("&") if unquote_plus(each.partition("=")[0]) not in params]
    return parts.path + (f"?{'&'.join(own)}" if any(own) else "")


def _in_blocks(digits: str) -> str:
    """As they are printed where there are several."""
    return " ".join(digits[i : i + _BLOCK] for i in range(0, len(digits), _BLOCK))


def _runs(events: Iterable[Event]) -> Iterator[Sequence[Event]]:
    """Lost keys in a row together, everything else alone; a Gather is told whether a request follows."""
    whole = list(events)
    for place, event in enumerate(whole):
        if event.kind == "gathered":
            asks = any(_is_its_request(later) for later in whole[place + 1 : place + 2])
            whole[place] = Event(event.at, event.kind, {**event.details, "asks": asks})
    numbered = enumerate(whole)
    for _, run in groupby(
        numbered, lambda one: (one[1].details["why"], "key" in one[1].details) if one[1].kind == "lost" else one[0]
    ):
        yield [event for _, event in run]


def _is_its_request(event: Event) -> bool:
    return event.kind == "request" and event.details["why"] == "Gather action"


def _document(body: str, content_type: str) -> str:
    """What an answer holds, verb by verb; equal ones in a row are counted."""
    if not body:
        return content_type or "nothing"
    root = read_document(body)
    if root is None:
        return f"{len(body)} characters of {content_type or 'no type'}"
    verbs = [(name, len(list(run))) for name, run in groupby(child.tag for child in root)]
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in verbs) or "an empty document"  # noqa: RUF001


# -- as text -------------------------------------------------------------------------------------------

_SIGNS = {"hears": "« ", "plays": "« ", "enters": "» ", "says": "» ", "lost": "✗ ", "asked": "→ ", "answer": "← "}
_SIGNS |= {"warning": "! ", "error": "! "}
_TIME = 7


def as_text(told: Sequence[Row], width: int = WIDEST) -> Iterator[str]:
    """Lines of at most `width` characters: two columns, or one below the other where they would be too narrow."""
    width = min(width, WIDEST)
    left = (width - _TIME - 5) // 2 if width >= _TWO_COLUMNS_FROM else width - _TIME - 2
    right = width - _TIME - 5 - left if width >= _TWO_COLUMNS_FROM else left
    if width >= _TWO_COLUMNS_FROM:
        yield _line("time", "the caller", "the server", left)
        yield f"{'─' * _TIME}──{'─' * left}─┼─{'─' * right}"
    for row in told:
        lines = _wrapped(row, left if row.side == "caller" else right)
        for number, line in enumerate(lines):
            time = moment(row.at) if number == 0 else ""
            if width < _TWO_COLUMNS_FROM:
                yield f"{time:>{_TIME}}  {line}"
            elif row.side == "caller":
                yield _line(time, line, "", left)
            else:
                yield _line(time, "", line, left)


def _line(time: str, caller: str, server: str, left: int) -> str:
    return f"{time:>{_TIME}}  {caller:<{left}} │ {server}".rstrip()


def _wrapped(row: Row, width: int) -> list[str]:
    sign = _SIGNS.get(row.kind, "· ")
    lines = textwrap.wrap(row.words, width, initial_indent=sign, subsequent_indent="  ") or [sign]
    for note in row.notes:
        lines += textwrap.wrap(note, width, initial_indent="  ", subsequent_indent="  ")
    return lines
