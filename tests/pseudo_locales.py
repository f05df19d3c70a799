"""Two languages that nobody speaks, made from English: what is too short for a long language, or the wrong way round
in one that is read from right to left, is seen before anybody translates.

The long one has accents, brackets around every text, and is a third longer. In the other one every word is turned by
an override, so that it is English still, read from right to left. Values, pauses and numerals stay.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

import app
from activation_core.access_numbers import Directory
from ivr import wording
from ivr.wording import Books, PromptBook
from wiring import parts

LONG, RIGHT_TO_LEFT = "en-XA", "ar-XB"
NUMBER = "+46846500442"  # answers in them
REGION = "SE"

Change = Callable[[str], str]

_ACCENTS = str.maketrans("AEIOUYaceinouyz", "ÅÉÎÖÛÝåçéîñöûýž")
_KEPT = re.compile(r"(\[[^\]]*\]|\{[^}]*\})")
_OVERRIDE, _END = "\u202e", "\u202c"
_LONGER = 0.35


def long(book: PromptBook) -> PromptBook:
    def word(text: str) -> str:
        return text.translate(_ACCENTS)

    def prompt(text: str) -> str:
        more = "~" * round(len(_KEPT.sub("", text)) * _LONGER)
        return f"⟦{_outside(text, word)} {' '.join(re.findall('.{1,7}', more))}⟧"

    return _made(book, LONG, prompt, word)


def right_to_left(book: PromptBook) -> PromptBook:
    def word(text: str) -> str:
        return f"{_OVERRIDE}{text}{_END}"

    def words(text: str) -> str:
        return re.sub(r"[^\W\d]+", lambda found: word(found[0]), text)

    return _made(book, RIGHT_TO_LEFT, lambda text: _outside(text, words), word)


def spoken(patch: pytest.MonkeyPatch) -> Books:
    """The application speaks both from now on, also at NUMBER, where the long one greets."""
    voices = {(locale, "Polly.Joanna-Neural") for locale in (LONG, RIGHT_TO_LEFT)}
    patch.setattr(wording, "VOICES", wording.VOICES | voices)
    books = dict(app.read_books())
    books |= {LONG: long(books["en-US"]), RIGHT_TO_LEFT: right_to_left(books["en-US"])}
    directory = _answered_in(app.read_directory(), (LONG, RIGHT_TO_LEFT))
    patch.setattr(parts, "read_books", lambda: books)
    patch.setattr(parts, "read_directory", lambda: directory)
    return books


def _answered_in(directory: Directory, languages: tuple[str, ...]) -> Directory:
    numbers = (replace(each, languages=languages) if each.e164 == NUMBER else each for each in directory.numbers)
    return replace(directory, numbers=tuple(numbers))


def _outside(template: str, change: Change) -> str:
    """Change what is neither a value nor a pause."""
    return "".join(part if place % 2 else change(part) for place, part in enumerate(_KEPT.split(template)))


def _made(book: PromptBook, locale: str, prompt: Change, word: Change) -> PromptBook:
    return replace(
        book,
        locale=locale,
        language=word(book.language),
        digit_words=tuple(map(word, book.digit_words)),
        block_names=tuple(map(word, book.block_names)),
        prompts={name: prompt(text) for name, text in book.prompts.items()},
    )
