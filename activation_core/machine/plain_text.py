"""A page as plain lines, for a terminal: the vendor's texts are written once, as pages."""

from __future__ import annotations

from html.parser import HTMLParser

from activation_core import terminal

_BLOCKS = {"h1", "h2", "h3", "p", "li"}
_BULLETS = {"li": "- "}


def lines(page: str) -> list[str]:
    """The headings, paragraphs and list items of its article, wrapped, with a blank line before each but list items."""
    reader = _Reader()
    reader.feed(page)
    written: list[str] = []
    for tag, text in reader.blocks:
        if written and tag != "li":
            written.append("")
        written += terminal.paragraph(_BULLETS.get(tag, "") + text)
    return written


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, str]] = []
        self._article, self._tag, self._text = False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._article |= tag == "article"
        if tag in _BLOCKS and "hidden" not in dict(attrs):
            self._tag, self._text = tag, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._tag and self._article:
            self.blocks.append((tag, " ".join(self._text.split())))
        if tag == self._tag:
            self._tag = ""
        self._article &= tag != "article"

    def handle_data(self, data: str) -> None:
        if self._tag:
            self._text += data
