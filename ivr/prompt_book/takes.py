"""What a voice talent records, in one language: each text that is said in one breath, numbered, with its file.

A prompt falls into takes where a value or a pause stands in it, as it is said. Digits and the names of blocks are
takes of their own, each recorded once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ivr.wording import PromptBook, Script, Value


@dataclass(frozen=True)
class Take:
    """The `place`-th of `parts` of a prompt, whose whole is `script`; a digit or a name is of no prompt."""

    number: int
    file: str
    text: str
    prompt: str = ""
    place: int = 1
    parts: int = 1
    script: Script = ()


def takes(book: PromptBook) -> Sequence[Take]:
    """In the order in which they are recorded: the prompts, then digits and names."""
    return [
        replace(take, number=number, file=f"{book.locale}/{take.file}.wav")
        for number, take in enumerate(_takes(book), start=1)
    ]


def _takes(book: PromptBook) -> Iterator[Take]:
    for prompt in book.prompts:
        script = book.script(prompt)
        texts = list(_in_one_breath(script))
        for place, text in enumerate(texts, start=1):
            file = f"{prompt}_{place}" if len(texts) > 1 else prompt
            yield Take(0, file, text, prompt, place, len(texts), script)
    for digit, word in enumerate(book.digit_words):
        yield Take(0, f"digit_{digit}", word)
    for place, name in enumerate(book.block_names, start=1):
        yield Take(0, f"block_{place:02}", name)


def _in_one_breath(script: Script) -> Iterator[str]:
    """The texts between values and pauses; a mark alone is not said. Dots show where a value comes."""
    heard = [part for part in script if isinstance(part, Value) or (isinstance(part, str) and _is_said(part))]
    around = ["", *heard, ""]
    for before, part, after in zip(around, heard, around[2:], strict=False):
        if isinstance(part, str):
            dots = ("…" if isinstance(each, Value) else "" for each in (before, after))
            yield " ".join(filter(None, [next(dots), *part.split(), next(dots)]))


def _is_said(text: str) -> bool:
    return any(map(str.isalnum, text))
