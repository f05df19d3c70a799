"""Digits are keyed from left to right, whatever the language around them: the markup that keeps them so."""

from __future__ import annotations

import re

from markupsafe import Markup

_NUMBER = re.compile(r"(\d+(?: \d+)*)")


def numbers(text: str) -> Markup:
    """The text as HTML, each number, or digits with a space between them, from left to right."""
    parts = enumerate(_NUMBER.split(text))
    return Markup().join(Markup('<bdi dir="ltr">{}</bdi>').format(part) if place % 2 else part for place, part in parts)
