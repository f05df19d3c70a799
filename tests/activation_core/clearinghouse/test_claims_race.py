"""Two hundred computers ask for one code at the same moment: one gets it, and nobody gets an error."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random

import pytest

from activation_core import codes, installation_id
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.store import Store
from activation_core.clearinghouse.stores import open_store
from activation_core.codes import Kind
from activation_core.hardware import same_machine
from activation_core.installation_id import Operation
from activation_core.products import Pack, Product

PROCESSES, THREADS, CLAIMS = 4, 16, 200
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ISSUING = b"issuing key of a test" * 2
PACK = Pack(20, "user")


OPENED: list[Store] = []


def store_of(url: str) -> Store:
    OPENED.append(open_store(url))
    return OPENED[-1]


@pytest.fixture(autouse=True)
def stores_are_closed() -> Iterator[None]:
    """A pool of connections that is thrown away open may be so by a thread of its own, which cannot wait for itself."""
    yield
    while OPENED:
        OPENED.pop().close()


def open_desk(url: str, places: int) -> Desk:
    product = Product(1, "Server", installs_per_key=places)
    return Desk({1: product}, Keys(ISSUING, {(1, 0): 4711}), SqlRecords(store_of(url)))


def different_machines(count: int) -> list[int]:
    """Hardware of which no two pass for the same computer; always the same ones."""
    random, machines = Random(5), list[int]()
    while len(machines) < count:
        drawn = random.getrandbits(32) | 0x11111111
        if not any(same_machine(drawn, other) for other in machines):
            machines.append(drawn)
    return machines


def claim_all(url: str, places: int, ids: list[str], barrier: Barrier, answers: "Queue[str]") -> None:
    """One process: its threads begin together with those of the others and share out the IDs."""
    desk, left = open_desk(url, places), iter(ids)

    def claim() -> None:
        barrier.wait(60)
        for shown in left:
            try:
                answer = desk.confirm(shown, "telephone", NOON)
            except Exception as error:
                answers.put(repr(error))
            else:
                answers.put(answer.grounds if isinstance(answer, Confirmation) else answer.code)

    threads = [threading.Thread(target=claim) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def race(url: str, places: int, ids: list[str]) -> Counter[str]:
    """What everybody was answered."""
    spawn = multiprocessing.get_context("spawn")
    barrier, answers = spawn.Barrier(PROCESSES * THREADS), spawn.Queue()
    processes = [
        spawn.Process(target=claim_all, args=(url, places, ids[n::PROCESSES], barrier, answers))
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    heard = Counter(answers.get(timeout=60) for _ in ids)
    for process in processes:
        process.join(60)
    return heard


def pack_ids_of(url: str, operation: Operation, machines: list[int]) -> list[str]:
    """One fresh license code, and the Installation ID of each machine for it."""
    (code,) = open_desk(url, 1).issue(1, 1, PACK, lambda _: 7, NOON)
    return [installation_id.make(operation, code, 0, machine, 0).digits for machine in machines]


def ids_of(url: str, places: int, machines: list[int]) -> list[str]:
    """One fresh key, and the Installation ID of each machine for it."""
    (key,) = open_desk(url, places).issue(1, 1, "standard", lambda _: 7, NOON)
    assert key == codes.issue(Kind.PRODUCT_KEY, 1, 7, ISSUING)
    return [installation_id.make(Operation.ACTIVATE, key, 0, machine, 0).digits for machine in machines]


@pytest.fixture
def in_a_file(tmp_path: Path) -> str:
    """One store, where that is enough: a race takes seconds."""
    return f"sqlite:///{tmp_path}/clearinghouse.db"


def test_of_200_claims_of_one_key_exactly_one_is_confirmed(store_url: str) -> None:
    ids = ids_of(store_url, 1, different_machines(CLAIMS))

    assert race(store_url, 1, ids) == {"claimed": 1, "in_use": CLAIMS - 1}

    (given,) = SqlRecords(store_of(store_url)).activations(CLAIMS)
    assert given.installation_id in ids


def test_a_clock_that_jumps_an_hour_back_and_forth_gives_no_key_away_twice(in_a_file: str) -> None:
    """As that of a machine does whose time is set."""
    ids, desk = ids_of(in_a_file, 1, different_machines(3)), open_desk(in_a_file, 1)
    chance = Random(5)
    jumps = [timedelta(hours=chance.choice((-1, 0, 1))) for _ in range(30)]

    answers = [desk.confirm(ids[n % 3], "telephone", NOON + jump) for n, jump in enumerate(jumps)]

    confirmed = [answer for answer in answers if isinstance(answer, Confirmation)]
    assert [answer.grounds for answer in confirmed] == ["claimed", *["again"] * 9]
    assert len({answer.blocks for answer in confirmed}) == 1
    assert len(SqlRecords(store_of(in_a_file)).activations(9)) == 1


def test_of_200_claims_of_a_key_for_seven_exactly_seven_are_confirmed(in_a_file: str) -> None:
    ids = ids_of(in_a_file, 7, different_machines(CLAIMS))

    assert race(in_a_file, 7, ids) == {"claimed": 7, "in_use": CLAIMS - 7}

    assert sorted(given.place for given in SqlRecords(store_of(in_a_file)).activations(CLAIMS)) == list(range(7))


def test_one_computer_that_asks_200_times_at_once_is_claimed_once(in_a_file: str) -> None:
    ids = ids_of(in_a_file, 1, different_machines(1)) * CLAIMS

    assert race(in_a_file, 1, ids) == {"claimed": 1, "again": CLAIMS - 1}


def test_of_200_computers_that_add_one_pack_exactly_one_has_it(in_a_file: str) -> None:
    ids = pack_ids_of(in_a_file, Operation.ADD, different_machines(CLAIMS))

    assert race(in_a_file, 1, ids) == {"claimed": 1, "transfer_needed": CLAIMS - 1}


def test_of_200_transfers_of_one_pack_as_many_are_done_as_are_allowed_and_the_last_has_it(store_url: str) -> None:
    holder, *others = different_machines(CLAIMS + 1)
    ids = pack_ids_of(store_url, Operation.TRANSFER, [holder, *others])
    desk = open_desk(store_url, 1)
    desk.confirm(ids[0], "telephone", NOON)

    assert race(store_url, 1, ids[1:]) == {"transferred": 2, "out_of_budget": CLAIMS - 2}

    confirmed = [given.installation_id for given in SqlRecords(store_of(store_url)).activations(CLAIMS)]
    assert len(confirmed) == 3
    assert sorted(map(str, map(desk.standing, confirmed))) == ["current", "moved", "moved"]
