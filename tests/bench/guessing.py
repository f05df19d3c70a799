"""
Whether time tells which guess was nearer. By hand: .venv/bin/python tests/bench/guessing.py

A serial that was never issued, an issued one with a wrong tag, and an unissued one with a right tag (which takes the
issuing key) are asked in turn, so that a busy machine slows all three. Medians, and the share of pairs in which one
took longer than the other: 0.50 is a coin.
"""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from activation_core import codes, installation_id
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.throttle import Throttle
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from activation_core.products import Product

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ISSUING = b"issuing key of a bench" * 2
ISSUED, ROUNDS = 1_000, 2_000
KINDS = {"unknown serial": (b"other", 1_000_000), "wrong tag": (b"other", 0), "unissued code": (ISSUING, 2_000_000)}


def main() -> None:
    chance = random.Random(1)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "clearinghouse.db")
        records = SqlRecords(store)
        records.add_licences(Kind.PRODUCT_KEY, 1, range(ISSUED), 0, NOW)
        desk = Desk({1: Product(1, "Server")}, Keys(ISSUING, {(1, 0): 4711}), records, Throttle(store, b"key", 10))
        for number in range(ROUNDS):
            for kind in chance.sample(sorted(KINDS), len(KINDS)):
                key, first = KINDS[kind]
                code = codes.issue(Kind.PRODUCT_KEY, 1, first + chance.randrange(ISSUED), key)
                shown = installation_id.make(Operation.ACTIVATE, code, 0, chance.getrandbits(32), 1).digits
                began = perf_counter()
                answer = desk.confirm(shown, "telephone", NOW, line=f"{kind} {number}")
                times[kind].append(perf_counter() - began)
                assert getattr(answer, "code", "") == "not_genuine"
    for kind, taken in times.items():
        others = [other for other in times if other != kind]
        wins = ", ".join(
            f"{sum(a > b for a, b in zip(taken, times[o], strict=True)) / ROUNDS:.2f} of {o}" for o in others
        )
        print(f"{kind:<16}{median(taken) * 1e6:8.0f} µs   slower than {wins}")


if __name__ == "__main__":
    main()
