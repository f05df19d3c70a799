"""What is read from `data`: products, access numbers, prompt books, the words of pages, profiles of hardware."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from activation_core import products
from activation_core.access_numbers import Directory
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.machine.components import Reading, load_profile, read_components
from activation_core.page_texts import SOURCE, Languages, PageTexts
from activation_core.products import Products
from ivr import wording
from ivr.prompt_book.approval import ApprovedBooks

DATA = Path(__file__).parents[1] / "data"
PROFILES = sorted(path.stem for path in DATA.glob("machines/*.toml"))
APPROVED = ApprovedBooks(DATA / "prompts")


def toml(name: str) -> dict[str, Any]:
    return read_toml(DATA / f"{name}.toml")


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def read_products() -> Products:
    """What is sold, without the keys that sign for it."""
    return products.parse(toml("products"))


def read_directory() -> Directory:
    return Directory.parse(toml("access_numbers"))


def read_languages(books: wording.Books) -> Languages:
    """What pages say to callers, the language of their templates first; blocks are named as in the call."""
    catalogs = {SOURCE: ""} | {path.stem: path.read_text("utf-8") for path in sorted(DATA.glob("pages/locales/*.po"))}
    return {
        locale: PageTexts(locale, catalog, books[locale].block_names if locale in books else BLOCK_NAMES)
        for locale, catalog in catalogs.items()
    }


def read_books() -> wording.Books:
    return {path.stem: wording.parse(path.stem, read_toml(path)) for path in sorted(DATA.glob("prompts/*.toml"))}


def reading(profile: str) -> Reading:
    """The hardware of this profile, or with none of this computer."""
    return load_profile(DATA / "machines" / f"{profile}.toml") if profile else read_components()
