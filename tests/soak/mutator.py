"""Input that is nearly right: texts and tables that were changed in a few places, drawn from one source of chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

NASTY = [
    *["", " ", "\0", "\n", "\r\n", "\u2028", "\ufeff", "\u202e", "\ud7ff", "é", "٣", "\U0001d7dc", "²", "½", "ß", "İ"],
    *[
        "%",
        "%00",
        "%ff",
        "..",
        "../",
        "/",
        "//",
        "\\",
        "'",
        '"',
        "<",
        ">",
        "&",
        "{",
        "}",
        "{0}",
        "{x!r}",
        "[",
        "]",
        "[::1",
    ],
    *[
        "-1",
        "0",
        "1",
        "007",
        "1e999",
        "99999999999999999999",
        "9" * 400,
        "NaN",
        "null",
        "true",
        "*",
        "#",
        "+",
        ";",
        "=",
    ],
    *["A" * 3000, ":", ":99999", "@", "not a date", "2026-02-30", "0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00"],
]
VALUES: list[Any] = [None, True, -1, 0, 10**30, 1.5, "", "x", [], {}, [[]], {"": ""}, "2026-02-30", "\0", float("inf")]


class Mutator:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text(self, seeds: Sequence[str]) -> str:
        """One of these, changed in a few places; sometimes spliced with another, or something else altogether."""
        chance = self.chance
        text = chance.choice(seeds)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
            at, to = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
            match chance.randrange(6):
                case 0:
                    text = text[:at] + chance.choice(NASTY) + text[at:]
                case 1:
                    text = text[:at] + chance.choice(NASTY) + text[min(to, at + 8) :]
                case 2:
                    text = text[:at] + text[min(to, at + 8) :]
                case 3:
                    text = text[:to] + text[at:][:2000]
                case 4:
                    text = (
                        text[:at]
                        + chr(chance.choice((chance.randrange(128), chance.randrange(0xD800))))
                        + text[at + 1 :]
                    )
                case _:
                    text = text[:at] + chance.choice(seeds)[at:]
        return text

    def bytes(self, whole: bytes, most: int) -> bytes:
        """Up to `most` of its bytes are others; now and then it is cut off."""
        changed = bytearray(whole)
        for _ in range(self.chance.randrange(most)):
            changed[self.chance.randrange(len(changed))] = self.chance.randrange(256)
        return bytes(changed[: self.chance.randrange(len(changed))] if self.chance.random() < 0.05 else changed)

    def table(self, table: Any) -> Any:
        """A copy of which one value, or key, somewhere is another."""
        chance = self.chance
        if chance.random() < 0.1 or not isinstance(table, dict | list) or not table:
            return self.text([table]) if isinstance(table, str) and chance.random() < 0.7 else chance.choice(VALUES)
        place = chance.choice(list(table) if isinstance(table, dict) else range(len(table)))
        changed = table.copy()
        match chance.randrange(8):
            case 0:
                del changed[place]
            case 1 if isinstance(changed, dict):
                changed[self.text([place])] = changed.pop(place)
            case 1:
                changed.append(table[place])
            case _:
                changed[place] = self.table(table[place])
        return changed

    def whole(self, table: dict[str, Any]) -> dict[str, Any]:
        """As `table`, and a table it remains, as every TOML file is one."""
        changed = self.table(table)
        return changed if isinstance(changed, dict) else {}
