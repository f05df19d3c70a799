"""What pages say to callers, in the reader's language: gettext catalogs, as `.po` texts that are handed in.

The English of the pages is in their templates; a catalog holds another language. Compiled when they are first read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO, StringIO

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

from activation_core.confirmation_id import BLOCK_NAMES

SOURCE = "en-US"  # the language of the templates


@dataclass(frozen=True)
class PageTexts:
    """All that pages say in one locale. ValueError where its catalog is none, or strange."""

    locale: str
    catalog: str = ""  # a .po; '' is the source itself
    block_names: Sequence[str] = BLOCK_NAMES  # of a Confirmation ID, as they are spoken in this language

    @property
    def direction(self) -> str:
        return self.language.text_direction

    @property
    def language(self) -> Locale:
        return Locale.parse(self.locale, sep="-")

    @property
    def name(self) -> str:
        """Of the language in itself, with the region where that tells more."""
        name = self.language.get_language_name() or self.locale
        return name[:1].upper() + name[1:]

    def __call__(self, text: str) -> str:
        """In this language; in English where it is not translated."""
        said: str = self._translations.gettext(text)
        return said

    @cached_property
    def _translations(self) -> NullTranslations:
        if not self.catalog:
            return NullTranslations()
        compiled = BytesIO()
        try:
            write_mo(compiled, read_po(StringIO(self.catalog), locale=str(self.language), abort_invalid=True))
        except PoFileError as error:
            raise ValueError(f"{self.locale}.po: {error}") from error
        compiled.seek(0)
        return Translations(compiled)


Languages = Mapping[str, PageTexts]  # by locale


def best(languages: Languages, tags: Iterable[str]) -> PageTexts:
    """That of the first of these language tags which is spoken, wholly or in another region; else the source."""
    for tag in tags:
        if found := next((texts for locale, texts in languages.items() if locale.lower() == tag.lower()), None):
            return found
        of_language = (texts for locale, texts in languages.items() if _language(locale) == _language(tag))
        if (found := next(of_language, None)) is not None:
            return found
    return languages[SOURCE]


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()
