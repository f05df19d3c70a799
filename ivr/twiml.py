"""Verbs → TwiML, with twilio's own classes.

Those classes are slow, so each prompt is written by them once, with holes for the digits in it, and filled in from
then on. Everything that can differ otherwise is part of what the template is kept under.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from xml.sax.saxutils import escape

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Gather as GatherElement
from twilio.twiml.voice_response import Say, VoiceResponse

from ivr.dialogue import Dial, Gather, Hangup, Speak, Verb
from ivr.wording import Books, Pause, spoken_in

Action = Callable[[Gather | Dial], str]

_TEMPLATES = 4096  # of each kind: a call's prompts in some languages; beyond it the oldest is written again
_HOLE, *_OTHER_HOLES = map(chr, range(0xE000, 0xE00A))  # private use: no prompt has them, no XML escapes them


class Documents:
    """`action` gives the URL that is told how a verb ended, `operator` is whom to dial."""

    def __init__(self, books: Books, action: Action, operator: str) -> None:
        self._books, self._action = books, action
        # Books as they are, but each digit is a hole.
        self._holed = {tag: replace(book, digit_words=(_HOLE, *_OTHER_HOLES)) for tag, book in books.items()}
        self._word = {
            tag: {str(digit): escape(word) for digit, word in enumerate(book.digit_words)}.__getitem__
            for tag, book in books.items()
        }
        self._say = lru_cache(_TEMPLATES)(self._say_anew)
        self._gather = lru_cache(_TEMPLATES)(self._gather_anew)
        self._head, self._foot = _around(VoiceResponse(), declared=True)
        self._hangup = _xml(VoiceResponse().hangup())
        self._dial = _xml(VoiceResponse().dial(operator, action=action(Dial()), method="POST", answer_on_bridge=True))

    def render(self, verbs: Sequence[Verb], locale: str) -> str:
        """The document for these verbs, in the locale of the call."""
        pieces = [self._head]
        for verb in verbs:
            match verb:
                case Speak():
                    pieces += self._spoken(verb, locale)
                case Gather():
                    before, after = self._gather(verb.step, verb.part, verb.digits, verb.timeout, verb.goes_on)
                    pieces.append(before)
                    for prompt in verb.prompts:
                        pieces += self._spoken(prompt, locale)
                    pieces.append(after)
                case Dial():
                    pieces.append(self._dial)
                case Hangup():
                    pieces.append(self._hangup)
        pieces.append(self._foot)
        return "".join(pieces)

    def _spoken(self, prompt: Speak, locale: str) -> Sequence[str]:
        locale = spoken_in(self._books, locale, prompt)
        said, digits = self._books[locale].without_digits(prompt)
        pieces = self._say(locale, prompt.prompt, said)
        if not digits:
            return pieces
        filled = list(pieces)
        filled[1::2] = map(self._word[locale], digits)
        return filled

    def _say_anew(self, locale: str, prompt: str, said: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        """A prompt in pieces: each second one is a place for a digit. Shared by all callers, so not to be filled in."""
        words = self._holed[locale].words(Speak(prompt, dict(said)))
        say = Say(voice=words.voice, language=words.locale)
        for fragment in words.fragments:
            if isinstance(fragment, Pause):
                say.break_(time=f"{fragment.milliseconds}ms")
            else:
                # Spaces keep words apart for engines that ignore the breaks.
                say.append(f" {fragment} ")
        return tuple(re.split(f"({_HOLE})", _xml(say)))

    def _gather_anew(self, step: str, part: int, digits: int, timeout: int, goes_on: bool) -> tuple[str, str]:
        """Where the gather goes on by itself, `#` alone falls through just as silence does, without a webhook.

        A single key that must be answered takes `#` for a key like the others; several digits end with it.
        """
        return _around(
            GatherElement(
                input="dtmf",
                num_digits=digits,
                finish_on_key="#" if goes_on or digits > 1 else "",
                timeout=timeout,
                action_on_empty_result=not goes_on,
                action=self._action(Gather(step, part, (), digits, timeout, goes_on)),
                method="POST",
            )
        )


def _around(element: TwiML, declared: bool = False) -> tuple[str, str]:
    """The element's tags, for what stands between them."""
    element.append(_HOLE)
    before, after = _xml(element, declared).split(_HOLE)
    return before, after


def _xml(element: TwiML, declared: bool = False) -> str:
    return str(element.to_xml(xml_declaration=declared))
