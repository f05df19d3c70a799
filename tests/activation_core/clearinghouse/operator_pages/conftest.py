"""A desk with one operator, ada."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from desk_screen import NOON, PASSWORD, Caller, Clock, Machine, Screen

from app import Settings


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def another_machine(settings: Settings, clock: Clock) -> Callable[[], Machine]:
    return lambda: Machine(settings, clock)


@pytest.fixture
def machine(another_machine: Callable[[], Machine]) -> Machine:
    machine = another_machine()
    machine.staff.accounts.add("ada", PASSWORD, "terminal", NOON)
    return machine


@pytest.fixture
def screen(machine: Machine) -> Screen:
    """Nobody has signed in."""
    return Screen(machine)


@pytest.fixture
def desk(screen: Screen) -> Screen:
    """Ada has."""
    return screen.sign_in()


@pytest.fixture
def caller(machine: Machine) -> Caller:
    return Caller(machine.parts)
