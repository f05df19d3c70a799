"""
What the checks catch and what salvage keeps. By hand: .venv/bin/python tests/bench/detection.py

Each figure is (caught, tried). The checks are tried on many random blocks and groups, every fault of a kind
on each. Salvage is tried on whole entries with one and with two faults: what it keeps must never be wrong.
"""

import random
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise

from activation_core import blocks, codes

Caught = tuple[int, int]
Fits = Callable[[str, int], bool]

DIGITS = "0123456789"
ISSUING_KEY = b"an issuing key for the bench"
PLACES = {"blocks": 13, "groups": codes.GROUPS}


def some_blocks(drawn: random.Random) -> tuple[str, ...]:
    return blocks.from_number(drawn.randrange(10**78), 13)


def some_groups(drawn: random.Random) -> tuple[str, ...]:
    kind = drawn.choice(tuple(codes.Kind))
    text = codes.issue(kind, drawn.randrange(1 << 10), drawn.randrange(1 << 32), ISSUING_KEY).text
    return tuple(text[i : i + codes.GROUP] for i in range(0, len(text), codes.GROUP))


def single_faults(group: str, alphabet: str) -> Iterator[str]:
    """Every group that differs in one symbol."""
    for i, right in enumerate(group):
        yield from (group[:i] + wrong + group[i + 1 :] for wrong in alphabet if wrong != right)


def adjacent_swaps(group: str) -> Iterator[str]:
    """Every group with two unlike neighbours exchanged."""
    for i, (left, right) in enumerate(pairwise(group)):
        if left != right:
            yield group[:i] + right + left + group[i + 2 :]


def caught_inside(groups: tuple[str, ...], faults: Callable[[str], Iterator[str]], fits: Fits) -> Caught:
    answers = [not fits(wrong, place) for place, group in enumerate(groups, 1) for wrong in faults(group)]
    return sum(answers), len(answers)


def caught_out_of_place(groups: tuple[str, ...], apart: int, fits: Fits) -> Caught:
    """Two groups exchanged that stand so far apart: caught where neither fits its new place."""
    pairs = [(place, place + apart) for place in range(1, len(groups) + 1 - apart)]
    answers = [not fits(groups[b - 1], a) and not fits(groups[a - 1], b) for a, b in pairs]
    return sum(answers), len(answers)


def detection(rounds: int, seed: int = 1) -> dict[str, Caught]:
    """What the checks of blocks and of groups catch, each fault on `rounds` random entries."""
    drawn = random.Random(seed)
    figures: dict[str, Caught] = {}

    def add(name: str, more: Caught) -> None:
        before = figures.get(name, (0, 0))
        figures[name] = before[0] + more[0], before[1] + more[1]

    for _ in range(rounds):
        for name, entry, alphabet, fits in (
            ("blocks", some_blocks(drawn), DIGITS, blocks.is_block),
            ("groups", some_groups(drawn), codes.ALPHABET, codes.is_group),
        ):
            add(f"{name}: one wrong symbol", caught_inside(entry, lambda g, a=alphabet: single_faults(g, a), fits))
            add(f"{name}: neighbouring symbols swapped", caught_inside(entry, adjacent_swaps, fits))
            for apart in range(1, len(entry)):
                add(f"{name}: exchanged, {apart:2} apart", caught_out_of_place(entry, apart, fits))
    return figures


# Faults of a whole entry, as people make them.


def wrong(entry: str, drawn: random.Random) -> str:
    i = drawn.randrange(len(entry))
    return entry[:i] + drawn.choice(DIGITS.replace(entry[i], "")) + entry[i + 1 :]


def dropped(entry: str, drawn: random.Random) -> str:
    i = drawn.randrange(len(entry))
    return entry[:i] + entry[i + 1 :]


def doubled(entry: str, drawn: random.Random) -> str:
    i = drawn.randrange(len(entry))
    return entry[:i] + entry[i] + entry[i:]


def transposed(entry: str, drawn: random.Random) -> str:
    i = drawn.choice([i for i in range(len(entry) - 1) if entry[i] != entry[i + 1]])
    return entry[:i] + entry[i + 1] + entry[i] + entry[i + 2 :]


def truncated(entry: str, drawn: random.Random) -> str:
    return entry[: drawn.randrange(2, len(entry))]


FAULTS = (wrong, dropped, doubled, transposed, truncated)


def entries_kept_true(faults: tuple[Callable[[str, random.Random], str], ...], rounds: int, count: int = 7) -> Caught:
    """How many entries with these faults, one after the other, are salvaged without one wrong block."""
    drawn = random.Random(f"{[fault.__name__ for fault in faults]}")
    true = 0
    for _ in range(rounds):
        right = blocks.from_number(drawn.randrange(10 ** (6 * count)), count)
        entry = "".join(right)
        for fault in faults:
            entry = fault(entry, drawn)
        kept, _ = blocks.salvage(entry, count)
        true += all(block in ("", meant) for block, meant in zip(kept, right, strict=True))
    return true, rounds


def main() -> None:
    write = sys.stdout.write

    def row(name: str, figure: Caught) -> None:
        caught, tried = figure
        write(f"{name:<46}{caught:>9} of {tried:>8}{caught / tried:>10.2%}\n")

    write("Caught by the checks\n")
    for name, figure in detection(200).items():
        row(name, figure)
    write("\nSalvaged with no wrong block, one fault\n")
    for fault in FAULTS:
        row(fault.__name__, entries_kept_true((fault,), 1000))
    write("\nSalvaged with no wrong block, two faults\n")
    for first in FAULTS[:4]:
        for second in FAULTS[:4]:
            row(f"{first.__name__}, {second.__name__}", entries_kept_true((first, second), 250))


if __name__ == "__main__":
    main()
