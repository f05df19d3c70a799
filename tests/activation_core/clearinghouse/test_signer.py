"""Signing in a process of its own: only what a Confirmation ID needs, each logged first, and so many a minute."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core import codes, confirmation_id, installation_id
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys, KeysOfASigner
from activation_core.clearinghouse.signer import (
    BYTES,
    KEY,
    NO_KEY,
    NO_LOG,
    NO_MESSAGE,
    SIGN,
    TOO_MANY,
    YES,
    LogBroken,
    Signer,
    SignerLog,
    SignerServer,
    check_log,
    digest,
    digests,
)
from activation_core.clearinghouse.signer_client import SignerClient, SignerDown
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.codes import Kind
from activation_core.confirmation_id import NotAMessage
from activation_core.installation_id import Operation
from activation_core.products import Product

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ISSUING = b"issuing key of a test" * 2
KEYS = Keys(ISSUING, {(1, 0): 4711, (1, 2): 4712})
CODE = codes.issue(Kind.PRODUCT_KEY, 1, 7, ISSUING)
ASKED = installation_id.make(Operation.ACTIVATE, CODE, 0, 0x12345678, 1)
MESSAGE = confirmation_id.message(ASKED, CODE, 3)
PER_MINUTE = 5


class Watch:
    """Stands still until it is told to go on."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SignerLog]:
    log = SignerLog(tmp_path / "signer.log")
    yield log
    log.close()


@pytest.fixture
def signer(log: SignerLog, watch: Watch) -> Signer:
    return Signer(KEYS, log, PER_MINUTE, lambda: NOON, watch)


@pytest.fixture
def socket_path(tmp_path: Path, signer: Signer) -> Iterator[Path]:
    path = tmp_path / "run" / "signer.sock"
    with SignerServer(path, signer) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield path
        server.shutdown()
        thread.join()


@pytest.fixture
def client(socket_path: Path) -> Iterator[SignerClient]:
    client = SignerClient(socket_path)
    yield client
    client.close()


def test_it_signs_what_the_key_itself_would_sign(client: SignerClient) -> None:
    assert client.sign(MESSAGE) == KEYS.sign(MESSAGE)
    assert client.public_key(1, 2) == KEYS.public_key(1, 2)


def test_a_desk_confirms_without_having_a_signing_key(client: SignerClient, tmp_path: Path) -> None:
    product = Product(1, "Server", public_keys={0: KEYS.public_key(1, 0)})
    desk = Desk({1: product}, KeysOfASigner(ISSUING, client), SqlRecords(SqliteStore(tmp_path / "c")))
    (code,) = desk.issue(1, 1, "standard", lambda _: 7, NOON)

    answer = desk.confirm(ASKED.digits, "telephone", NOON)

    assert isinstance(answer, Confirmation)
    read = confirmation_id.parse("".join(answer.blocks))
    assert confirmation_id.verify(product.public_keys[0], ASKED, code, read)


def test_while_the_signer_is_down_nothing_is_lost(client: SignerClient, tmp_path: Path) -> None:
    records = SqlRecords(SqliteStore(tmp_path / "c"))
    nobody, there = (
        Desk({1: Product(1, "Server")}, KeysOfASigner(ISSUING, signer), records)
        for signer in (SignerClient(tmp_path / "nobody.sock"), client)
    )
    there.issue(1, 1, "standard", lambda _: 7, NOON)

    with pytest.raises(SignerDown, match=r"nobody\.sock does not answer"):
        nobody.confirm(ASKED.digits, "telephone", NOON)
    answer = there.confirm(ASKED.digits, "telephone", NOON)

    assert isinstance(answer, Confirmation)
    assert answer.grounds == "again"
    assert len(records.activations(9)) == 1


def test_a_client_finds_a_signer_that_was_restarted(tmp_path: Path, signer: Signer) -> None:
    path, answers = tmp_path / "signer.sock", set()
    client = SignerClient(path)
    for _ in range(2):
        with SignerServer(path, signer) as server:
            thread = threading.Thread(target=server.serve_forever, args=[0.01])
            thread.start()
            answers.add(client.sign(MESSAGE))
            server.shutdown()
            thread.join()
        client._free[0].shutdown(2)  # the threads of this process live on, those of a signer do not
    client.close()
    assert answers == {KEYS.sign(MESSAGE)}


@given(st.binary(max_size=60) | st.binary(min_size=48, max_size=48))
def test_nothing_else_is_ever_signed(message: bytes) -> None:
    with pytest.raises(NotAMessage):
        confirmation_id.key_of(message)


@given(place=st.integers(0, 27), bit=st.integers(0, 7))
def test_a_message_that_differs_is_another_message_or_none(place: int, bit: int) -> None:
    changed = bytearray(MESSAGE)
    changed[place] ^= 1 << bit
    try:
        confirmation_id.key_of(bytes(changed))
    except NotAMessage:
        return
    grant_or_the_id_below_its_head = (4, *range(9, 28))
    assert place in grant_or_the_id_below_its_head


@pytest.mark.parametrize(
    ("kind", "asked", "letter"),
    [
        (SIGN, bytes(48), NO_MESSAGE),
        (SIGN, confirmation_id.message(installation_id.make(Operation.ACTIVATE, CODE, 1, 5, 1), CODE, 0), NO_KEY),
        (KEY, (2 << 4).to_bytes(2, "big"), NO_KEY),
    ],
)
def test_what_cannot_be_answered_is_a_letter(
    signer: Signer, log: SignerLog, kind: bytes, asked: bytes, letter: bytes
) -> None:
    assert signer.answer(kind, asked) == letter
    assert check_log(log.path) == (0, "")


@given(st.binary(max_size=200))
def test_no_bytes_on_the_socket_stop_it(socket_of_all: Path, sent: bytes) -> None:
    client = SignerClient(socket_of_all)
    with client._connected() as connection:
        connection.sendall(sent[: 1 + BYTES.get(sent[:1], 0)])
        connection.shutdown(1)
        while connection.recv(4096):
            pass
    assert client.public_key(1, 0) == KEYS.public_key(1, 0)
    client.close()


@pytest.fixture(scope="module")
def socket_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("signer")
    log = SignerLog(folder / "signer.log")
    with SignerServer(folder / "s.sock", Signer(KEYS, log, 10**6, lambda: NOON, Watch())) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield folder / "s.sock"
        server.shutdown()
        thread.join()
    log.close()


def test_so_many_a_minute_and_no_more(signer: Signer, watch: Watch, log: SignerLog) -> None:
    assert [signer.answer(SIGN, MESSAGE)[:1] for _ in range(PER_MINUTE + 1)] == [YES] * PER_MINUTE + [TOO_MANY]
    watch.seconds = 59.9
    assert signer.answer(SIGN, MESSAGE) == TOO_MANY
    watch.seconds = 60
    assert signer.answer(SIGN, MESSAGE)[:1] == YES
    assert check_log(log.path)[0] == PER_MINUTE + 1


def test_each_signature_is_in_the_log_by_its_digest_and_the_log_goes_on(log: SignerLog, signer: Signer) -> None:
    signer.answer(SIGN, MESSAGE)

    assert digests(log.path) == {digest(MESSAGE)}
    log.close()
    log.__init__(log.path)
    log.add(NOON, 16, MESSAGE)
    assert check_log(log.path)[0] == 2
    text = log.path.read_text()
    assert not any(secret in text for secret in (ASKED.digits, CODE.text, MESSAGE.hex(), "4711"))


def test_what_cannot_be_logged_is_not_signed(log: SignerLog, signer: Signer) -> None:
    log.close()
    assert signer.answer(SIGN, MESSAGE) == NO_LOG
    log._file = SignerLog(log.path)._file


@given(data=st.data())
def test_any_change_of_the_log_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("log") / "signer.log"
    log = SignerLog(path)
    for number in range(4):
        log.add(NOON, 16, bytes([number]))
    log.close()
    lines = path.read_text().splitlines()
    number = data.draw(st.integers(0, 3))
    match data.draw(st.sampled_from(["change", "remove", "swap"])):
        case "change":
            line = json.loads(lines[number])
            line[data.draw(st.sampled_from(sorted(line)))] = data.draw(st.integers() | st.text())
            lines[number] = json.dumps(line)
        case "remove" if number < 3:
            del lines[number]
        case _:
            lines[number], lines[number - 1] = lines[number - 1], lines[number]
    path.write_text("\n".join([*lines, ""]))

    with pytest.raises(LogBroken, match="line"):
        check_log(path)


def test_a_line_that_a_kill_tore_is_cut_off_when_the_log_goes_on(log: SignerLog) -> None:
    for number in range(3):
        log.add(NOON, 16, bytes([number]))
    log.close()
    whole = log.path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for kept in (start + 1, len(whole) - 1):
        log.path.write_bytes(whole[:kept])
        assert check_log(log.path)[0] == 2
        log.__init__(log.path)
        log.add(NOON, 16, bytes([2]))
        assert log.path.read_bytes() == whole
        log.close()
    log.__init__(log.path)


def test_a_torn_line_in_the_middle_is_tampering(log: SignerLog) -> None:
    log.add(NOON, 16, MESSAGE)
    log.close()
    log.path.write_bytes(log.path.read_bytes()[:-9] + b"\n" + log.path.read_bytes())
    with pytest.raises(LogBroken, match="line 1"):
        SignerLog(log.path)
    log.path.unlink()
    log.__init__(log.path)


def test_while_the_disk_is_full_nothing_is_signed_and_no_half_line_is_left(
    log: SignerLog, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signer.answer(SIGN, MESSAGE)[:1] == YES
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, line: write(file, line[:20]))
        assert signer.answer(SIGN, MESSAGE) == NO_LOG
    assert signer.answer(SIGN, MESSAGE)[:1] == YES
    assert check_log(log.path)[0] == 2
    assert log.path.read_bytes().endswith(b"\n")


def test_two_signers_do_not_share_a_log(log: SignerLog) -> None:
    with pytest.raises(BlockingIOError):
        SignerLog(log.path)


def test_two_signers_do_not_share_a_socket(socket_path: Path, signer: Signer) -> None:
    with pytest.raises(ValueError, match="another signer is running there"):
        SignerServer(socket_path, signer)


def test_the_socket_is_for_this_account_and_its_group(socket_path: Path) -> None:
    assert socket_path.stat().st_mode & 0o777 == 0o660
