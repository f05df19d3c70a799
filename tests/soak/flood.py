"""One telephone number calls and calls, and leaves its calls as they are, while honest callers activate.

    python tests/soak/flood.py [SECONDS]

One `app.py serve` with two workers. Of the flood no more is admitted than its line may have, in each worker before it
knows of the other's; every honest caller gets a Confirmation ID. Prints the numbers; exit status 1 where that does
not hold.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from soak import callers  # noqa: E402
from soak.callers import PUBLIC, TOKEN, Balancer, Callers, Machine  # noqa: E402

import app  # noqa: E402
from ivr.simulator.signature import sign  # noqa: E402

WORKERS, A_LINE, FLOODERS = 2, 5, 3
LINE = "+442079460999"


@dataclass
class Figures(callers.Figures):
    admitted: int = 0  # of the flood
    turned_away: int = 0
    answers: list[float] = field(default_factory=list)  # seconds that each took

    @property
    def holds(self) -> bool:
        return super().holds and A_LINE <= self.admitted <= WORKERS * A_LINE < self.turned_away

    def lines(self) -> list[str]:
        worst = 1000 * max(self.answers)
        flood = (
            f"the flood: {self.admitted} admitted, {self.turned_away} turned away, the longest answer {worst:.0f} ms"
        )
        return [flood, *super().lines()]


def play(seconds: float, keys: int) -> Figures:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        settings = app.Settings(database_url=f"sqlite:///{folder}/clearinghouse.db", key_folder=f"{folder}/keys")
        parts = app.Parts(settings)
        limit = {"CALLS_AT_ONCE_A_LINE": str(A_LINE), "WORKERS": str(WORKERS)}
        machine = Machine(callers.environment(settings, folder, **limit))
        stack.callback(machine.kill)
        machine.wait_until_up()
        balancer, figures, over = Balancer([machine]), Figures(), threading.Event()
        stack.callback(balancer.hang_up)
        asked = list(callers.computers_of(parts, keys))
        began = time.monotonic()
        with ThreadPoolExecutor() as at_once:
            floods = [at_once.submit(_flood, machine.port, over, figures) for _ in range(FLOODERS)]
            time.sleep(seconds / 2)
            people = Callers(parts, balancer, figures)
            for each in asked:
                people.call_until_answered(each)
            time.sleep(max(0, began + seconds - time.monotonic()))
            over.set()
            for flood in floods:
                flood.result()
        figures.seconds = time.monotonic() - began
        people.compare(asked)
        parts.records.store.close()
        return figures


def _flood(port: int, over: threading.Event, figures: Figures) -> None:
    """Each call from the same number, to be told from an honest one by nothing but that."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        while not over.is_set():
            call = {"CallSid": f"CA{secrets.token_hex(16)}", "From": LINE, "FromCountry": "GB", "To": "+448081570142"}
            signature = sign(TOKEN, f"{PUBLIC}/voice", list(call.items()))
            headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
            began = time.monotonic()
            answer = client.post("/voice", content=urlencode(call), headers=headers)
            figures.answers.append(time.monotonic() - began)
            if "<Gather" in answer.raise_for_status().text:
                figures.admitted += 1
            else:
                figures.turned_away += 1
            client.cookies.clear()


if __name__ == "__main__":
    found = play(float(sys.argv[1]) if len(sys.argv) > 1 else 60, 20)
    print("\n".join(found.lines()))
    sys.exit(not found.holds)
