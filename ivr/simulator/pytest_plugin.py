"""The pytest fixture `phone_line`: a vendor calls its own voice application from a test, in words and without waiting.

The application is a voice URL, in any language, or a WSGI object. The call plays on a clock of its own and always the
same way. Not here: what the carrier does (carrier.py), and calls that are written down as files (scenario.py).

The carrier plays a call from its beginning to its end in one go, and a test says one thing after another. So the
carrier has a thread, and the two take turns: at each event the carrier stops until the test has said what the caller
does. One of them always waits for the other; nothing depends on which is faster.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ivr.simulator.carrier import Carrier, Dialling
from ivr.simulator.events import Event
from ivr.simulator.line import HANG_UP, KEYS, Line, ScriptedLine, Words
from ivr.simulator.personas import STEADY
from ivr.simulator.transcript import transcript

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["Asked", "PhoneCall", "PhoneLine", "WentOtherwise"]

PATIENCE = 60.0  # real seconds for one step; the carrier itself gives a request 15
NO_NETWORK = "http://localhost/voice"  # the URL that an application in process is told

Plan = Sequence[tuple[float, str]]
_HANG_UP: Plan = ((0.0, HANG_UP),)


class WentOtherwise(AssertionError):
    """The call went another way than the test says; the message ends with the transcript."""


@dataclass(frozen=True)
class Asked:
    """One request that the application got."""

    why: str
    method: str
    url: str
    params: Mapping[str, str]


class PhoneCall:
    """One call, said in the order in which the caller lives it. Where it goes otherwise, WentOtherwise."""

    def __init__(self, place: Callable[[Dialling, Line], object], call_sid: str) -> None:
        self.events: list[Event] = []
        self._place, self._call_sid = place, call_sid
        self._turns: _Turns | None = None
        self._unmatched = ""  # what was said after the words that `hears` found last

    # -- what the caller does --------------------------------------------------------------------------

    def dial(
        self, from_: str = "+12125550100", to: str = "+18005550199", country: str = "US", **more: str
    ) -> PhoneCall:
        """Place the call. `more` are fields of `Dialling`, such as `caller_city` and `forwarded_from`."""
        __tracebackhide__ = True
        if self._turns:
            raise RuntimeError("this call has been placed: phone_line(…) gives another one")
        called = Dialling(from_, to, self._call_sid, "AC" + "0" * 32, caller_country=country, **more)
        self._turns = _Turns(lambda line: self._place(called, line))
        self._note(self._turns.begin())
        return self

    def hears(self, words: str) -> None:
        """These words come before it is the caller's turn; capitals and spaces do not matter.

        The prompt that has them is then being said: what follows may interrupt it.
        """
        __tracebackhide__ = True
        sought = _plain(words)
        while sought not in self._unmatched:
            self._listen(f"the caller should hear “{words}”")
        self._unmatched = self._unmatched.partition(sought)[2]

    def presses(self, keys: str) -> None:
        """Press these keys, one by one, when the prompts are over."""
        __tracebackhide__ = True
        self._act_in_turn(_pressed(keys), f"the caller should press {keys}")

    def says(self, words: str) -> None:
        """Say this when the prompts are over."""
        __tracebackhide__ = True
        self._act_in_turn(STEADY.timed([Words(words)]), f"the caller should say “{words}”")

    def stays_silent(self) -> None:
        """Let the time for keys go by."""
        __tracebackhide__ = True
        self._act_in_turn((), "the caller should stay silent")

    def interrupts_with(self, keys: str) -> None:
        """Press these keys into the prompt that `hears` has just found: barge-in, or keys that are lost."""
        __tracebackhide__ = True
        if self._last.kind not in ("say", "play"):
            raise self._otherwise(f"the caller should interrupt with {keys}", "nothing is being said")
        sooner = max(0.0, STEADY.first_key - self._last.details["seconds"] / 2)  # a short prompt: in the middle
        self._go_on([(delay - sooner, key) for delay, key in _pressed(keys)])

    def hangs_up(self) -> None:
        """Hang up at once."""
        __tracebackhide__ = True
        if self.is_over:
            raise self._otherwise("the caller should hang up", self._standing)
        self._go_on(_HANG_UP)
        while not self.is_over:
            self._go_on()

    # -- what happens to the caller --------------------------------------------------------------------

    def is_hung_up_on(self) -> None:
        """The application ends the call, and asks for nothing before."""
        __tracebackhide__ = True
        expected = "the application should hang up"
        while not self.is_over:
            self._listen(expected)
        if self._last.details["by"] != "application":
            raise self._otherwise(expected, self._standing)

    def is_put_through(self, number: str = "") -> None:
        """The caller is connected with somebody, at this number if one is given."""
        __tracebackhide__ = True
        expected = f"the caller should be put through{number and ' to '}{number}"
        while self._last.kind != "dial":
            self._listen(expected)
        dialled = self._last.details
        if number not in dialled["number"] or dialled["outcome"] != "completed":
            raise self._otherwise(expected, f"{dialled['number'] or 'nobody'} was dialled: {dialled['outcome']}")
        self._go_on()

    # -- what is known of the call ---------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        return self._last.kind == "end"

    @property
    def seconds(self) -> float:
        """How long the call has lasted, on its own clock."""
        return self._last.at

    @property
    def heard(self) -> tuple[str, ...]:
        """All prompts so far, in words."""
        return tuple(event.details["text"] for event in self.events if event.kind == "say")

    @property
    def lost(self) -> str:
        """The keys that were pressed while nothing took them."""
        return "".join(event.details.get("key", "") for event in self.events if event.kind == "lost")

    @property
    def requests(self) -> tuple[Asked, ...]:
        """What the application was asked."""
        told = (event.details for event in self.events if event.kind == "request")
        return tuple(Asked(each["why"], each["method"], each["url"], each["params"]) for each in told)

    @property
    def problems(self) -> tuple[int, ...]:
        """The carrier's warnings and errors, by their codes."""
        return tuple(event.details["code"] for event in self.events if event.kind in ("warning", "error"))

    def transcript(self) -> str:
        """The call so far, a line for each thing."""
        return "\n".join(transcript(self.events, {}))

    def close(self) -> None:
        """Hang up if the call still lasts. The fixture does this at the end of the test."""
        while self._turns and self._turns.lasts:
            self._go_on(_HANG_UP)

    # -- turns -----------------------------------------------------------------------------------------

    @property
    def _last(self) -> Event:
        if not self.events:
            raise RuntimeError("nobody has called yet: call.dial() comes first")
        return self.events[-1]

    @property
    def _standing(self) -> str:
        """Where the call stands, where it cannot go on by itself."""
        last = self._last
        match last.kind:
            case "wait":
                return "it is the caller's turn: the application waits to be answered"
            case "record":
                return "it is the caller's turn: the application records"
            case "end":
                return f"the call is over: {last.details['why']}, by the {last.details['by']}"
            case _:
                return "the call goes on"

    @property
    def _is_callers_turn(self) -> bool:
        return self._last.kind in ("wait", "record")

    def _act_in_turn(self, plan: Plan, expected: str) -> None:
        __tracebackhide__ = True
        while not self._is_callers_turn:
            self._listen(expected)
        self._unmatched = ""  # what was not asked about is past
        self._go_on(plan)

    def _listen(self, expected: str) -> None:
        """Go on to the next event, as long as the caller need not act."""
        __tracebackhide__ = True
        if self._is_callers_turn or self.is_over:
            raise self._otherwise(expected, self._standing)
        self._go_on()

    def _go_on(self, plan: Plan = ()) -> None:
        __tracebackhide__ = True
        assert self._turns  # noqa: S101 (there are events, so there is a call)
        try:
            self._note(self._turns.go_on(plan))
        except _Stuck:
            told = self._last.details
            about = f"{told['method']} {told['url']}" if self._last.kind == "request" else self._last.kind
            raise self._otherwise("the call should go on", f"hangs for {PATIENCE:g} seconds since {about}") from None

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if event.kind == "say":
            self._unmatched += f" {_plain(event.details['text'])}"

    def _otherwise(self, expected: str, happened: str) -> WentOtherwise:
        return WentOtherwise(f"{expected}, but {happened}\n\n{self.transcript()}")


class _Stuck(Exception):
    """Nothing came from the carrier's thread."""


class _Turns:
    """A call that stops at each of its events until it is told what the caller does from there."""

    def __init__(self, place: Callable[[Line], object]) -> None:
        self._place = place
        self._events: SimpleQueue[Event | BaseException] = SimpleQueue()
        self._plans: SimpleQueue[Plan] = SimpleQueue()
        self.lasts = False
        self._thread = threading.Thread(target=self._carry, name="phone_line", daemon=True)

    def begin(self) -> Event:
        self.lasts = True
        self._thread.start()
        return self._next()

    def go_on(self, plan: Plan) -> Event:
        """The next event after this one, at which the caller does what is planned."""
        self._plans.put(plan)
        return self._next()

    def _next(self) -> Event:
        try:
            happened = self._events.get(timeout=PATIENCE)
        except Empty:
            self.lasts = False
            self._plans.put(_HANG_UP)  # as soon as it can
            raise _Stuck from None
        if isinstance(happened, Event) and happened.kind != "end":
            return happened
        self.lasts = False
        self._thread.join()
        if isinstance(happened, BaseException):
            raise happened
        return happened

    def _carry(self) -> None:
        try:
            self._place(ScriptedLine(self._decide))
        except BaseException as error:  # it belongs to the test, whose thread raises it
            self._events.put(error)

    def _decide(self, event: Event) -> Plan:
        self._events.put(event)
        return self._plans.get() if self.lasts and event.kind != "end" else _HANG_UP


class PhoneLine:
    """The telephone of one test: gives calls to a voice application."""

    def __init__(self, url: str, name: str) -> None:
        self.calls: list[PhoneCall] = []
        self._url, self._name = url, name

    def __call__(
        self, url: str = "", *, app: WSGIApplication | None = None, auth_token: str | None = None, **carrier: Any
    ) -> PhoneCall:
        """A call to this voice URL, still to be dialled; requests are signed where there is an auth token.

        With an `app`, a WSGI object, that answers, and no network is used. `carrier` are options of `Carrier`, such as
        `fallback_url` and `dial_outcome`.
        """
        url = url or (NO_NETWORK if app else self._url)
        if not url:
            raise pytest.UsageError("phone_line: which voice URL? Name it here, with --phone-url, or as ini phone_url.")
        transport = httpx.WSGITransport(app, raise_app_exceptions=False) if app else None

        def place(dialled: Dialling, line: Line) -> None:
            with httpx.Client(transport=transport) as client:
                Carrier(client, auth_token=auth_token, voice_url=url, **carrier).place(dialled, line)

        name = f"{self._name} {len(self.calls)}"  # so that the same test always makes the same call
        self.calls.append(PhoneCall(place, "CA" + hashlib.sha256(name.encode()).hexdigest()[:32]))
        return self.calls[-1]


# -- what pytest asks for ------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("phone_line", "calls to a voice application")
    group.addoption("--phone-url", metavar="URL", help="The voice URL that phone_line() calls; before ini phone_url.")
    parser.addini("phone_url", "The voice URL that phone_line() calls.", default="")


@pytest.fixture
def phone_line(request: pytest.FixtureRequest) -> Iterator[PhoneLine]:
    """Calls a voice application as a carrier does: `phone_line(url)` or `phone_line(app=…)` is a call to dial."""
    config = request.config
    line = PhoneLine(config.getoption("--phone-url") or config.getini("phone_url"), request.node.nodeid)
    yield line
    for call in line.calls:
        call.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test failed in another way than the call, say how the call went."""
    report = yield
    line = getattr(item, "funcargs", {}).get("phone_line")
    otherwise = call.excinfo and not call.excinfo.errisinstance(WentOtherwise)
    if report.when == "call" and report.failed and otherwise and isinstance(line, PhoneLine):
        report.sections += [("phone_line: the call", made.transcript()) for made in line.calls]
    return report


# -- words and keys ------------------------------------------------------------------------------------


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _pressed(keys: str) -> Plan:
    if not keys or set(keys) - set(KEYS):
        raise ValueError(f"{keys!r}: a telephone has the keys {KEYS}")
    return STEADY.timed(keys)
