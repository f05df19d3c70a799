"""The clearinghouse's secrets: files of mode 0600 in one folder, made when they are first needed.

`issuing.key` makes codes, `sign-<product>-<epoch>.key` makes confirmations. They are in no database, no
log and no `repr`. Who can read them can issue and confirm, so a folder that others can read is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from activation_core import short_signature
from activation_core.products import Product, Products


class KeysExposed(Exception):
    """A secret can be read by others; the message says which and what to do."""


@dataclass(frozen=True)
class Keys:
    issuing: bytes = field(repr=False)
    signing: Mapping[tuple[int, int], int] = field(repr=False)  # (product, epoch) → secret scalar


def open_keys(folder: Path, products: Products, randbytes: Callable[[int], bytes]) -> Keys:
    """The keys in this folder, those that are missing made. KeysExposed where others can read one."""
    return Keys(
        issuing=secret(folder, "issuing", randbytes),
        signing={
            (product.number, epoch): _scalar(secret(folder, f"sign-{product.number}-{epoch}", randbytes))
            for product in products.values()
            for epoch in product.epochs
        },
    )


def with_public_keys(product: Product, keys: Keys) -> Product:
    """The product as its licensed computers know it. Keys that `products.toml` names are left as they are."""
    derived = {epoch: short_signature.public_key(keys.signing[product.number, epoch]) for epoch in product.epochs}
    return replace(product, public_keys={**derived, **product.public_keys})


def secret(folder: Path, name: str, randbytes: Callable[[int], bytes]) -> bytes:
    """The 48 bytes of `<name>.key`, made now if there are none."""
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path, randbytes(48).hex())
    # Windows keeps rights elsewhere; there the folder of the account protects them.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeysExposed(f"{path} can be read by others, so it may be known. Make a new one, or: chmod 600 {path}")
    return bytes.fromhex(path.read_text().strip())


def _make(path: Path, text: str) -> None:
    """Whole or not at all, and never over one that another process made meanwhile."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _scalar(random: bytes) -> int:
    """A uniform secret scalar: 48 bytes taken modulo the order leave a bias below 2^-128 (RFC 9380, 5.1)."""
    return int.from_bytes(random, "big") % (short_signature.ORDER - 1) + 1
