"""A scripted call: a text file of what the caller hears and presses, played over a simulated line.

One line, one thing, in the order in which the caller lives it; `#` at the start of a line is a comment.

    given in_use | given transfer                     what the desk knows of the product key or the license codes, by
                                                      the names of ivr/simulator/stage.py; without it: genuine
    given nobody answers | given no operator          whom callers are put through to; without it: somebody
    given the desk is slow by 14 seconds | given the desk is down [once] | given the database is locked
    given all lines are busy | given the line has too many calls at once
    given the number is withheld                      the caller shows no number; without it: one of the region
    at 03:15                                          the world's clock when the call begins (UTC); without it: now
    calls from GB [to +442079460142] [in es-US]       without `to`: the best number of the region, in that language
      [with +447400123456]                            the caller's own number; without it: one that takes no texts
    hears welcome                                     a prompt by its name, or words of it in "quotes"
    presses 1 | the Installation ID | block 3 | …     then waits for what comes
    presses the next Installation ID                  where the computer shows several, one for each license code
    receives a text message                           whose blocks are those that were read
    stays silent
    writes down 13 blocks                             each heard once, with silence in between
    hangs up
    is put through | is hung up on | is cut off by the carrier
    expects activated | not activated                 what the computer says to what was written down

Nothing may be heard that the file does not name, and the call must end where the file does. An application that is
not ours has no prompts with names: there a file has words in quotes, whatever their case and spacing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches

from activation_core import blocks, installation_id
from ivr.simulator.caller import PASSED_OVER, once
from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP, ScriptedLine
from ivr.simulator.personas import STEADY, Persona, Plan
from ivr.simulator.stage import Computer, Stage
from ivr.simulator.trouble import NO_TROUBLE, TROUBLE
from ivr.wording import Books


class Difference(AssertionError):
    """The call went another way than the file says. `line` counts from 1."""

    def __init__(self, line: int, expected: str, happened: str) -> None:
        self.line, self.expected, self.happened = line, expected, happened
        super().__init__(f"line {line}: the file has “{expected}”, the caller {happened}")


class Unreadable(ValueError):
    """A line that is none of the language; the message says which and what is possible."""


@dataclass(frozen=True)
class Line:
    number: int
    text: str


@dataclass(frozen=True)
class Scenario:
    name: str
    given: str
    region: str
    dialled: str  # '' is the number that the region is given
    lines: tuple[Line, ...]
    expected: Line | None  # what the computer shall say in the end
    operator: str = ""  # NOBODY_ANSWERS, NO_OPERATOR, or '' where somebody is there
    trouble: str = NO_TROUBLE  # what is wrong with the desk
    at: time | None = None
    locale: str = ""  # the language whose number is dialled; '' is any
    is_withheld: bool = False

    @property
    def region_shown(self) -> str:
        """The caller's region as the call can know it."""
        return "" if self.is_withheld else self.region

    caller: str = ""  # the number that is called from; '' is one of the region that nobody has

    @property
    def has_computer(self) -> bool:
        """Whether a licensed computer plays a part; in the call of another application it does not."""
        return (
            bool(self.expected) or self.given != GENUINE or any(_OF_A_COMPUTER.match(each.text) for each in self.lines)
        )


GENUINE = "genuine"
NOBODY_ANSWERS, NO_OPERATOR = "nobody answers", "no operator"
WITHHELD = "the number is withheld"
EXPECTS_ACTIVATED, EXPECTS_NOT_ACTIVATED = "expects activated", "expects not activated"

E164 = r"\+[1-9]\d{4,14}"
_CALLS = re.compile(
    r"calls from (?P<region>[A-Z]{2})(?: to (?P<dialled>\+\d+)| in (?P<locale>[a-z]{2,3}-[A-Z]{2}))?"
    rf"(?: with (?P<caller>{E164}))?"
)
_AT = re.compile(r"at (?:[01]\d|2[0-3]):[0-5]\d")
_PLACE, _DIGIT = rf"[1-{installation_id.BLOCKS}]", r"(?:[1-9]|[1-3]\d|4\d)"
TEXT = "receives a text message"
_ACTIONS = re.compile(
    r"hears [a-z_]+|hears \".+\"|stays silent|hangs up|writes down [1-9]\d? blocks|is put through|is hung up on"
    rf"|is cut off by the carrier|{TEXT}"
    r"|presses the next Installation ID"
    r"|presses [0-9*#]+"
    rf"|presses the Installation ID(?: with block {_PLACE} wrong| without block {_PLACE}"
    rf"| without digit {_DIGIT}| twice digit {_DIGIT})?"
    rf"|presses the first {_DIGIT} digits|presses block {_PLACE}(?: wrong)?"
)
_NEXT_ID = "presses the next Installation ID"
_OF_A_COMPUTER = re.compile(r"presses (?:the|block) |writes down |receives ")


def parse(name: str, text: str, prompts: Collection[str] = ()) -> Scenario:
    """The scenario in this text. Unreadable names the line; also one that hears none of the `prompts`, if given."""
    lines = [Line(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [line for line in lines if not line.text.startswith("#")]
    actions, told = list[Line](), dict[str, Line]()
    for line in lines:
        if (kind := _kind(line.text)) is None:
            raise Unreadable(f"{name}, line {line.number}: {line.text!r} is no line of a scenario")
        if kind == _ACTION:
            _check_prompt(name, line, prompts)
            actions.append(line)
        elif kind in told:
            raise Unreadable(
                f"{name}, line {line.number}: {line.text!r}, but line {told[kind].number} says that already"
            )
        told.setdefault(kind, line)
    if "calls" not in told or not actions:
        missing = "hears welcome" if "calls" in told else "calls from US"
        raise Unreadable(f"{name}: a line such as {missing!r} is missing")
    given = {kind: line.text.removeprefix("given ") for kind, line in told.items()}
    call = _CALLS.fullmatch(told["calls"].text)
    assert call  # noqa: S101 (its kind says so)
    return Scenario(
        name,
        given.get("given", GENUINE),
        call["region"],
        call["dialled"] or "",
        tuple(actions),
        told.get("expects"),
        given.get("operator", ""),
        given.get("trouble", NO_TROUBLE),
        time.fromisoformat(given["at"].removeprefix("at ")) if "at" in given else None,
        call["locale"] or "",
        "caller" in told,
        call["caller"] or "",
    )


_ACTION = "action"
_KINDS = (  # of lines; the first that fits. All but actions stand once in a file.
    ("operator", re.compile(f"given (?:{NOBODY_ANSWERS}|{NO_OPERATOR})")),
    ("caller", re.compile(f"given {WITHHELD}")),
    ("trouble", re.compile(f"given (?:{TROUBLE.pattern})")),
    ("given", re.compile("given .+")),
    ("at", _AT),
    ("calls", _CALLS),
    ("expects", re.compile(f"{EXPECTS_ACTIVATED}|{EXPECTS_NOT_ACTIVATED}")),
    (_ACTION, _ACTIONS),
)


def _kind(text: str) -> str | None:
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), None)


def _check_prompt(name: str, line: Line, prompts: Collection[str]) -> None:
    heard = line.text.removeprefix("hears ")
    if not prompts or heard == line.text or heard.startswith('"') or heard in prompts:
        return
    near = get_close_matches(heard, prompts, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else '; words that are heard stand in "quotes"'
    raise Unreadable(f"{name}, line {line.number}: there is no prompt {heard!r}{hint}")


class Caller:
    """The caller of a scenario: checks what is heard against the file, and knows what to press next.

    Whatever plays the call says what it `hears`, asks what it `presses` when the line waits for keys, and
    says how it `ends`. Each raises Difference where the file says otherwise.
    """

    def __init__(self, scenario: Scenario, installation_id: str, books: Books) -> None:
        """`installation_id` may be several, one after the other."""
        self.scenario, self._shown, self._books = scenario, installation_id, books
        self.written: list[str] = []  # the blocks that were written down
        self._next = 0
        self._at = 0  # where the Installation ID begins that is being keyed
        self._writing = 0  # how many blocks are still to be written down

    def hears(self, text: str, locale: str) -> None:
        heard = self._books[locale].recognise(text) if locale in self._books else None
        if heard and heard.prompt == "read_block" and (self._writing or self._begins_to_write()):
            self.written.append(heard.values["digits"])
            self._writing -= 1
            return
        words = _words(self._peek)
        if words and _plain(words) in _plain(text):
            self._next += 1
        else:
            self._take(f"hears {heard.prompt}" if heard and not words else f'hears "{" ".join(text.split())}"')

    def receives(self, text: str) -> None:
        """A text message: its blocks are as good as written down, and the same as those that were."""
        self._take(TEXT)
        blocks_in_it = ["".join(found) for found in re.findall(r"\b(\d{3}) (\d{4})\b", text)]
        if self.written and blocks_in_it != self.written[: len(blocks_in_it)]:
            raise Difference(self._number - 1, "the blocks that were read", "receives others")
        self.written = self.written or blocks_in_it

    def presses(self) -> str | None:
        """The keys to press now: '' is silence, None is to hang up."""
        if self._writing:
            return ""
        if self._peek.startswith("presses "):
            if self._peek == _NEXT_ID:
                self._look_at_the_next_id()
            return keys_of(self._take(self._peek).removeprefix("presses "), self.installation_id)
        if self._peek == "hangs up":
            self._take("hangs up")
            return None
        self._take("stays silent")
        return ""

    def presses_early(self, event: Event, persona: Persona) -> Plan:
        """What a caller in a hurry presses while the prompt of this event is said: the same, or pound for silence."""
        if not persona.in_a_hurry or not event.details["gather"]:
            return []
        book, seconds = self._books.get(event.details["language"]), float(event.details["seconds"])
        said = book.recognise(event.details["text"]) if book else None
        silent = self._writing or self._peek == "stays silent"
        if not self._peek.startswith("presses ") and not (silent and said and said.prompt in PASSED_OVER):
            return []
        known = min(seconds, persona.recognises or seconds)
        if book and said and said.prompt == "read_block" and silent:
            known = once(book, said, seconds) + persona.writes
        return [(known + at, key) for at, key in persona.timed(self.presses() or "#")]

    def ends(self, how: str) -> None:
        """`how` is 'is hung up on', 'is put through', or '' where the caller hung up."""
        if self._writing:
            raise Difference(self._number - 1, f"{self._writing} blocks more", how or "hangs up")
        if how:
            self._take(how)
        if self._peek:
            raise Difference(self._number, self._peek, "is no longer on the line")

    @property
    def installation_id(self) -> str:
        return self._shown[self._at :][: installation_id.DIGITS]

    def _look_at_the_next_id(self) -> None:
        self._at += installation_id.DIGITS
        if self._at >= len(self._shown):
            raise Difference(self._number, self._peek, "sees no other one")

    def _begins_to_write(self) -> bool:
        begins = self._peek.startswith("writes down ")
        if begins:
            self._writing = int(self._take(self._peek).split()[2])
        return begins

    @property
    def _peek(self) -> str:
        lines = self.scenario.lines
        return lines[self._next].text if self._next < len(lines) else ""

    @property
    def _number(self) -> int:
        lines = self.scenario.lines
        return lines[min(self._next, len(lines) - 1)].number

    def _take(self, happened: str) -> str:
        """The next line, which must be what happened."""
        if happened != self._peek:
            raise Difference(self._number, self._peek or "the end of the call", happened)
        self._next += 1
        return happened


def line_of(caller: Caller, events: list[Event], persona: Persona = STEADY) -> ScriptedLine:
    """The caller on a line with a clock of its own; what happens is kept in `events`, also where it is wrong.

    Keys are pressed as the persona does: when the prompts are over, or in a hurry where that is the same to the call.
    """
    connected = pressed = False

    def decide(event: Event) -> Sequence[tuple[float, str]] | None:
        nonlocal connected, pressed
        events.append(event)
        match event.kind:
            case "say":
                caller.hears(event.details["text"], event.details["language"])
                early = caller.presses_early(event, persona)
                pressed = bool(early)
                return early
            case "wait" if not pressed:
                keys = caller.presses()
                return persona.timed([HANG_UP] if keys is None else list(keys))
            case "sms":
                caller.receives(event.details["text"])
            case "dial" if event.details["outcome"] == "completed":
                connected = True
                caller.ends("is put through")
            case "end" if not connected:
                caller.ends(_ENDS[event.details["by"]])
        return None

    return ScriptedLine(decide)


def _words(line: str) -> str:
    """What stands in quotes on a line of what is heard; '' where a prompt is named."""
    return line.removeprefix('hears "').removesuffix('"') if line.startswith('hears "') else ""


def _plain(text: str) -> str:
    """Words alone: two spaces or a capital are not heard."""
    return " ".join(text.casefold().split())


_ENDS = {"application": "is hung up on", "caller": "", "carrier": "is cut off by the carrier"}


_SLIPS = re.compile(r"presses (the Installation ID (?:without|twice) digit (\d+))")


def set_scene(scenario: Scenario, stage: Stage) -> tuple[Computer, str]:
    """The computer and what its screen shows. KeyError: no such scene.

    Where a digit is lost or doubled, an Installation ID that tells in which block: one in ten does not, and the
    call would go another way.
    """
    for _ in range(100):
        computer, shown = stage.set(scenario.given)
        if all(_tells(shown, slip) for line in scenario.lines if (slip := _SLIPS.fullmatch(line.text))):
            break
    return computer, shown


def _tells(shown: str, slip: re.Match[str]) -> bool:
    kept, _ = blocks.salvage(keys_of(slip[1], shown), installation_id.BLOCKS)
    return [place for place, block in enumerate(kept) if not block] == [(int(slip[2]) - 1) // blocks.LENGTH]


def keys_of(what: str, shown: str) -> str:
    """The keys for a description of them, given the Installation ID that the computer shows."""
    if re.fullmatch(r"[0-9*#]+", what):
        return what
    number = int(found[0]) if (found := re.search(r"\d+", what)) else 0
    length = blocks.LENGTH
    start = (number - 1) * length
    return _WAYS[re.sub(r"\d+", "n", what)](shown, number, start, start + length)


def _wrong(block: str) -> str:
    """With its first digit wrong."""
    return str((int(block[0]) + 1) % 10) + block[1:]


_WAYS: Mapping[str, Callable[[str, int, int, int], str]] = {
    "the Installation ID": lambda shown, n, start, end: shown,
    "the next Installation ID": lambda shown, n, start, end: shown,
    "the Installation ID with block n wrong": lambda shown, n, a, b: shown[:a] + _wrong(shown[a:b]) + shown[b:],
    "the Installation ID without block n": lambda shown, n, a, b: shown[:a] + shown[b:],
    "the Installation ID without digit n": lambda shown, n, a, b: shown[: n - 1] + shown[n:],
    "the Installation ID twice digit n": lambda shown, n, a, b: shown[:n] + shown[n - 1 :],
    "the first n digits": lambda shown, n, a, b: shown[:n] + "#",
    "block n": lambda shown, n, a, b: shown[a:b],
    "block n wrong": lambda shown, n, a, b: _wrong(shown[a:b]),
}
assert installation_id.BLOCKS < 10, "a block is named by one digit"  # noqa: S101
