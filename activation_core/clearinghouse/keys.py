"""The clearinghouse's secrets: files of mode 0600 in one folder, made when they are first needed.

`issuing.key` makes codes, `sign-<product>-<epoch>.key` makes confirmations. They are in no database, no
log and no `repr`. Who can read them can issue and confirm, so a folder that others can read is refused.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from activation_core import confirmation_id, short_signature
from activation_core.clearinghouse.signer_client import SignerClient
from activation_core.products import Product, Products

SECRET = 48  # bytes
LAST_EPOCH = 15  # an Installation ID has four bits for it


class KeysRefused(Exception):
    """The secrets cannot be used as they are; the message says which and what to do."""


class KeysExposed(KeysRefused):
    """Others can read a secret."""


class KeysMissing(KeysRefused):
    """A secret is gone that something depends on; a new one would not fit."""


class KeysDamaged(KeysRefused):
    """A file holds no secret. An empty one would pass for a key that everybody knows."""


class KeyRing(Protocol):
    """What the desk needs: the key that makes codes, those that made some before, and signatures."""

    @property
    def issuing(self) -> bytes: ...
    @property
    def earlier(self) -> tuple[bytes, ...]: ...
    def sign(self, message: bytes) -> int: ...
    def public_key(self, product: int, epoch: int) -> bytes: ...


@dataclass(frozen=True)
class Keys:
    """All secrets, in this process."""

    issuing: bytes = field(repr=False)
    signing: Mapping[tuple[int, int], int] = field(repr=False)  # (product, epoch) → secret scalar
    earlier: tuple[bytes, ...] = field(default=(), repr=False)

    def sign(self, message: bytes) -> int:
        secret = self.signing[confirmation_id.key_named(message)]
        return short_signature.sign(secret, message, confirmation_id.TAG)

    def public_key(self, product: int, epoch: int) -> bytes:
        return _public_key(self.signing[product, epoch])


@dataclass(frozen=True)
class KeysOfASigner:
    """Another process has the signing keys."""

    issuing: bytes = field(repr=False)
    signer: SignerClient
    earlier: tuple[bytes, ...] = field(default=(), repr=False)

    def sign(self, message: bytes) -> int:
        return self.signer.sign(message)

    def public_key(self, product: int, epoch: int) -> bytes:
        return self.signer.public_key(product, epoch)


@cache
def _public_key(secret: int) -> bytes:
    """Not made anew for each question: it takes a tenth of a second."""
    return short_signature.public_key(secret)


def open_keys(folder: Path, products: Products, issued: bool, randbytes: Callable[[int], bytes]) -> Keys:
    """The keys in this folder, those that are missing made.

    KeysRefused where one is exposed or damaged, and where one is missing that codes were issued with or that
    `products.toml` names the public key of.
    """
    _refuse_missing(folder, products, issued)
    *earlier, issuing = secrets_of(folder, "issuing", randbytes)
    return Keys(
        issuing=issuing,
        earlier=tuple(earlier),
        signing={
            (product.number, epoch): _scalar(secret(folder, f"sign-{product.number}-{epoch}", randbytes))
            for product in products.values()
            for epoch in product.epochs
        },
    )


def look(folder: Path, products: Products, issued: bool) -> None:
    """Refuse what `open_keys` would, and make nothing."""
    _refuse_missing(folder, products, issued)
    for path in folder.glob("*.key"):
        secret(folder, path.stem, bytes)


def with_public_keys(product: Product, keys: KeyRing) -> Product:
    """The product as its licensed computers know it.

    KeysDamaged where `products.toml` names another public key: computers would refuse what is confirmed here.
    """
    for epoch, known in product.public_keys.items():
        if epoch in product.epochs and keys.public_key(product.number, epoch) != known:
            raise KeysDamaged(
                f"sign-{product.number}-{epoch}.key does not belong to the public key in products.toml."
                " Restore it from the backup."
            )
    return replace(product, public_keys=_PublicKeys(product, keys))


class _PublicKeys(Mapping[int, bytes]):
    """Those that are declared, and one for each epoch in use: derived when it is asked for, since calls need none."""

    def __init__(self, product: Product, keys: KeyRing) -> None:
        self._product, self._keys = product, keys
        self._epochs = {*product.epochs, *product.public_keys}

    def __getitem__(self, epoch: int) -> bytes:
        declared = self._product.public_keys
        if epoch in declared or epoch not in self._epochs:
            return declared[epoch]
        return self._keys.public_key(self._product.number, epoch)

    def __iter__(self) -> Iterator[int]:
        return iter(self._epochs)

    def __len__(self) -> int:
        return len(self._epochs)


def public_keys(product: Product, keys: KeyRing) -> dict[int, bytes]:
    """What belongs in `products.toml`: the public key of each epoch in use, from its secret."""
    return {epoch: keys.public_key(product.number, epoch) for epoch in product.epochs}


def keys_of_a_signer(
    folder: Path, issued: bool, signer: SignerClient, randbytes: Callable[[int], bytes]
) -> KeysOfASigner:
    """Those of this folder that are no signing keys. KeysRefused as in `open_keys`."""
    _refuse_missing(folder, {}, issued)
    *earlier, issuing = secrets_of(folder, "issuing", randbytes)
    return KeysOfASigner(issuing, signer, tuple(earlier))


def secrets_of(folder: Path, name: str, randbytes: Callable[[int], bytes]) -> list[bytes]:
    """A secret behind those that it has replaced (`<name>-1.key` …), oldest first."""
    return [
        *(secret(folder, earlier, randbytes) for earlier in earlier_names(folder, name)),
        secret(folder, name, randbytes),
    ]


def earlier_names(folder: Path, name: str) -> list[str]:
    numbered = [path.stem.removeprefix(f"{name}-") for path in folder.glob(f"{name}-*.key")]
    return [f"{name}-{number}" for number in sorted(int(number) for number in numbered if number.isdecimal())]


def rotate(folder: Path, name: str, randbytes: Callable[[int], bytes]) -> str:
    """A new secret of this name; the old one is kept, still believed, under the name that is returned."""
    secret(folder, name, randbytes)
    numbers = [int(earlier.rpartition("-")[2]) for earlier in earlier_names(folder, name)]
    kept = f"{name}-{max(numbers, default=0) + 1}"
    (folder / f"{name}.key").rename(folder / f"{kept}.key")
    secret(folder, name, randbytes)
    return kept


def make_signing_key(folder: Path, product: Product, epoch: int, randbytes: Callable[[int], bytes]) -> bytes:
    """The public key of a new epoch. ValueError where there can be none, or is one already."""
    name = f"sign-{product.number}-{epoch}"
    if epoch > LAST_EPOCH:
        raise ValueError(f"{product.name} has had {LAST_EPOCH + 1} epochs, and an Installation ID can name no more.")
    if (folder / f"{name}.key").exists():
        raise ValueError(f"{folder / name}.key is there already: put epoch {epoch} into products.toml.")
    return _public_key(_scalar(secret(folder, name, randbytes)))


def retire(folder: Path, name: str) -> None:
    """Believe this earlier secret no longer, and forget it. KeysMissing where there is none of this name."""
    if name not in earlier_names(folder, name.rpartition("-")[0]):
        raise KeysMissing(f"There is no {name}.key that was replaced in {folder}.")
    (folder / f"{name}.key").unlink()
    _sync(folder)


def secret(folder: Path, name: str, randbytes: Callable[[int], bytes]) -> bytes:
    """The 48 bytes of `<name>.key`, made now if there are none. KeysRefused where it is exposed or damaged."""
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path, randbytes(SECRET).hex())
    _refuse_exposed(folder, 0o700)
    _refuse_exposed(path, 0o600)
    try:
        kept = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        kept = b""
    if len(kept) != SECRET:
        raise KeysDamaged(f"{path} does not hold {SECRET} bytes in hexadecimal. Restore it from the backup.")
    return kept


def _refuse_missing(folder: Path, products: Products, issued: bool) -> None:
    needed = [f"sign-{product.number}-{epoch}" for product in products.values() for epoch in product.public_keys]
    for name in [*needed, *(["issuing"] if issued else [])]:
        if not (folder / f"{name}.key").exists():
            raise KeysMissing(f"{folder / name}.key is gone, and a new one would not fit. Restore it from the backup.")


def _refuse_exposed(path: Path, mode: int) -> None:
    # Windows keeps rights elsewhere; there the folder of the account protects them.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeysExposed(
            f"{path} can be read by others, so it may be known. Make a new one, or: chmod {mode:o} {path}"
        )


def _make(path: Path, text: str) -> None:
    """Whole or not at all, durably, and never over one that another process made meanwhile."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".new")  # of mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Codes are issued under a key at once, so its name must survive a power cut as well as its bytes."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _scalar(random: bytes) -> int:
    """A uniform secret scalar: 48 bytes taken modulo the order leave a bias below 2^-128 (RFC 9380, 5.1)."""
    return int.from_bytes(random, "big") % (short_signature.ORDER - 1) + 1
