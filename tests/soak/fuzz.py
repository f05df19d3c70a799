"""Mutated input for every parser and every route: none may raise more than it declares, or answer with a 5xx.

    python tests/soak/fuzz.py [COUNT] [SEED]

A parser may refuse with its own error. A route is asked in this process, so a million inputs take minutes; webhooks
carry the carrier's signature, the desk's forms their session and token, so that what is mutated gets past the door.
The work is shared among the cores, each with a seed of its own. Prints inputs per second and each defect once, with
the first input; exit status 1 where there is one.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from soak.fuzzed_parsers import Parser, parsers  # noqa: E402
from soak.fuzzed_routes import Routes  # noqa: E402
from soak.mutator import Mutator  # noqa: E402

MEMORY = Path("/dev/shm")  # a folder that no disk keeps, where there is one: thousands of files are written
# A call whose cookie is lost, that has no name or stands at no step, and a carrier that says it fell back, are told of
# in the log and go on to a person.
FORESEEN = (
    *[
        f"a defect in a call: {what}"
        for what in ("KeyError in _call_so_far", "KeyError in _incoming", "ValueError in advance")
    ],
    "the carrier fell back",
)
ROUTES_IN_TEN = 1  # requests among ten inputs: each takes as long as many parsers


@dataclass
class Found:
    """How many inputs of each kind, how many were refused, and each defect once."""

    inputs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)  # of routes, by status
    defects: dict[str, str] = field(default_factory=dict)  # the first input by what went wrong
    seconds: float = 0.0

    def add(self, other: Found) -> None:
        """What was found at the same time."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.answers += other.answers
        self.defects = {**other.defects, **self.defects}
        self.seconds = max(self.seconds, other.seconds)

    def lines(self) -> Iterator[str]:
        for name, number in sorted(self.inputs.items()):
            yield f"{number:>9} {name}" + (f", refused {self.refused[name]}" if self.refused[name] else "")
        yield "answers of routes: " + ", ".join(f"{n} times {status}" for status, n in sorted(self.answers.items()))
        total = self.inputs.total()
        yield f"{total} inputs in {self.seconds:.1f} s, {total / self.seconds:.0f} a second"
        yield f"5xx: {sum(n for status, n in self.answers.items() if status >= 500)}; defects: {len(self.defects)}"
        for what, asked in self.defects.items():
            yield f"  {what}\n    first: {asked}"


class _Logged(logging.Handler):
    """The defects that a log tells of, where an answer may hide them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(FORESEEN):
            return
        error = record.exc_info[1] if record.exc_info else None
        self.told.append(f"logged {record.getMessage()[:80]}: {_where(error)}")


def _where(error: BaseException | None) -> str:
    if error is None:
        return ""
    trace = error.__traceback__
    places = []
    while trace:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' '.join(places[-3:])}: {str(error)[:100]}"


def play(count: int, seed: int) -> Found:
    found, mutator = Found(), Mutator(random.Random(seed))
    chance = mutator.chance
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        all_parsers = parsers(Path(name))
        routes, logged = Routes(Path(name), mutator), _Logged()
        logging.getLogger().addHandler(logged)
        weights = [each.weight for each in all_parsers]
        began = time.monotonic()
        try:
            for number in range(count):
                if number % 10 < ROUTES_IN_TEN:
                    _ask(routes, logged, found)
                else:
                    (parser,) = chance.choices(all_parsers, weights)
                    _parse(parser, parser.draw(mutator), found)
        finally:
            logging.getLogger().removeHandler(logged)
        found.seconds = time.monotonic() - began
    return found


def _parse(parser: Parser, drawn: Any, found: Found) -> None:
    found.inputs[parser.name] += 1
    try:
        parser.parse(drawn)
    except parser.refusals as refusal:
        if isinstance(refusal, UnicodeError):
            found.defects.setdefault(f"{parser.name}: {_where(refusal)}", repr(drawn)[:400])
        found.refused[parser.name] += 1
    except Exception as error:
        found.defects.setdefault(f"{parser.name}: {_where(error)}", repr(drawn)[:400])


def _ask(routes: Routes, logged: _Logged, found: Found) -> None:
    found.inputs["requests"] += 1
    logged.told.clear()
    told, status = routes.ask()
    found.answers[status] += 1
    if status >= 500:
        found.defects.setdefault(f"status {status} {' '.join(logged.told) or told.split('?')[0]}", told[:600])
    for each in logged.told:
        found.defects.setdefault(each, told[:600])


def play_on_all_cores(count: int, seed: int) -> Found:
    """Each core plays its share; the first with this very seed."""
    cores = os.cpu_count() or 1
    shares = [count // cores + (core < count % cores) for core in range(cores)]
    found = Found()
    with ProcessPoolExecutor(cores) as pool:
        for part in pool.map(play, shares, range(seed, seed + cores)):
            found.add(part)
    return found


if __name__ == "__main__":
    logging.getLogger().addHandler(logging.NullHandler())  # what is refused by the thousand is logged by the thousand
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    result = play_on_all_cores(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, seed)
    print("\n".join(result.lines()))
    sys.exit(bool(result.defects))
