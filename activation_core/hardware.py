"""What a computer is made of, as 32 bits, and when a change of it is significant.

For: turning eight components into the hardware part of an Installation ID, and telling whether two such
parts come from the same computer. Not for: reading the components (`activation_core.machine.components`) or
deciding what follows from the answer (the desk).

Four bits a component cannot be turned back into a serial number, and because they are keyed with the code's
secret, two licences on one computer cannot be linked.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_BITS = 4
_MARKS = 15  # 1..15; 0 says "absent"


@dataclass(frozen=True)
class Component:
    """One kind of thing that a computer is known by."""

    kind: str
    weight: int
    what: str


# The order is the order of the tags, most significant first: never change it, only a new format may.
#
# The weights follow from what shall happen, and the tests hold each of these:
# - any one component changes, or a disk is replaced and the system installed anew: the same computer;
# - two of the three that are each computer's own (5, 4, 5) change: another one. So is one cut from the same
#   image on the same model, which shares all the other five;
# - any five of eight change: another one, because even the three heaviest (14 of 23) are below five eighths.
TABLE = (
    Component("product_uuid", 5, "The number that the maker gave this computer, kept by its firmware."),
    Component("disk", 4, "The serial number of the disk that holds the system."),
    Component("network", 5, "The address burnt into the built-in network adapter."),
    Component("machine_id", 2, "The number that the operating system drew when it was installed."),
    Component("volume", 2, "The number of the file system that holds the system, drawn when it was formatted."),
    Component("board", 2, "Maker and model of the main board."),
    Component("cpu", 2, "The model of the processor."),
    Component("memory", 1, "The size of the main memory, rounded up to a usual size."),
)

COMPONENTS: tuple[str, ...] = tuple(component.kind for component in TABLE)


@dataclass(frozen=True)
class Tolerance:
    """How much of a computer may change before it is another one; each product may have its own."""

    weights: tuple[int, ...] = tuple(component.weight for component in TABLE)
    agreement: Fraction = Fraction(5, 8)
    fewest: int = 3

    def __post_init__(self) -> None:
        if len(self.weights) != len(TABLE):
            raise ValueError(f"weights: {len(TABLE)} are needed, one for each component, not {len(self.weights)}")
        if any(weight < 1 for weight in self.weights):
            raise ValueError("weights: each must be 1 or more")
        if not 0 < self.agreement <= 1:
            raise ValueError(f"agreement: a share above 0 and up to 1 is needed, not {self.agreement}")
        if not 1 <= self.fewest <= len(TABLE):
            raise ValueError(f"fewest: a number from 1 to {len(TABLE)} is needed, not {self.fewest}")


DEFAULT_TOLERANCE = Tolerance()


def tags(secret: bytes, components: Mapping[str, str]) -> int:
    """The 32 bits that stand for these components under this code's secret.

    A component that is missing or empty is 0; a present one is 1 to 15: one more than the first eight bytes
    of HMAC-SHA256(secret, kind ‖ 0x00 ‖ value), big-endian, modulo 15. Two different values meet in the same
    four bits once in 15 times.

    Refuses a kind that is not one of `COMPONENTS`.
    """
    unknown = sorted(set(components) - set(COMPONENTS))
    if unknown:
        raise ValueError(f"unknown components: {', '.join(unknown)}; known are {', '.join(COMPONENTS)}")
    whole = 0
    for kind in COMPONENTS:
        whole = whole << _BITS | _tag(secret, kind, components.get(kind, ""))
    return whole


def same_machine(confirmed: int, asked: int, tolerance: Tolerance = DEFAULT_TOLERANCE) -> bool:
    """Whether both tags are of one computer, as far as 32 bits can tell.

    Holds when, of the components present on both sides, five eighths of the weight agree and at least three
    components do. An absent component is not a different one. Both tags must be made with the same secret,
    and `confirmed` must be what was confirmed, never the latest: else a computer could drift without end.

    The chance that another computer passes, by the default tolerance, where all eight are present: with
    nothing in common 1 in 9,356; of the same model (board, cpu, memory equal) 1 in 181; cut from the same
    image as well (machine_id and volume equal, too) 1 in 78, or 1 in 8 where product_uuid cannot be read.
    With nothing in common it stays below 1 in 608, whichever are absent. A full copy always passes, and so
    does another of the same model of which no more than board, cpu and memory can be read.
    """
    shared = _shared(confirmed, asked)
    present = sum(tolerance.weights[place] for place in shared)
    agreeing = sum(agrees for agrees in shared.values())
    return agreeing >= tolerance.fewest and likeness(confirmed, asked, tolerance) >= tolerance.agreement * present


def likeness(confirmed: int, asked: int, tolerance: Tolerance = DEFAULT_TOLERANCE) -> int:
    """The weight of the components that agree: which of several computers this one most likely was."""
    return sum(tolerance.weights[place] for place, agrees in _shared(confirmed, asked).items() if agrees)


def compared(confirmed: int, asked: int) -> Mapping[str, bool]:
    """The components that are present on both sides, each with whether it agrees."""
    return {COMPONENTS[place]: agrees for place, agrees in _shared(confirmed, asked).items()}


def _tag(secret: bytes, kind: str, value: str) -> int:
    if not value:
        return 0
    digest = hmac.digest(secret, kind.encode() + b"\0" + value.encode(), "sha256")
    return 1 + int.from_bytes(digest[:8], "big") % _MARKS


def _shared(confirmed: int, asked: int) -> dict[int, bool]:
    """The places present on both sides, each with whether it agrees."""
    pairs = enumerate(zip(_split(confirmed), _split(asked), strict=True))
    return {place: ours == theirs for place, (ours, theirs) in pairs if ours and theirs}


def _split(whole: int) -> tuple[int, ...]:
    if not 0 <= whole < 1 << _BITS * len(TABLE):
        raise ValueError("hardware tags are 32 bits")
    return tuple(whole >> _BITS * place & _MARKS for place in reversed(range(len(TABLE))))
