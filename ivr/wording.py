"""Prompt + values + locale → words, and back: which prompt was it that somebody heard.

A prompt book is a TOML file a locale, owned by whoever designs the voice. In a prompt, `{name}` puts a
value, `{name:digits}` says it digit by digit and rests where it is written apart, as telephone numbers are in
their country, `{name:block}` three digits and four, and `[400ms]` or `[2s]` is a pause. Digits are always separate
words with pauses between: engines read "123" as a number, and disagree about say-as. That holds in Japanese, too,
which has no spaces elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any

from ivr.dialogue import Speak, Values

# Which voice may speak which language. A pair that the carrier does not know can end a call (Twilio: "Say").
# These are Amazon's neural voices (Polly: available voices) under Twilio's names for them.
VOICES = frozenset(
    {
        ("de-DE", "Polly.Vicki-Neural"),
        ("en-US", "Polly.Joanna-Neural"),
        ("es-US", "Polly.Lupe-Neural"),
        ("fr-FR", "Polly.Lea-Neural"),
        ("ja-JP", "Polly.Kazuha-Neural"),
        ("pt-BR", "Polly.Camila-Neural"),
    }
)

DEFAULT_LOCALE = "en-US"

_PAUSE = re.compile(r"\[(\d+(?:\.\d+)?)(ms|s)\]")


_FORMS = {None, "", "digits", "block"}
_TOUCHING = re.compile(r"\w\{\w+:\w+\}|\{\w+:\w+\}(?:\w|\{)")  # digits that would run into a word


@dataclass(frozen=True)
class Pause:
    milliseconds: int


Fragment = str | Pause


@dataclass(frozen=True)
class Value:
    """A place in a prompt where a value is put; `form` is '', 'digits' or 'block'."""

    name: str
    form: str


Script = Sequence[str | Pause | Value]


@dataclass(frozen=True)
class Words:
    """What is said, in which language and by which voice."""

    locale: str
    voice: str
    fragments: tuple[Fragment, ...]

    @property
    def text(self) -> str:
        """The words alone, as a caption has them."""
        return " ".join(" ".join(f for f in self.fragments if isinstance(f, str)).split())


@dataclass(frozen=True)
class PromptBook:
    """All that is said in one locale."""

    locale: str
    language: str  # the language's name in itself
    voice: str
    digit_words: tuple[str, ...]
    block_names: tuple[str, ...]  # of a Confirmation ID
    digit_pause: int  # milliseconds
    block_pause: int
    prompts: Mapping[str, str]

    def __post_init__(self) -> None:
        if (self.locale, self.voice) not in VOICES:
            raise ValueError(f"prompt book {self.locale}: the voice {self.voice!r} is not known to speak it")
        if len(self.digit_words) != 10 or len(set(self.digit_words)) != 10:
            raise ValueError(f"prompt book {self.locale}: ten different digit words are needed")
        if len(set(self.block_names)) != 13:
            raise ValueError(f"prompt book {self.locale}: thirteen different block names are needed")
        if not isinstance(self.prompts, Mapping) or not all(isinstance(each, str) for each in self.prompts.values()):
            raise ValueError(f"prompt book {self.locale}: the prompts are a table of texts")
        for name, template in self.prompts.items():
            self._check(name, template)

    def _check(self, name: str, template: str) -> None:
        try:
            strange = {form for _, _, form, _ in Formatter().parse(template)} - _FORMS
        except ValueError as error:
            raise ValueError(f"prompt book {self.locale}, {name}: {error}") from error
        if strange:
            raise ValueError(f"prompt book {self.locale}, {name}: there is no form {strange.pop()!r}")
        if touching := _TOUCHING.search(template):
            raise ValueError(f"prompt book {self.locale}, {name}: {touching[0]!r} needs a space, or it is one word")

    def words(self, speak: Speak) -> Words:
        """The words of a prompt. KeyError names a prompt or a value that is missing."""
        fragments = self._fragments(self.script(speak.prompt), speak.values)
        return Words(self.locale, self.voice, tuple(fragments))

    def script(self, prompt: str) -> Script:
        """A prompt in its parts: text, pauses and places for values. KeyError where there is none."""
        return list(_script(self.prompts[prompt]))

    def without_digits(self, speak: Speak) -> tuple[tuple[tuple[str, str], ...], str]:
        """What the words of a prompt depend on, with noughts for its digits; and these, in the order they are said."""
        values, said, digits = speak.values, [("pace", str(speak.values.get("pace", "")))], ""
        for name, form in self._fields[speak.prompt]:
            value = str(values[name])
            if form and value.isdecimal():  # as nearly all are
                digits, value = digits + value, "0" * len(value)
            elif form:
                digits, value = digits + _digits(value), re.sub(r"\d", "0", value)
            said.append((name, value))
        return tuple(said), digits

    @cached_property
    def _fields(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Of each prompt, the values that it puts, and the form where one is said as digits."""
        return {
            prompt: [
                (part.name, "" if part.name == "name" else part.form)
                for part in self.script(prompt)
                if isinstance(part, Value)
            ]
            for prompt in self.prompts
        }

    def fixed(self) -> Iterator[Words]:
        """The words of every prompt that takes no value, in the order of the book."""
        for prompt, fields in self._fields.items():
            if not fields:
                yield self.words(Speak(prompt))

    def _fragments(self, script: Script, values: Values) -> Iterator[Fragment]:
        """Text and pauses in turn, as engines and TwiML want them."""
        text = ""
        for piece in self._pieces(script, values):
            if isinstance(piece, str):
                text += piece
                continue
            if text.strip():
                yield " ".join(text.split())
            yield piece
            text = ""
        if text.strip():
            yield " ".join(text.split())

    def _pieces(self, script: Script, values: Values) -> Iterator[Fragment]:
        slow = 2 if values.get("pace") == "slow" else 1
        for part in script:
            if isinstance(part, Value):
                yield from self._value(part.name, values[part.name], part.form, slow)
            else:
                yield part

    def _value(self, name: str, value: Any, form: str, slow: int) -> Iterator[Fragment]:
        if name == "name":
            yield self.block_names[int(value)]
        elif form == "":
            yield str(value)
        else:
            for place, group in enumerate(_said_together(str(value), form)):
                for index, digit in enumerate(group):
                    if place or index:
                        yield Pause((self.digit_pause if index else self.block_pause) * slow)
                    yield self.digit_words[int(digit)]

    def recognise(self, text: str) -> Speak | None:
        """The prompt that was heard, with its values, or None where it is none of this book."""
        for name, pattern in self._patterns:
            if match := pattern.fullmatch(" ".join(text.split())):
                return Speak(name, {key: self._heard(key, said) for key, said in match.groupdict().items()})
        return None

    def _heard(self, key: str, said: str) -> str:
        if key == "name":
            return str(self.block_names.index(said))
        return "".join(self._digits.get(word, word) for word in said.split())

    def numerals(self, text: str) -> str:
        """The words with digits as numerals, for reading: "one two" → "1 2"."""
        return self._digit_runs.sub(lambda run: " ".join(self._digits[w] for w in run[0].split()), text)

    @cached_property
    def _digits(self) -> Mapping[str, str]:
        return {word: str(digit) for digit, word in enumerate(self.digit_words)}

    @cached_property
    def _digit_runs(self) -> re.Pattern[str]:
        word = "|".join(map(re.escape, self.digit_words))
        return re.compile(rf"(?<!\w)(?:{word})(?: (?:{word}))+(?!\w)")

    @cached_property
    def _patterns(self) -> Sequence[tuple[str, re.Pattern[str]]]:
        return [(name, re.compile(self._pattern(template))) for name, template in self.prompts.items()]

    def _pattern(self, template: str) -> str:
        """A regular expression for what a prompt can sound like; a value that comes twice is the same twice."""
        pattern, named = "", set[str]()
        for literal, name, form, _ in Formatter().parse(" ".join(_PAUSE.sub(" ", template).split())):
            pattern += re.escape(literal)
            if name in named:
                pattern += f"(?P={name})"
            elif name is not None:
                named.add(name)
                pattern += f"(?P<{name}>{self._shape(name, form or '')})"
        return pattern

    def _shape(self, name: str, form: str) -> str:
        if name == "name":
            return "|".join(map(re.escape, self.block_names))
        if form == "":
            return r"\S+"
        word = "(?:" + "|".join(map(re.escape, self.digit_words)) + ")"
        return f"{word}(?: {word})*"


def _script(template: str) -> Iterator[str | Pause | Value]:
    for literal, name, form, _ in Formatter().parse(template):
        # split() yields text, number, unit, text, number, unit, …, text
        text, *pauses = _PAUSE.split(literal)
        yield text
        for number, unit, following in zip(pauses[::3], pauses[1::3], pauses[2::3], strict=True):
            yield Pause(round(float(number) * (1000 if unit == "s" else 1)))
            yield following
        if name is not None:
            yield Value(name, form or "")


def _digits(value: str) -> str:
    return "".join(character for character in value if character.isdecimal())


def _said_together(written: str, form: str) -> Sequence[str]:
    if form != "block":
        return re.findall(r"\d+", written)
    digits = _digits(written)
    return [digits[:3], digits[3:]]


Books = Mapping[str, PromptBook]


def parse(locale: str, table: Mapping[str, Any]) -> PromptBook:
    """The prompt book of a locale. ValueError names what is wrong with it."""
    values = dict(table)
    try:
        return PromptBook(
            locale=locale,
            digit_words=tuple(values.pop("digit_words")),
            block_names=tuple(values.pop("block_names")),
            **values,
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"prompt book {locale}: {error}") from error


def words(books: Books, locale: str, speak: Speak) -> Words:
    """The words of a prompt in the call's locale, or in its own."""
    return books[spoken_in(books, locale, speak)].words(speak)


def spoken_in(books: Books, locale: str, speak: Speak) -> str:
    """The locale in which a prompt is said: where its book lacks it, or is gone, the default one, not nothing."""
    locale = speak.locale or locale
    return locale if locale in books and speak.prompt in books[locale].prompts else DEFAULT_LOCALE


def missing(books: Books, used: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """By locale, the prompts that its book lacks. ValueError where the default one does: then nobody could say it."""
    lacking = {locale: sorted(set(used) - book.prompts.keys()) for locale, book in books.items()}
    if nowhere := lacking.get(DEFAULT_LOCALE, sorted(used)):
        raise ValueError(f"prompt book {DEFAULT_LOCALE}: {', '.join(nowhere)} is missing, and the call says it")
    return {locale: prompts for locale, prompts in lacking.items() if prompts}
