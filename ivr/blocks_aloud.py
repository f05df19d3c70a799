"""The blocks of a Confirmation ID aloud, for whoever reads them off a page: as the call says them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from ivr import wording
from ivr.dialogue import Speak
from ivr.speech.speech import Speech
from ivr.wording import Books


@dataclass(frozen=True)
class BlocksAloud:
    books: Books
    speech: Speech

    def speaks(self, locale: str) -> bool:
        """Whether a voice and a book of this locale are there."""
        return locale in self.books and self.speech.speaks(locale)

    def address(self, locale: str, place: int, digits: str) -> str:
        """Of the sound of a block, its name and digits twice; `place` counts from 0. '' where no voice speaks now."""
        words = wording.words(self.books, locale, Speak("read_block", {"name": place, "digits": digits}))
        audio = self.speech.render(words.fragments, words.locale)
        return url_for("speech.wav", key=audio.key) if audio else ""
