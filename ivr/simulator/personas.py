"""Who calls: how fast they key, whether they hear a prompt out, and how they take a read-back down.

Only habits and their times; what is said to the call is the caller's (caller.py), and what goes wrong is faults.py.

Sources. KLM: Card, Moran and Newell, "The keystroke-level model", CACM 23(7), 1980: a keystroke takes 0.28 s (an
average skilled typist), 0.5 s (random letters), 0.75 s (complex codes), 1.2 s (the worst typist, unfamiliar with the
keyboard), and 1.35 s go by to prepare mentally. That was measured on keyboards; that it holds on a telephone's keypad
is our inference. TRS: 47 CFR 64.604(a)(1): a relay operator types at least 60 words a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activation_core import blocks

Plan = list[tuple[float, str]]  # keys, each with its delay in seconds
REACTION = 1.0  # seconds to stop keying when the call answers: half of them until it speaks; no source


@dataclass(frozen=True)
class Persona:
    """A caller's habits, in seconds. Whoever interrupts prompts presses pound after one reading, too."""

    name: str
    first_key: float  # from the moment that they know what to press
    between_keys: float
    between_blocks: float = 0.0  # more than that, where the eyes go back to the screen
    recognises: float | None = None  # of a prompt, before they interrupt it; None hears it out
    writes: float = 0.0  # after the first reading of a block, before a key about it
    slower: bool = False  # asks for longer pauses at the first block
    transcribes: float | None = None  # words a second, where an operator types what is heard; None just listens

    @property
    def in_a_hurry(self) -> bool:
        """Presses pound rather than wait."""
        return self.recognises is not None

    def timed(self, keys: Sequence[str]) -> Plan:
        """The keys as this caller presses them, each with its delay from the moment that they know what to press."""
        return [(self.first_key + self._until(place), key) for place, key in enumerate(keys)]

    def _until(self, place: int) -> float:
        return self.between_keys * place + self.between_blocks * (place // blocks.LENGTH)

    def lag(self, words: int, seconds: float) -> float:
        """How long after a prompt of so many words this caller knows all of it."""
        return 0.0 if self.transcribes is None else max(0.0, words / self.transcribes - seconds)


# What scripted calls and the demo go by: even keys, after the prompts. No source: between expert and first-timer.
STEADY = Persona("steady", first_key=1.0, between_keys=0.4)

EXPERT = Persona(
    "expert",  # activates computers every week: support staff, installers
    first_key=0.5,  # the finger lies on the keypad: no mental preparation; KLM's random letters
    between_keys=0.28,  # KLM, average skilled typist
    between_blocks=0.5,  # a glance at the screen, where the blocks stand in a row; no source
    recognises=1.5,  # a handful of words: enough to know a prompt one has heard before; no source
    writes=0.8,  # seven digits are written while they are read; the last one of them after: about KLM's 0.75
)
FIRST_TIMER = Persona(
    "first-timer",
    first_key=1.35,  # KLM, mental preparation
    between_keys=0.75,  # KLM, complex codes
    between_blocks=1.35,  # KLM: prepares for each block
)
SLOW = Persona(
    "slow",  # unsteady hands, poor sight, a small keypad
    first_key=2.7,  # twice KLM's mental preparation; no source for the factor
    between_keys=1.2,  # KLM, worst typist
    between_blocks=2.7,  # the same
    slower=True,
)
RELAY = Persona(
    "relay",  # an operator types what is heard to a deaf caller, and keys what the caller types
    first_key=3.0,  # the caller types seven digits at TRS's 60 words a minute (1.4 s), and the operator reads them
    between_keys=0.5,  # KLM, random letters
    between_blocks=1.4,  # the caller types the next seven
    transcribes=1.0,  # TRS: 60 words a minute
)

PERSONAS: Mapping[str, Persona] = {each.name: each for each in (EXPERT, FIRST_TIMER, SLOW, RELAY)}
