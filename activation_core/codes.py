"""Product keys and license codes: 25 characters in five groups, each group with a check of its own.

100 bits, most significant first: format 3 · kind 3 · product 10 · serial 32 · secret 52. The secret is cut
from an HMAC under the clearinghouse's issuing key, so the clearinghouse stores serials, never codes.
The alphabet is Crockford's base 32: no I, L, O or U, so nothing in it looks like something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from activation_core.mac import hmac_sha256
from activation_core.mistyped import Mistyped, characters, read_groups

FORMAT = 1
GROUPS, GROUP = 5, 5
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_DOUBLED = [value << 1 ^ (0b100101 if value & 16 else 0) for value in range(32)]  # in GF(32)
_LOOKALIKES = str.maketrans("ILO", "110")


class Kind(IntEnum):
    PRODUCT_KEY = 1
    LICENSE_CODE = 2


@dataclass(frozen=True)
class Code:
    """A product key or license code. Its text and secret are kept out of `repr`, and so out of logs."""

    kind: Kind
    product: int
    serial: int
    secret: int

    def __post_init__(self) -> None:
        for name, bits in (("product", 10), ("serial", 32), ("secret", 52)):
            if not 0 <= getattr(self, name) < 1 << bits:
                raise ValueError(f"the {name} of a code has {bits} bits")

    def __repr__(self) -> str:
        return f"Code({self.kind.name}, product={self.product})"

    @property
    def key(self) -> bytes:
        """The secret as the key of an HMAC: seven bytes, big-endian."""
        return self.secret.to_bytes(7, "big")

    @property
    def text(self) -> str:
        """Canonical: 25 characters, upper case, no separators."""
        number = _head(self.kind, self.product, self.serial) << 52 | self.secret
        data = [ALPHABET[number >> shift & 31] for shift in range(95, -5, -5)]
        return "".join(
            group + _check(group, place)
            for place, group in enumerate(("".join(data[i : i + 4]) for i in range(0, 20, 4)), 1)
        )

    @property
    def shown(self) -> str:
        """As it is printed: five groups of five."""
        return "-".join(self.text[i : i + GROUP] for i in range(0, GROUP * GROUPS, GROUP))

    @property
    def masked(self) -> str:
        """Enough to tell one code from another, too little to use."""
        return f"{self.text[:GROUP]}-…-{self.text[-GROUP:]}"

    @property
    def product_id(self) -> str:
        """What product support is told (rule 48): which product, which copy of it; nothing that could be typed in."""
        return f"{self.product:04}-{self.serial:010}"


def issue(kind: Kind, product: int, serial: int, issuing_key: bytes) -> Code:
    """The one code of this kind, product and serial under this issuing key."""
    head = _head(kind, product, serial).to_bytes(6, "big")
    digest = hmac_sha256(issuing_key, head)
    return Code(kind, product, serial, int.from_bytes(digest[:7], "big") >> 4)


def is_group(characters: str, place: int) -> bool:
    """Whether these are five characters that belong together, and at this place."""
    return (
        len(characters) == GROUP
        and set(characters) <= _VALUES.keys()
        and _check(characters[:4], place) == characters[4]
    )


def parse(text: str) -> Code:
    """The code that was typed: any separators, any case, I or L for 1, O for 0.

    Mistyped names each group that is wrong. ValueError where the groups are right but the format or the
    kind is none of ours.
    """
    typed = characters(text).translate(_LOOKALIKES)
    kept, faults = read_groups(typed, ALPHABET, GROUPS, GROUP, is_group)
    if faults:
        raise Mistyped("code", "group", faults, kept)
    number = 0
    for character in "".join(group[:4] for group in kept):
        number = number << 5 | _VALUES[character]
    kind = number >> 94 & 7
    if number >> 97 != FORMAT or kind not in tuple(Kind):
        raise ValueError("This code is of a format that this version does not know. Is the software up to date?")
    return Code(Kind(kind), number >> 84 & 1023, number >> 52 & 0xFFFFFFFF, number & (1 << 52) - 1)


def _head(kind: Kind, product: int, serial: int) -> int:
    return ((FORMAT << 3 | kind) << 10 | product) << 32 | serial


def _check(data: str, place: int) -> str:
    """state ← 2·(state ⊕ x) over GF(32) modulo x^5+x^2+1, started at the group's place.

    Each symbol is multiplied by another power of 2, so every single wrong symbol and every swap of
    neighbours changes the check, and so does the place.
    """
    state = place
    for character in data:
        state = _DOUBLED[state ^ _VALUES[character]]
    return ALPHABET[state]
