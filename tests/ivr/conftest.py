"""A vendor's world of one seed, and scripted calls in it."""

import httpx
import pytest
from hummer import Hummer

from ivr.simulator.carrier import Carrier
from ivr.simulator.rehearsal import Rehearsal
from wiring.rehearsed_world import open_world


@pytest.fixture
def hummer():
    return Hummer()


@pytest.fixture
def world():
    """Anew for each test, so that what is drawn does not depend on the tests before it."""
    with open_world(seed=1, profile="lab-bench", url="") as world:
        yield world


@pytest.fixture
def rehearsal(world):
    with httpx.Client(transport=world.transport) as client:

        def carrier():
            return Carrier(
                client,
                auth_token=world.auth_token,
                voice_url=world.voice_url,
                fallback_url=world.fallback_url,
                messages=world.messages,
            )

        yield Rehearsal(carrier, world.stage, world.directory, world.books)
