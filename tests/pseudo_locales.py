"""Two languages that nobody speaks, made from a real one: what is too short for a long language, or turned the wrong
way round in one that is written from right to left, is seen before anybody translates.

`long` has accents, brackets around every text, and is a third longer. `right_to_left` is read from right to left: each
word is turned by an override, so that English can still be read, backwards. Values, pauses and digits stay.
"""

import re
from dataclasses import replace

from ivr import wording

LONG, RIGHT_TO_LEFT = "en-XA", "ar-XB"
VOICES = {(LONG, "Polly.Joanna-Neural"), (RIGHT_TO_LEFT, "Polly.Joanna-Neural")}

_ACCENTS = str.maketrans("AEIOUYaceinouyz", "ÅÉÎÖÛÝåçéîñöûýž")
_KEPT = re.compile(r"(\[[^\]]*\]|\{[^}]*\})")
_MARKS = "\u202e", "\u202c"  # RIGHT-TO-LEFT OVERRIDE, POP DIRECTIONAL FORMATTING
_MORE = 0.35


def long(book):
    def stretched(text):
        more = " ~" * (round(len(_KEPT.sub("", text)) * _MORE / 2) + 1)
        return f"⟦{_words(text, lambda words: words.translate(_ACCENTS))}{more}⟧"

    return _made(book, LONG, "Ļöñĝ", stretched, lambda word: word.translate(_ACCENTS) + "ḿḿ")


def right_to_left(book):
    def turned(word):
        return f"{_MARKS[0]}{word}{_MARKS[1]}"

    def text(template):
        return _words(template, lambda words: re.sub(r"[^\W\d]+", lambda word: turned(word[0]), words))

    return _made(book, RIGHT_TO_LEFT, turned("Turned"), text, turned)


def with_pseudo_locales(books):
    made = (long(books["en-US"]), right_to_left(books["en-US"]))
    return {**books, **{book.locale: book for book in made}}


def spoken_by(directory, dialled):
    """The directory, with a number that answers in the long language, then in the one from right to left."""
    numbers = [
        replace(number, languages=(LONG, RIGHT_TO_LEFT)) if number.e164 == dialled else number
        for number in directory.numbers
    ]
    return replace(directory, numbers=tuple(numbers))


def _words(template, change):
    return "".join(part if place % 2 else change(part) for place, part in enumerate(_KEPT.split(template)))


def _made(book, locale, language, text, word):
    """With words for digits and blocks of its own, too: they are told apart as before."""
    return wording.PromptBook(
        locale=locale,
        language=language,
        voice=book.voice,
        digit_words=tuple(map(word, book.digit_words)),
        block_names=tuple(map(word, book.block_names)),
        digit_pause=book.digit_pause,
        block_pause=book.block_pause,
        prompts={name: text(template) for name, template in book.prompts.items()},
    )
