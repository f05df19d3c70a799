"""The words of a Say with their SSML, as fragments that take time. Not here: the time itself (speech_time).

What changes the time is played: breaks, rates, languages, the pauses around paragraphs and sentences,
words that are spelled or replaced. What changes the sound alone (emphasis, phoneme, w, pitch, volume) is
said as plain words.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ivr.simulator.speech_time import Fragment, Silence, Spoken, break_seconds, prosody_rate

__all__ = ["fragments", "source_length", "spoken_words"]

Complain = Callable[[str], None]

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SPELLED = frozenset({"digits", "characters", "spell-out", "telephone"})
# Amazon's page calls the pause of a paragraph x-strong and that of a sentence strong or a full stop; the
# lengths are those of this model. A sentence that ends in a full stop already has its pause.
_PAUSES = {"p": "x-strong", "s": "strong"}
_ENDS = tuple(".!?…。！？।؟")  # noqa: RUF001 - the marks of other scripts are meant


@dataclass(frozen=True)
class _Manner:
    rate: float = 1.0
    language: str | None = None

    def say(self, text: str) -> Spoken:
        return Spoken(text, self.rate, self.language)


def fragments(element: ET.Element, complain: Complain) -> tuple[Fragment, ...]:
    """What the element says; a value that means nothing is complained of and passed over."""
    return tuple(_inside(element, _Manner(), complain))


def spoken_words(speech: tuple[Fragment, ...]) -> str:
    """The words of a Say in one line, as a caption."""
    return " ".join(" ".join(part.text for part in speech if isinstance(part, Spoken)).split())


def source_length(element: ET.Element) -> int:
    """Characters between the tags of the element, with tags, spaces and newlines."""
    whole = ET.tostring(element, encoding="unicode").removesuffix(element.tail or "")
    return len(whole[whole.index(">") + 1 :].removesuffix(f"</{element.tag}>"))


def _inside(element: ET.Element, manner: _Manner, complain: Complain) -> Iterator[Fragment]:
    if element.text:
        yield manner.say(element.text)
    for child in element:
        yield from _marked(child, manner, complain)
        if child.tail:
            yield manner.say(child.tail)


def _marked(child: ET.Element, manner: _Manner, complain: Complain) -> Iterator[Fragment]:
    match child.tag:
        case "break":
            yield _break(child, complain)
        case "prosody":
            yield from _inside(child, replace(manner, rate=manner.rate * _rate(child, complain)), complain)
        case "lang":
            yield from _inside(child, replace(manner, language=child.get(_XML_LANG)), complain)
        case "sub":
            yield manner.say(child.get("alias", ""))
        case "say-as" if child.get("interpret-as") in _SPELLED:
            yield manner.say(" ".join("".join(child.itertext())))
        case "p" | "s":
            yield from _inside(child, manner, complain)
            if not "".join(child.itertext()).rstrip().endswith(_ENDS):
                yield Silence(break_seconds(None, _PAUSES[child.tag]) or 0.0)
        case _:
            yield from _inside(child, manner, complain)


def _break(child: ET.Element, complain: Complain) -> Silence:
    seconds = break_seconds(child.get("time"), child.get("strength"))
    if seconds is None:
        complain(f"break of no known length: {dict(child.attrib)}")
    return Silence(seconds or 0.0)


def _rate(child: ET.Element, complain: Complain) -> float:
    factor = prosody_rate(child.get("rate", "medium"))
    if factor is None:
        complain(f"prosody of no known rate: {child.get('rate')}")
    return factor or 1.0
