"""A call that was made, written down as a scenario: a text that plays back as it stands, to be read and changed.

A scripted caller hears every prompt to its end and only then presses keys. So where somebody was faster, what they cut
short is written as heard, and keys that were lost are a comment. Digits are written as what they were: the whole
Installation ID, a block of it, or one keyed wrong; which computer showed it does not matter to the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from activation_core import blocks, confirmation_id, installation_id
from activation_core.access_numbers import Directory
from activation_core.refusals import REASONS
from ivr.dialogue import Speak
from ivr.simulator.document import Document, parse
from ivr.simulator.events import Event
from ivr.simulator.markup import spoken_words
from ivr.simulator.rehearsal import nobodys_number, number_to_call
from ivr.simulator.scenario import (
    E164,
    EXPECTS_ACTIVATED,
    EXPECTS_NOT_ACTIVATED,
    NO_OPERATOR,
    NOBODY_ANSWERS,
    TEXT,
    WITHHELD,
    keys_of,
)
from ivr.simulator.trouble import BUSY, NO_TROUBLE, THROTTLES
from ivr.simulator.verbs import Dial, Gather, Hangup, Say, Verb
from ivr.wording import Books

__all__ = ["NothingHeard", "scenario_of"]

_SILENT, _HANGS_UP = "stays silent", "hangs up"
_PUT_THROUGH, _HUNG_UP_ON = "is put through", "is hung up on"
_ENDS = {"application": _HUNG_UP_ON, "carrier": "is cut off by the carrier"}


class NothingHeard(ValueError):
    """The call ended before anything was said: there is nothing to write down."""


@dataclass(frozen=True)
class _Heard:
    text: str
    language: str


@dataclass(frozen=True)
class _Entered:
    """What a Gather got; both empty is silence."""

    digits: str
    key: str
    limit: int | None


@dataclass(frozen=True)
class _Did:
    line: str


@dataclass(frozen=True)
class _Remark:
    text: str


_Item = _Heard | _Entered | _Did | _Remark


def scenario_of(
    events: Sequence[Event], region: str, dialled: str, directory: Directory, books: Books, trouble: str = NO_TROUBLE
) -> str:
    """The text of a .call file. NothingHeard where there is nothing to write. `trouble` was at the desk."""
    items = list(_Listener().items(events))
    if not any(isinstance(item, _Heard) for item in items):
        raise NothingHeard("Nothing was said in this call, so there is nothing to write down.")
    usual = number_to_call(directory, region, "").e164
    writer = _Writer(items, books)
    lines = [
        "# Recorded from a call. A line is what the caller hears or does; ivr/simulator/scenario.py names them all.",
        *_given(items, events, books, trouble),
        f"calls from {region}" + ("" if dialled == usual else f" to {dialled}") + _with(events, region),
        *writer.lines(),
        EXPECTS_ACTIVATED if writer.is_confirmed else EXPECTS_NOT_ACTIVATED,
    ]
    return "\n".join(lines) + "\n"


def _with(events: Sequence[Event], region: str) -> str:
    """The number that was called from, where it matters: text messages may go to it."""
    numbers = [event.details["params"].get("From", "") for event in events if event.kind == "request"]
    number = next(iter(numbers), "")
    return f" with {number}" if re.fullmatch(E164, number) and number != nobodys_number(region) else ""


def _recognised(heard: _Heard, books: Books) -> Speak | None:
    book = books.get(heard.language)
    return book.recognise(heard.text) if book else None


def _given(items: Sequence[_Item], events: Sequence[Event], books: Books, trouble: str) -> Iterator[str]:
    """What the desk must know, and who must be there, for the same to be heard again."""
    said = [said.prompt for item in items if isinstance(item, _Heard) and (said := _recognised(item, books))]
    refused = dict.fromkeys(prompt.removeprefix("refused_") for prompt in said if prompt.startswith("refused_"))
    if "throttled" in refused:  # that is the line's doing, not the key's
        trouble = trouble or THROTTLES
    trouble = trouble or next((scene for scene, prompt in BUSY.items() if prompt in said), NO_TROUBLE)
    known = [code for code in refused if code in REASONS and code != "throttled"]
    yield from (f"given {code}" for code in known[:1])
    if known[1:]:
        yield f"# and was refused as {', '.join(known[1:])} later: a file has one scene only"
    dials = [event.details["outcome"] for event in events if event.kind == "dial"]
    if dials and "completed" not in dials:
        yield f"given {NOBODY_ANSWERS}"
    if not dials and "nobody" in said:
        yield f"given {NO_OPERATOR}"
    if any(event.kind == "request" and event.details["params"].get("From") == "anonymous" for event in events):
        yield f"given {WITHHELD}"
    if trouble:
        yield f"given {trouble}"


# -- events to what was heard and done, as a scripted caller lives it -----------------------------------


class _Listener:
    def __init__(self) -> None:
        self._verbs: list[Verb] = []  # of the document that is playing, from the present one on
        self._is_listening = False
        self._gather: Gather | None = None  # that is open, where the document is known
        self._limit: int | None = None
        self._prompts_begun = 0
        self._is_under_way = False
        self._is_connected = False

    def items(self, events: Sequence[Event]) -> Iterator[_Item]:
        told = [event for event in events if not _is_callback(event)]
        items: list[_Item] = []
        for event in told:
            items += self._items(event)
        if self._is_under_way and told[-1].details["by"] == "caller":
            items = self._hung_up_before_the_answer(items)
        return iter(items)

    def _items(self, event: Event) -> Iterator[_Item]:
        told = event.details
        match event.kind:
            case "request":
                self._is_under_way = True
            case "response":
                self._is_under_way, self._verbs = False, _verbs(told["body"])
            case "say":
                self._begin_prompt(told["gather"], told["text"])
                yield _Heard(told["text"], told["language"])
            case "play" | "pause":
                self._prompts_begun += bool(told["gather"])
            case "listen":
                self._open(told["numDigits"])
            case "gathered":
                yield from self._rest_of_prompts()
                if told.get("speech"):
                    yield _Remark(f"said “{told['speech']}”; a file has no line for that")
                self._is_listening, self._gather = False, None
                yield _Entered(told["digits"], told["key"], self._limit)
            case "lost" if "key" in told:
                yield _Remark(f"pressed {_unreadable(told['key'])} in vain: {told['why']}")
            case "sms":
                yield _Did(TEXT)
            case "dial" if told["outcome"] == "completed":
                self._is_connected = True
                yield _Did(_PUT_THROUGH)
            case "end" if not self._is_connected:
                yield from self._end(told["by"])

    def _open(self, limit: int | None) -> None:
        self._is_listening, self._limit, self._prompts_begun = True, limit, 0
        for place, verb in enumerate(self._verbs):
            if isinstance(verb, Gather):
                self._gather, self._verbs = verb, self._verbs[place + 1 :]
                return

    def _begin_prompt(self, in_gather: bool, text: str) -> None:
        if in_gather:
            self._prompts_begun += 1
            return
        place = next((n for n, verb in enumerate(self._verbs) if isinstance(verb, Say) and _words(verb) == text), None)
        if place is not None:
            self._verbs = self._verbs[place + 1 :]

    def _rest_of_prompts(self) -> Iterator[_Item]:
        """What the open Gather says that a faster caller did not hear."""
        if self._gather:
            whole = [prompt for prompt in self._gather.prompts for _ in range(getattr(prompt, "loop", 1))]
            yield from (_heard(prompt) for prompt in whole[self._prompts_begun :] if isinstance(prompt, Say))

    def _end(self, by: str) -> Iterator[_Item]:
        if by != "caller":
            yield _Did(_ENDS[by])
        elif self._is_listening:
            yield from self._rest_of_prompts()
            yield _Did(_HANGS_UP)
        elif not self._is_under_way:
            yield from self._walk_on()

    def _walk_on(self) -> Iterator[_Item]:
        """The caller hung up where a scripted one cannot, while something was said: that one hears the document out."""
        yield _Remark("hung up while this was said; a scripted caller hears it out")
        for verb in self._verbs:
            match verb:
                case Say():
                    yield _heard(verb)
                case Gather():
                    yield from (_heard(prompt) for prompt in verb.prompts if isinstance(prompt, Say))
                    yield _Did(_HANGS_UP)
                    return
                case Dial():
                    yield _Did(_PUT_THROUGH)
                    return
                case Hangup():
                    break
        yield _Did(_HUNG_UP_ON)

    @staticmethod
    def _hung_up_before_the_answer(items: list[_Item]) -> list[_Item]:
        last = max((n for n, item in enumerate(items) if isinstance(item, _Entered)), default=None)
        if last is None:
            return items
        remark = _Remark("pressed keys, and hung up before the answer; here the caller hangs up at once")
        return [*items[:last], remark, _Did(_HANGS_UP)]


def _is_callback(event: Event) -> bool:
    return event.kind in ("request", "response") and "callback" in event.details["why"]


def _verbs(body: str) -> list[Verb]:
    document = parse(body) if body else None
    return [read.verb for read in document.verbs if read.verb] if isinstance(document, Document) else []


def _words(say: Say) -> str:
    return spoken_words(say.speech)


def _heard(say: Say) -> _Heard:
    return _Heard(_words(say), say.language)


def _unreadable(key: str) -> str:
    """A digit may be one of an Installation ID: a file that is kept does not tell it."""
    return key if key in "*#" else "a digit"


# -- what was heard and done, as lines -------------------------------------------------------------------


class _Writer:
    def __init__(self, items: Sequence[_Item], books: Books) -> None:
        self._items, self._books = items, books
        self._shown = list(_ids(items, books))
        self._place: int | None = None  # the block that was asked for last
        self._id = -1  # which of the Installation IDs is being keyed
        self._written = 0
        self.is_confirmed = False

    def lines(self) -> Iterator[str]:
        n = 0
        while n < len(self._items):
            item = self._items[n]
            run = self._run(n)
            if run:
                self._written += run
                yield f"writes down {run} blocks"
                n += 2 * run - 1
                continue
            yield from self._line(item)
            n += 1
        self.is_confirmed = self._written == confirmation_id.BLOCKS

    def _run(self, n: int) -> int:
        """How many blocks are heard from here on that were not heard before, with silence in between."""
        count = 0
        while self._block(n + 2 * count) == self._written + count:
            count += 1
            between = self._items[n + 2 * count - 1 : n + 2 * count]
            if not (between and _is_silence(between[0])):
                break
        return count

    def _block(self, n: int) -> int | None:
        item = self._items[n] if n < len(self._items) else None
        said = _recognised(item, self._books) if isinstance(item, _Heard) else None
        return int(said.values["name"]) if said and said.prompt == "read_block" else None

    def _line(self, item: _Item) -> Iterator[str]:
        match item:
            case _Heard():
                yield self._hears(item)
            case _Did(line):
                yield line
            case _Remark(text):
                yield f"# {text}"
            case _Entered("", ""):
                yield _SILENT
            case _Entered():
                yield from self._presses(item)

    def _hears(self, heard: _Heard) -> str:
        said = _recognised(heard, self._books)
        if said is None:
            return f'hears "{heard.text}"'
        if said.prompt == "read_block":
            return f'hears "{self._books[heard.language].block_names[int(said.values["name"])]}"'
        self._place = _place_asked(said)
        return f"hears {said.prompt}"

    def _presses(self, entered: _Entered) -> Iterator[str]:
        if entered.limit in _OF_AN_ID and entered.digits:
            self._id += 1
        words = _described(entered, self._place, self._shown[max(self._id, 0)] if self._shown else "")
        if words is None and len(entered.digits) >= blocks.LENGTH:
            yield "# These digits stand as they were keyed; the Installation ID of another computer has others."
        yield f"presses {words or entered.digits + entered.key}"


def _is_silence(item: _Item) -> bool:
    return isinstance(item, _Entered) and not item.digits and not item.key


def _place_asked(said: Speak) -> int | None:
    block = str(said.values.get("block", ""))
    return int(block) if block.isdigit() else None


def _ids(items: Sequence[_Item], books: Books) -> Iterator[str]:
    """The Installation IDs that were keyed, as far as they are known; one begins where a whole one is asked for."""
    known: dict[int, str] = {}
    place, has_begun = None, False
    for item in items:
        match item:
            case _Heard() if said := _recognised(item, books):
                place = _place_asked(said) or place
            case _Entered(digits, _, limit) if digits and limit in _OF_AN_ID:
                if has_begun:
                    yield _filled(known)
                has_begun = True
                kept, _ = blocks.salvage(_OF_AN_ID[limit] + _after_star(digits), installation_id.BLOCKS)
                known = {n: block for n, block in enumerate(kept, 1) if block}
            case _Entered(digits) if place and blocks.is_block(_after_star(digits), place):
                known[place] = _after_star(digits)
    yield _filled(known)


def _filled(known: dict[int, str]) -> str:
    """With right blocks of nothing where a block is not known."""
    return "".join(known.get(n, nothing) for n, nothing in enumerate(blocks.from_number(0, installation_id.BLOCKS), 1))


def _after_star(digits: str) -> str:
    """Star clears what was keyed before it."""
    return digits.rpartition("*")[2]


def _described(entered: _Entered, place: int | None, shown: str) -> str | None:
    """In words of a scenario; None where they would not say it."""
    digits = _after_star(entered.digits)
    if entered.limit in _OF_AN_ID and len(digits) >= blocks.LENGTH:
        return _whole(digits, shown)
    if len(digits) != blocks.LENGTH or entered.limit != blocks.LENGTH:
        return None
    fits = next((n for n in _PLACES if blocks.is_block(digits, n)), None) if place is None else place
    if fits is None:
        return None
    return f"block {fits}" if blocks.is_block(digits, fits) else f"block {fits} wrong"


# How many digits are asked for where a whole Installation ID is, and what was keyed of it before that.
_OF_AN_ID = {installation_id.DIGITS: "", installation_id.DIGITS - 1: "0"}
_PLACES = range(1, installation_id.BLOCKS + 1)
_DIGITS = range(1, installation_id.DIGITS + 1)
_WAYS = (
    "the Installation ID",
    *(f"the Installation ID with block {n} wrong" for n in _PLACES),
    *(f"the Installation ID without block {n}" for n in _PLACES),
    *(f"the first {n} digits" for n in _DIGITS[:-1]),
    *(f"the Installation ID without digit {n}" for n in _DIGITS),
    *(f"the Installation ID twice digit {n}" for n in _DIGITS),
)


def _whole(digits: str, shown: str) -> str | None:
    """The way to key this Installation ID that gives these digits, else one that leaves the same blocks right."""
    ways = {way: keys_of(way, shown).rstrip("#")[: installation_id.DIGITS] for way in _WAYS}
    exact = next((way for way, keys in ways.items() if keys == digits), None)
    kept, _ = blocks.salvage(digits, installation_id.BLOCKS)
    if exact or not any(kept):
        return exact
    alike = (way for way, keys in ways.items() if blocks.salvage(keys, installation_id.BLOCKS)[0] == kept)
    return next(alike, None)
