"""What a claim costs in PostgreSQL: as the desk settles it, and by one statement that claims and does nothing else.

The desk looks first, locks the licence's row, decides in Python by what it reads, and writes: any rule, in any store.
One statement knows one rule and one store. Both are durable, over a Unix socket, in rounds that alternate.
"""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

import postgres_server  # noqa: E402

from activation_core import codes, installation_id  # noqa: E402
from activation_core.clearinghouse.postgres_store import PostgresStore  # noqa: E402
from activation_core.clearinghouse.records import Claim, Settlement  # noqa: E402
from activation_core.clearinghouse.sql_records import SqlRecords  # noqa: E402
from activation_core.codes import Kind  # noqa: E402
from activation_core.installation_id import InstallationId, Operation  # noqa: E402

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLAIMS, ROUNDS = 400, 5
ONE_STATEMENT = """
    WITH claimed AS (INSERT INTO claims VALUES (?, 0, ?, ?) ON CONFLICT DO NOTHING RETURNING licence, place)
    INSERT INTO activations SELECT licence, ?, 'claimed', place, 'telephone', ? FROM claimed RETURNING place
"""


def settle(records: SqlRecords, asked: InstallationId) -> None:
    records.settle(asked, "telephone", NOON, lambda history: Settlement("claimed", Claim(0, asked.hardware), 0))


def claim(records: SqlRecords, asked: InstallationId) -> None:
    key = (asked.operation.kind << 10 | asked.product) << 32 | asked.serial
    at = NOON.isoformat()
    with records.store.writing() as db:
        assert db.execute(ONE_STATEMENT, (key, asked.hardware, at, asked.digits, at)).fetchone()


def a_second(how, records: SqlRecords, serials: count, threads: int) -> float:
    asked = [
        installation_id.make(Operation.ACTIVATE, codes.issue(Kind.PRODUCT_KEY, 1, serial, b"issuing"), 0, 0x1111, 0)
        for serial in (next(serials) for _ in range(CLAIMS))
    ]
    records.add_licences(Kind.PRODUCT_KEY, 1, [each.serial for each in asked], 0, NOON)
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as callers:
        list(callers.map(lambda each: how(records, each), asked))
    return CLAIMS / (time.perf_counter() - began)


def main() -> None:
    with postgres_server.running(durable=True) as server:
        records, serials = SqlRecords(PostgresStore(server.fresh())), count()
        for threads in (1, 8):
            rounds = [[a_second(how, records, serials, threads) for how in (settle, claim)] for _ in range(ROUNDS)]
            as_settled, at_once = (statistics.median(column) for column in zip(*rounds, strict=True))
            ratio = statistics.median(one / other for one, other in rounds)
            print(
                f"{threads} at once: settled {as_settled:5.0f}/s ({1000 / as_settled:.2f} ms),"
                f" one statement {at_once:5.0f}/s ({1000 / at_once:.2f} ms); ratio {ratio:.2f}"
            )
        records.store.close()


if __name__ == "__main__":
    main()
