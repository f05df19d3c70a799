"""Three machines on one PostgreSQL, one of them killed and the database restarted in mid-load.

    python tests/soak/three_machines.py [KEYS]

Real `app.py serve`, real HTTP, signed webhooks, and the callers of callers.py. Prints the numbers; exit status 1 where
something was lost, double or wrong.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

import postgres_server  # noqa: E402
from postgres_server import TestServer  # noqa: E402
from soak import callers  # noqa: E402
from soak.callers import AT_ONCE, Balancer, Callers, Machine  # noqa: E402

import app  # noqa: E402

MACHINES = 3


@dataclass
class Figures(callers.Figures):
    killed: int = 0
    restarted: int = 0

    def lines(self) -> Iterator[str]:
        yield f"{MACHINES} machines, of which {self.killed} was killed; one PostgreSQL, restarted {self.restarted} time"
        yield from super().lines()


def play(keys: int, tell: Callable[[str], object]) -> Figures:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server.running(durable=True) as database,
        ExitStack() as stack,
    ):
        settings = app.Settings(database_url=database.fresh(), key_folder=f"{folder}/keys")
        parts = app.Parts(settings)
        asked = list(callers.computers_of(parts, keys))
        machines = [Machine(callers.environment(settings, Path(folder) / str(number))) for number in range(MACHINES)]
        for machine in machines:
            stack.callback(machine.kill)
        for machine in machines:
            machine.wait_until_up()
        balancer = Balancer(machines)
        stack.callback(balancer.hang_up)
        figures = Figures()
        people = Callers(parts, balancer, figures)
        trouble = threading.Thread(target=_trouble, args=(people, figures, machines, database, len(asked), tell))
        trouble.start()
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as at_once:
            list(at_once.map(people.call_until_answered, asked))
        figures.seconds = time.monotonic() - began
        trouble.join()
        people.compare(asked)
        parts.records.store.close()
        return figures


def _trouble(
    people: Callers,
    figures: Figures,
    machines: list[Machine],
    database: TestServer,
    number: int,
    tell: Callable[[str], object],
) -> None:
    """A machine dies after a third of the callers, and starts again; the database after two thirds."""
    _wait_for(people, number // 3)
    machines[1].kill()
    tell(f"A machine was killed; {people.answered} of {number} callers have their answer.")
    machines[1].start()
    figures.killed += 1
    _wait_for(people, 2 * number // 3)
    database.stop()
    tell(f"The database has crashed; {people.answered} of {number} callers have their answer.")
    time.sleep(2)
    database.start()
    tell("The database is up again.")
    figures.restarted += 1


def _wait_for(people: Callers, answered: int) -> None:
    while people.answered < answered:
        time.sleep(0.01)


if __name__ == "__main__":
    found = play(int(sys.argv[1]) if len(sys.argv) > 1 else 300, print)
    print("\n".join(found.lines()))
    sys.exit(not found.holds)
