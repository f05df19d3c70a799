"""A Confirmation ID as a text message: its words, and how many segments the networks make of it.

Pure. A message in the GSM alphabet has 160 characters (153 where there are several segments), in any other script 70
(67). Twilio takes 1,600 characters. Its Smart Encoding replaces typographic characters by plain ones: the words here
have none, so that what is counted is what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from activation_core import blocks
from activation_core.page_texts import PageTexts

MOST_CHARACTERS = 1600
MOST_SEGMENTS = 10  # networks put no more together safely

# 3GPP TS 23.038, section 6.2.1: the default alphabet; those of the extension count twice.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


def text_of(confirmation: Sequence[str], texts: PageTexts) -> str:
    """A heading, then a line for each block: its name in this language, three digits and four."""
    named = zip(texts.block_names, confirmation, strict=True)
    return "\n".join([texts("Your Confirmation ID"), *(f"{name} {blocks.show(block)}" for name, block in named)])


def segments(text: str) -> int:
    """How many the networks make of it. A character that counts twice is not parted."""
    sizes = _sizes(text)
    single, several = (160, 153) if _is_gsm(text) else (70, 67)
    if sum(sizes) <= single:
        return 1
    count, room = 1, several
    for size in sizes:
        if size > room:
            count, room = count + 1, several
        room -= size
    return count


def is_too_long(text: str) -> bool:
    return sum(_sizes(text)) > MOST_CHARACTERS or segments(text) > MOST_SEGMENTS


def _sizes(text: str) -> list[int]:
    """What each character takes: septets in the GSM alphabet, else units of UCS-2."""
    if _is_gsm(text):
        return [2 if character in _EXTENSION else 1 for character in text]
    return [len(character.encode("utf-16-le", "surrogatepass")) // 2 for character in text]


def _is_gsm(text: str) -> bool:
    return _GSM.union(_EXTENSION).issuperset(text)
