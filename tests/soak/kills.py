"""Kill -9 of workers, of the whole application and of the signer, at random moments under load.

    python tests/soak/kills.py [ROUNDS]

One `app.py serve` with two workers on SQLite, a signer of its own, and the callers of callers.py. What died is started
again, as systemd does. Afterwards every Confirmation ID that was spoken must be in the store and, as a digest, in the
signer's log, which must be whole. Prints the numbers; exit status 1 where that does not hold.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from soak import callers  # noqa: E402
from soak.callers import Asked, Balancer, Callers, Machine, Process  # noqa: E402

import app  # noqa: E402
from activation_core.clearinghouse.signer import LogBroken, check_log, digest, digests  # noqa: E402

WORKERS = 2
FAMILIES = 6  # each has a key, and three who call with it at once
VICTIMS = ("a worker", "the application", "the signer")
LONGEST_PAUSE = 2.0  # seconds between two kills


@dataclass
class Figures(callers.Figures):
    killed: Counter[str] = field(default_factory=Counter)
    signatures: int = 0  # in the signer's log
    unsigned: int = 0  # spoken, but not in the signer's log
    log_is_whole: bool = False
    core_files: int = 0  # processes that could leave one

    @property
    def holds(self) -> bool:
        return super().holds and self.log_is_whole and not (self.unsigned or self.core_files)

    def lines(self) -> Iterator[str]:
        kills = ", ".join(f"{victim} {number} times" for victim, number in sorted(self.killed.items()))
        yield f"{self.killed.total()} kills: {kills}"
        yield from super().lines()
        whole = "whole" if self.log_is_whole else "BROKEN"
        yield f"the signer's log is {whole}, {self.signatures} signatures; spoken, but not in it: {self.unsigned}"
        yield f"processes that could leave a core file: {self.core_files}"


def play(rounds: int, tell: Callable[[str], object], chance: random.Random, families: int = FAMILIES) -> Figures:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        settings = app.Settings(database_url=f"sqlite:///{folder}/clearinghouse.db", key_folder=f"{folder}/keys")
        parts = app.Parts(settings)
        environment = callers.environment(settings, folder, SIGNER=f"{folder}/signer.sock", WORKERS=str(WORKERS))
        signer = Process(["signer", "serve", "--per-minute", "1000000"], environment)
        stack.callback(signer.kill)
        while not (folder / "signer.sock").exists():
            time.sleep(0.05)
        machine = Machine(environment)
        stack.callback(machine.kill)
        machine.wait_until_up()
        balancer, figures = Balancer([machine]), Figures()
        stack.callback(balancer.hang_up)
        people, house = Callers(parts, balancer, figures), _House(machine, signer, figures)
        over = threading.Event()
        began = time.monotonic()
        with ThreadPoolExecutor(families) as at_once:
            calling = [at_once.submit(_call_until, over, people, parts) for _ in range(families)]
            try:
                for number in range(rounds):
                    house.wait_until_up()
                    time.sleep(chance.uniform(0, LONGEST_PAUSE))
                    house.kill(VICTIMS[number % len(VICTIMS)], chance)
                    tell(f"{number + 1} of {rounds}; {people.answered} callers have their answer.")
            finally:
                over.set()
                stop = threading.Event()
                keeper = threading.Thread(target=house.keep, args=(stop,))
                keeper.start()
            asked = [each for one in calling for each in one.result()]
            stop.set()
            keeper.join()
        figures.seconds = time.monotonic() - began
        house.wait_until_up()
        for _ in range(50):  # a process that was started just now has not yet said that it wants none
            figures.core_files = sum(map(_may_leave_a_core_file, house.processes()))
            if not figures.core_files:
                break
            time.sleep(0.1)
        people.compare(asked)
        _compare_log(figures, folder / "keys" / "signer.log", asked)
        parts.records.store.close()
        return figures


def _call_until(over: threading.Event, people: Callers, parts: app.Parts) -> list[Asked]:
    """For one key after another, all its computers at once."""
    called = list[Asked]()
    while not over.is_set():
        asked = list(callers.computers_of(parts, 1))
        called += asked
        with ThreadPoolExecutor(len(asked)) as at_once:
            list(at_once.map(people.call_until_answered, asked))
    return called


class _House:
    """The application and the signer, and who starts them again."""

    def __init__(self, machine: Machine, signer: Process, figures: Figures) -> None:
        self._machine, self._signer, self._figures = machine, signer, figures

    def wait_until_up(self) -> None:
        while True:
            self.look_after()
            with suppress(RuntimeError):
                self._machine.wait_until_up()
                return

    def kill(self, victim: str, chance: random.Random) -> None:
        if victim == "a worker":
            while not (workers := children(self._machine.id)):
                self.wait_until_up()
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
        else:
            (self._machine if victim == "the application" else self._signer).kill()
        self._figures.killed[victim] += 1
        self.look_after()

    def look_after(self) -> None:
        """The server ends where a worker dies twice in a few seconds."""
        for process in (self._signer, self._machine):
            if not process.is_up():
                process.kill()
                process.start()

    def keep(self, stop: threading.Event) -> None:
        while not stop.wait(0.1):
            self.look_after()

    def processes(self) -> list[int]:
        return [self._machine.id, *children(self._machine.id), self._signer.id]


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()]


def _may_leave_a_core_file(process: int) -> bool:
    limits = Path(f"/proc/{process}/limits").read_text("utf-8").splitlines()
    (line,) = (line for line in limits if line.startswith("Max core file size"))
    return line.split()[4:6] != ["1", "1"]  # with 0 a crash reporter is handed one


def _compare_log(figures: Figures, log: Path, asked: list[Asked]) -> None:
    try:
        figures.signatures, _ = check_log(log)
    except LogBroken as error:
        print(error)
        return
    figures.log_is_whole = True
    signed = digests(log)
    spoken = {each.shown: each.message for each in asked if each.shown in figures.spoken}
    figures.unsigned = sum(digest(message) not in signed for message in spoken.values())


if __name__ == "__main__":
    found = play(int(sys.argv[1]) if len(sys.argv) > 1 else 100, print, random.Random())
    print("\n".join(found.lines()))
    sys.exit(not found.holds)
