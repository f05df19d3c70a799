"""A whole world for scenarios: a vendor, its clearinghouse, its computers and a line, gone when they are over."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from activation_core.access_numbers import REGIONS
from activation_core.machine.server import Server
from ivr.simulator.cli import World
from ivr.simulator.message_service import MessageService
from ivr.simulator.stage import Stage, WorldClock
from ivr.simulator.trouble import Trouble, TroubledDesk
from ivr.webhooks import PREFIX, uncounted
from wiring.data_files import read_books, read_products, reading
from wiring.parts import BUSY_SECONDS, Parts, directory_of, now, open_parts
from wiring.settings import current_settings, settings_in
from wiring.voice import TelephoneDesk, behind_lock, voice


@contextmanager
def open_world(seed: int | None, profile: str, url: str) -> Iterator[World]:
    """A vendor, its clearinghouse and licensed computers in a folder of their own, gone afterwards.

    With a `url` the application behind it answers, and its clearinghouse, that of the settings, knows the keys:
    then nothing may be foreseen, and nothing of it is opened before a scene needs a key.
    """
    chance = random.SystemRandom() if url or seed is None else random.Random(seed)  # noqa: S311 (demo keys)
    with TemporaryDirectory() as folder:
        private = settings_in(
            Path(folder),
            operator_number="+12125550143",
            twilio_auth_token="rehearsed: signatures are checked",  # noqa: S106 (no real one)
            wrong_ids_a_day=1024,  # a day of scenarios has many
        )
        settings = current_settings() if url else private
        open_once, clock = cache(lambda: open_parts(settings, chance.randbytes)), WorldClock(now)
        stage = stage_in(open_once, Path(folder), reading(profile).components, chance, clock)
        if url:
            token = next(iter(settings.auth_tokens), "")
            yield World(read_books(), directory_of(settings), stage, token, url, None, None)
            return
        parts = open_once()
        trouble = Trouble(behind_lock(parts, True, clock), BUSY_SECONDS)
        desk = TroubledDesk(TelephoneDesk(parts.desk, True, clock), trouble)
        messages = MessageService()
        webhooks = voice(settings, parts, desk, uncounted, parts.texts(lambda account: [messages], REGIONS))
        transport = httpx.WSGITransport(webhooks, raise_app_exceptions=False)
        stage = replace(stage, trouble=trouble.during, troubled=lambda desk: TroubledDesk(desk, trouble))
        url = f"{settings.public_url}{PREFIX}"
        token, fallback, status = settings.twilio_auth_token, f"{url}/fallback", f"{url}/status"
        yield World(parts.books, parts.directory, stage, token, url, transport, fallback, status, messages)


def stage_in(
    parts: Callable[[], Parts],
    folder: Path,
    components: Mapping[str, str],
    chance: random.Random,
    clock: WorldClock | None = None,
) -> Stage:
    """A scene with the first product; the parts are opened when a scene needs them."""
    clock = clock or WorldClock(now)
    product = next(iter(read_products().values()))
    numbers = itertools.count()

    def computer() -> Server:
        """The first has this hardware, each further one another."""
        number = next(numbers)
        own = {kind: f"{value} {number}" if number else value for kind, value in components.items()}
        return Server(folder / f"computer-{number}", parts().products[product.number], own, clock())

    return Stage(
        product=product.number,
        issue=lambda: parts().desk.issue(product.number, 1, product.terms[0], chance.randrange, clock())[0].text,
        issue_pack=lambda: parts().desk.issue(product.number, 1, product.packs[0], chance.randrange, clock())[0].text,
        revoke=lambda text: parts().desk.revoke(text, clock()),
        confirm=lambda text: parts().desk.confirm(text, "operator", clock()),
        computer=computer,
        budget=product.reactivations,
        transfers=product.transfers,
        now=clock,
        start_at=clock.start_at,
    )
