"""The clearinghouse's secrets: who can read them, when they are made, what is refused."""

import multiprocessing
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random

import pytest

from activation_core import short_signature
from activation_core.clearinghouse.keys import (
    SECRET,
    Keys,
    KeysDamaged,
    KeysExposed,
    KeysMissing,
    open_keys,
    public_keys,
    secret,
    with_public_keys,
)
from activation_core.products import Product

SERVER = Product(1, "Server", epochs=(0, 1))
TEAM = Product(2, "Team")
PRODUCTS = {1: SERVER, 2: TEAM}

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights elsewhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "keys"


@pytest.fixture
def randbytes() -> Callable[[int], bytes]:
    return Random(1).randbytes


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix_only
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_their_owner_can_read_the_files_and_the_folder(
    folder: Path, randbytes: Callable[[int], bytes], umask: int
) -> None:
    before = os.umask(umask)
    try:
        open_keys(folder, PRODUCTS, False, randbytes)
    finally:
        os.umask(before)

    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == dict.fromkeys(
        ["issuing.key", "sign-1-0.key", "sign-1-1.key", "sign-2-0.key"], 0o600
    )


def test_keys_are_made_once_and_read_ever_after(folder: Path) -> None:
    made = open_keys(folder, PRODUCTS, False, Random(1).randbytes)

    assert open_keys(folder, PRODUCTS, False, Random(2).randbytes) == made


def test_a_new_epoch_gets_a_key_of_its_own_and_the_others_stay(folder: Path) -> None:
    before = open_keys(folder, {2: TEAM}, False, Random(1).randbytes)

    after = open_keys(folder, PRODUCTS, False, Random(2).randbytes)

    assert after.issuing == before.issuing
    assert after.signing[2, 0] == before.signing[2, 0]
    assert len(set(after.signing.values())) == 3


def test_signing_keys_are_scalars_below_the_order_and_never_zero(folder: Path) -> None:
    for name, text in (("sign-1-0", b"\x00" * SECRET), ("sign-1-1", b"\xff" * SECRET)):
        secret(folder, name, lambda _, text=text: text)

    keys = open_keys(folder, {1: SERVER}, False, Random(1).randbytes)

    assert all(0 < scalar < short_signature.ORDER for scalar in keys.signing.values())


def make_secret(folder: Path, barrier: Barrier, seed: int) -> None:
    for number in range(50):
        barrier.wait(60)
        own = Random(seed * 1000 + number).randbytes
        (folder / "seen").mkdir(parents=True, exist_ok=True)
        (folder / "seen" / f"{number}-{seed}").write_bytes(secret(folder / "keys", f"key-{number}", own))


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    processes = [spawn.Process(target=make_secret, args=(tmp_path, barrier, seed)) for seed in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0] * 3
    for number in range(50):
        assert len({(tmp_path / "seen" / f"{number}-{seed}").read_bytes() for seed in range(3)}) == 1
    assert {path.suffix for path in (tmp_path / "keys").iterdir()} == {".key"}  # no drafts are left


def test_a_key_that_could_not_be_written_leaves_nothing(folder: Path) -> None:
    def no_entropy(count: int) -> bytes:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 (any)
        secret(folder, "issuing", no_entropy)

    assert list(folder.iterdir()) == []


@posix_only
@pytest.mark.parametrize("rights", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_can_read_is_refused_with_what_to_do(folder: Path, rights: int) -> None:
    secret(folder, "issuing", Random(1).randbytes)
    path = folder / "issuing.key"
    path.chmod(rights)

    with pytest.raises(KeysExposed, match=f"{path} can be read by others.*chmod 600 {path}"):
        secret(folder, "issuing", Random(1).randbytes)


@posix_only
@pytest.mark.parametrize("rights", [0o755, 0o710, 0o777])
def test_a_folder_that_others_can_enter_is_refused_with_what_to_do(folder: Path, rights: int) -> None:
    secret(folder, "issuing", Random(1).randbytes)
    folder.chmod(rights)

    with pytest.raises(KeysExposed, match=f"chmod 700 {folder}"):
        open_keys(folder, PRODUCTS, False, Random(1).randbytes)


@pytest.mark.parametrize("text", ["", "\n", "00", "zz" * SECRET, "ab" * (SECRET - 1), "ä" * SECRET])
def test_a_file_that_holds_no_whole_secret_is_refused(folder: Path, text: str) -> None:
    """An empty file would make an empty HMAC key and the signing key 1: anyone could issue and confirm."""
    secret(folder, "issuing", Random(1).randbytes)
    (folder / "issuing.key").write_text(text, "utf-8")

    with pytest.raises(KeysDamaged, match=r"issuing\.key.*backup"):
        secret(folder, "issuing", Random(1).randbytes)


def test_no_secret_is_shown(folder: Path, randbytes: Callable[[int], bytes]) -> None:
    keys = open_keys(folder, PRODUCTS, False, randbytes)

    assert repr(keys) == str(keys) == "Keys()"


def test_a_refusal_of_a_damaged_file_does_not_show_it(folder: Path) -> None:
    kept = secret(folder, "issuing", Random(1).randbytes).hex()
    (folder / "issuing.key").write_text(kept[:-2])

    with pytest.raises(KeysDamaged) as refused:
        secret(folder, "issuing", Random(1).randbytes)

    assert kept[:8] not in str(refused.value)


def test_licensed_computers_know_the_public_key_of_each_epoch() -> None:
    keys = Keys(b"", {(1, 0): 11, (1, 1): 12})

    known = with_public_keys(SERVER, keys)

    assert known.public_keys == public_keys(SERVER, keys)
    assert known.public_keys == {0: short_signature.public_key(11), 1: short_signature.public_key(12)}
    assert known.name == SERVER.name


def test_public_keys_of_the_products_file_are_left_alone() -> None:
    out = short_signature.public_key(11)
    pinned = Product(1, "Server", epochs=(0, 1), public_keys={0: out, 9: b"of an old epoch"})

    known = with_public_keys(pinned, Keys(b"", {(1, 0): 11, (1, 1): 12}))

    assert known.public_keys == {0: out, 1: short_signature.public_key(12), 9: b"of an old epoch"}


def test_an_issuing_key_that_was_used_is_never_made_anew(folder: Path, randbytes: Callable[[int], bytes]) -> None:
    with pytest.raises(KeysMissing, match=r"issuing\.key is gone.*backup"):
        open_keys(folder, PRODUCTS, True, randbytes)
    assert not (folder / "issuing.key").exists()


def test_a_signing_key_whose_public_key_is_out_is_never_made_anew(
    folder: Path, randbytes: Callable[[int], bytes]
) -> None:
    shipped = {1: replace(SERVER, public_keys={1: bytes(128)})}
    with pytest.raises(KeysMissing, match=r"sign-1-1\.key is gone.*backup"):
        open_keys(folder, shipped, False, randbytes)


def test_a_secret_that_does_not_belong_to_the_public_key_that_is_out_is_refused() -> None:
    shipped = replace(TEAM, public_keys={0: short_signature.public_key(12)})
    with pytest.raises(KeysDamaged, match=r"sign-2-0\.key does not belong"):
        with_public_keys(shipped, Keys(b"", {(2, 0): 13}))
