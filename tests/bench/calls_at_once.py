"""
What a webhook takes while ten calls are under way, and while ten thousand are.

By hand: .venv/bin/python tests/bench/calls_at_once.py [MAX]

Virtual callers pause between two webhooks as one does who keys 49 digits and writes down 91: a call of four webhooks
takes 110 seconds (tests/ivr/test_time_budget.py). A connection carries ten of them, since a carrier keeps connections
for its calls, and the server closes one that nobody used for ten seconds. Needs wrk; writes docs/performance.md.
"""

import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import performance_page
import throughput

CALLERS = [10**power for power in range(1, 5)]
SECONDS = 30
PAUSE = 110 / 4  # seconds between two webhooks of a caller
CALLERS_A_CONNECTION = 10


def main(most: int = CALLERS[-1]) -> None:
    callers = [number for number in CALLERS if number <= most]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    ours = throughput.CONTENDERS[0]
    rows = [
        "| calls at once | webhooks/s | p50 ms | p99 ms | CPU µs a webhook | MB a worker |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    with TemporaryDirectory() as place:
        folder = Path(place)
        # As many calls as the most callers make, and some more: chance may take them sooner.
        throughput.prepare(ours, folder, round(callers[-1] * SECONDS / PAUSE / 4 * 1.3) + 10, len(callers))
        for number, at_once in enumerate(callers):
            connections, pause = at_once // CALLERS_A_CONNECTION, PAUSE / CALLERS_A_CONNECTION
            requests = folder / f"webhooks.{number}"
            with throughput.serving(ours, folder) as (port, process, _):
                one = throughput.measure(port, process, requests, SECONDS, connections, pause)
            times = f"{one.p50:.1f} | {one.p99:.1f} | {one.cpu:.0f}"
            rows.append(f"| {at_once:,} | {one.webhooks:.1f} | {times} | {one.memory:.0f} |")
            print(rows[-1], flush=True)
    performance_page.write("calls at once", "\n".join(rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
