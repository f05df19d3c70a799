"""
What an activation costs among a thousand keys, and among ten million.

By hand: .venv/bin/python tests/bench/growth.py [MAX]

From the Installation ID to the signature, durable, in one thread; keys are drawn at random from all that were issued.
Rounds alternate between the sizes, and ratios are paired within a round. The largest file takes about 400 MB.
Writes docs/performance.md.
"""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

import performance_page

from activation_core import codes, installation_id
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from activation_core.products import Product

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ISSUING = b"issuing key of a bench" * 2
KEYS = Keys(ISSUING, {(1, 0): 4711})
SIZES = [10**power for power in range(3, 8)]
ROUNDS, EACH = 9, 100  # each key is asked for once, also of a thousand


def filled(folder: Path, size: int) -> Desk:
    """A desk that has issued so many product keys, with random serials."""
    records = SqlRecords(SqliteStore(folder / f"{size}.db"))
    chance, left = random.Random(size), size
    while left:
        serials = {chance.getrandbits(32) for _ in range(min(left, 500_000))}
        left -= len(records.add_licences(Kind.PRODUCT_KEY, 1, sorted(serials), 0, NOW))
    return Desk({1: Product(1, "Server")}, KEYS, records)


def drawn(size: int) -> list[str]:
    """Installation IDs of keys that were issued, none twice."""
    serials = random.Random(size)
    issued = list(dict.fromkeys(serials.getrandbits(32) for _ in range(min(size, 200_000))))
    picked = random.Random(0).sample(issued, ROUNDS * EACH)
    made = (codes.issue(Kind.PRODUCT_KEY, 1, serial, ISSUING) for serial in picked)
    return [installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, 1).digits for code in made]


def main(largest: int = SIZES[-1]) -> None:
    sizes = [size for size in SIZES if size <= largest]
    with TemporaryDirectory() as folder:
        desks = {size: filled(Path(folder), size) for size in sizes}
        asked = {size: drawn(size) for size in sizes}
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        for number in range(ROUNDS):
            for size in sizes:
                began = perf_counter()
                for shown in asked[size][number * EACH : (number + 1) * EACH]:
                    assert isinstance(desks[size].confirm(shown, "telephone", NOW), Confirmation)
                taken[size].append((perf_counter() - began) / EACH)
    rows = [f"| keys issued | µs an activation | of that among {sizes[0]:,} |", "|--:|--:|--:|"]
    for size in sizes:
        ratio = median(mine / first for mine, first in zip(taken[size], taken[sizes[0]], strict=True))
        cost = median(taken[size]) * 1e6
        rows.append(f"| {size:,} | {cost:.0f} | {ratio:.2f} |")
    print("\n".join(rows))
    performance_page.write("growth", "\n".join(rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
