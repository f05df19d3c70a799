"""What the fixtures of this folder hand to a test, as types."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from app import Parts, Settings

OpenPage = Callable[..., Page]
Faults = Callable[..., str]  # of a page; `looks_only` for colours and sizes
LookClosely = Callable[[Page], None]


@dataclass(frozen=True)
class LiveServer:
    """The application as a visitor meets it. `parts` stand on the same database and keys.

    `restart` with other settings, as after a change of the hardware.
    """

    url: str
    settings: Settings
    parts: Parts
    restart: Callable[[Settings], None]
