"""Callers of the simulator on real servers, in number, and what they were told compared with what was kept.

For every product key two computers race, and one of them calls twice at once. Whatever was spoken must be in the
store, and every key must be counted once.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

import app  # noqa: E402
from activation_core import confirmation_id, installation_id  # noqa: E402
from activation_core.codes import Code, Kind  # noqa: E402
from activation_core.installation_id import Operation  # noqa: E402
from ivr.dialogue import Speak  # noqa: E402
from ivr.simulator.caller import AttentiveCaller  # noqa: E402
from ivr.simulator.carrier import Carrier  # noqa: E402
from ivr.simulator.personas import EXPERT  # noqa: E402
from ivr.simulator.rehearsal import dialling, number_to_call  # noqa: E402
from wiring.settings import CALLS_AT_ONCE  # noqa: E402

AT_ONCE = 12
PUBLIC, TOKEN = "https://activation.example", "a token of this run"
CARRIER_WAITS = 15.0  # seconds for a webhook
HARDWARE = (0x11111111, 0x22222222)  # of two computers that have nothing in common


class Process:
    """An `app.py` command with all its processes."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HOUSE / "app.py", *self._command],
            env={**os.environ, **self._environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.id = self._process.pid

    def is_up(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """As a power cut does, all its processes at once."""
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.id, signal.SIGKILL)
        self._process.wait()


class Machine(Process):
    """An `app.py serve`, on a port of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        super().__init__(["serve", "--port", str(self.port)], environment)

    def wait_until_up(self) -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if not self.is_up():
                    raise RuntimeError("a machine did not start") from None
                time.sleep(0.05)


def environment(settings: app.Settings, folder: Path, **further: str) -> dict[str, str]:
    """Of a machine with these keys and this database, and its own of everything else."""
    return {
        "DATABASE_URL": settings.database_url,
        "KEY_FOLDER": settings.key_folder,
        "MACHINE_FOLDER": f"{folder}/machine",
        "CALLS_FILE": f"{folder}/calls.db",
        "SPEECH": "off",
        "OPERATOR_NUMBER": "+12125550143",
        "PUBLIC_URL": PUBLIC,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "CALLS_AT_ONCE": str(CALLS_AT_ONCE),  # nobody is told of the end of a call whose process was killed
        **further,
    }


class Balancer(httpx.BaseTransport):
    """In front of the machines: each request goes to the next one that is up. One that breaks off is not repeated."""

    def __init__(self, machines: list[Machine]) -> None:
        self._machines, self._turn = machines, count()
        self._http = httpx.HTTPTransport(limits=httpx.Limits(max_connections=None))
        self.took: list[float] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        try:
            return self._answer(request)
        finally:
            self.took.append(time.monotonic() - began)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        for _ in self._machines:
            machine = self._machines[next(self._turn) % len(self._machines)]
            url = request.url.copy_with(scheme="http", host="127.0.0.1", port=machine.port)
            passed_on = httpx.Request(
                request.method, url, headers=request.headers, content=request.read(), extensions=request.extensions
            )
            try:
                return self._http.handle_request(passed_on)
            except httpx.ConnectError:
                continue
        raise httpx.ConnectError("no machine is up")

    def close(self) -> None:
        """The client of one call closes it; the connections are for all."""

    def hang_up(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Asked:
    """A computer, and what it must hear if its key is free for it."""

    code: Code
    shown: str
    right: str
    message: bytes  # that is signed


@dataclass
class Figures:
    """What was counted. `lost`, `double`, `wrong` and `nobody` must be nothing."""

    calls: Counter[str] = field(default_factory=Counter)  # how each call ended
    spoken: set[str] = field(default_factory=set)  # Installation IDs of which the whole Confirmation ID was heard
    wrong: int = 0  # of those, not what the key signs
    lost: int = 0  # spoken, but not in the store
    double: int = 0  # keys that more computers than one were given
    nobody: int = 0  # keys that no computer was given
    keys: int = 0
    seconds: float = 0.0
    webhooks: int = 0
    longest: float = 0.0  # seconds that a webhook took
    moments: int = 0  # that callers were asked to wait

    @property
    def holds(self) -> bool:
        return not (self.wrong or self.lost or self.double or self.nobody)

    def lines(self) -> Iterator[str]:
        yield f"{self.keys} keys, two computers for each: {len(self.spoken)} Confirmation IDs spoken"
        ends = ", ".join(f"{number} {how}" for how, number in sorted(self.calls.items()))
        yield f"{self.calls.total()} calls in {self.seconds:.1f} s: {ends}"
        yield f"“one moment” was said {self.moments} times"
        yield f"{self.webhooks} webhooks, the longest {self.longest:.1f} s of {CARRIER_WAITS:.0f}"
        yield f"lost {self.lost}, double {self.double}, wrong {self.wrong}, keys that nobody got {self.nobody}"


def computers_of(parts: app.Parts, keys: int) -> Iterator[Asked]:
    """For every key a computer, the same one again, and another one."""
    product = parts.products[1]
    for code in parts.desk.issue(1, keys, product.terms[0], secrets.randbelow, app.now()):
        for hardware in (HARDWARE[0], *HARDWARE):
            asked = installation_id.make(Operation.ACTIVATE, code, 0, hardware, 0)
            answer = confirmation_id.sign(parts.keys.signing[1, 0], asked, code, 0)
            yield Asked(code, asked.digits, "".join(answer.blocks), confirmation_id.message(asked, code, 0))


class Callers:
    """People who call again when a call comes to nothing, each until there is an answer."""

    def __init__(self, parts: app.Parts, balancer: Balancer, figures: Figures) -> None:
        self.figures = figures
        self._parts, self._balancer = parts, balancer
        self._lock, self.answered, self._numbers = threading.Lock(), 0, count()

    def call_until_answered(self, asked: Asked) -> None:
        while (ended := self._call(asked)) not in ("confirmed", "refused"):
            self._note(ended)
            time.sleep(0.2)
        self._note(ended)
        with self._lock:
            self.answered += 1

    def _note(self, ended: str) -> None:
        with self._lock:
            self.figures.calls[ended] += 1

    def _call(self, asked: Asked) -> str:
        """How it ended: confirmed, refused, put through, or broken off."""
        directory, books = self._parts.directory, self._parts.books
        caller = AttentiveCaller(asked.shown, "en-US", books, EXPERT)
        with httpx.Client(transport=self._balancer, timeout=CARRIER_WAITS) as client:
            carrier = Carrier(
                client,
                auth_token=TOKEN,
                voice_url=f"{PUBLIC}/voice",
                fallback_url=f"{PUBLIC}/voice/fallback",
                status_url=f"{PUBLIC}/voice/status",
            )
            number, n = number_to_call(directory, "US", "en-US").e164, next(self._numbers)
            own = f"+1212{2_000_000 + n}"  # everybody calls from a telephone of their own
            events = carrier.place(dialling("US", number, f"call {n}", own), caller.line())
        texts = [event.details["text"] for event in events if event.kind == "say"]
        said = [prompt for text in texts if (prompt := books["en-US"].recognise(text))]
        with self._lock:
            self.figures.moments += sum(prompt.prompt == "one_moment" for prompt in said)
        if caller.confirmation_id:
            with self._lock:
                self.figures.spoken.add(asked.shown)
                self.figures.wrong += caller.confirmation_id != asked.right
            return "confirmed"
        return _how(said)

    def compare(self, asked: list[Asked]) -> None:
        """What was spoken with what is in the store."""
        figures, records = self.figures, self._parts.records
        figures.webhooks, figures.longest = len(self._balancer.took), max(self._balancer.took)
        for code in {each.code.serial: each.code for each in asked}.values():
            figures.keys += 1
            kept = {given.installation_id for given in records.activations_of(Kind.PRODUCT_KEY, 1, code.serial)}
            spoken = {each.shown for each in asked if each.code == code} & figures.spoken
            figures.lost += len(spoken - kept)
            figures.double += len(kept) > 1 or len(spoken) > 1
            figures.nobody += not spoken


def _how(said: list[Speak]) -> str:
    """How a call ended in which no whole Confirmation ID was heard."""
    prompts = {each.prompt for each in said}
    if any(prompt.startswith("refused_") for prompt in prompts):
        return "refused"
    return "put through" if prompts & {"putting_through", "out_of_order"} else "broken off"
