"""A computer right after Setup, seen through its pages."""

import pytest
from computer_screen import Screen

from app import Parts, Settings


@pytest.fixture
def screen(settings: Settings, parts: Parts) -> Screen:
    return Screen(settings, parts)
