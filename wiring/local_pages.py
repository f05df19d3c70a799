"""The pages for a person at this machine: a licensed computer, a telephone, the calls that were made, the prompts."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import httpx
from flask import Flask

from activation_core.access_numbers import REGIONS
from activation_core.from_here import LOOPBACK
from activation_core.machine.api import api
from activation_core.machine.pages.blueprint import pages
from activation_core.machine.pages.guard import only_from_here
from activation_core.machine.seat import Where
from ivr.activation_call import ACTIVATION_CALL, Desk
from ivr.prompt_book.entries import PromptBooks
from ivr.prompt_book.page import prompt_book
from ivr.simulator.calls_page import calls
from ivr.simulator.kept_calls import KeptCalls
from ivr.simulator.message_service import MessageService
from ivr.simulator.softphone import softphone
from ivr.simulator.trouble import for_one_call
from ivr.webhooks import uncounted
from wiring.computers import computer_of, hardware_of
from wiring.data_files import APPROVED
from wiring.parts import BUSY_SECONDS, Parts, now
from wiring.settings import Settings
from wiring.voice import behind_lock, voice


def add_local_pages(app: Flask, settings: Settings, parts: Parts, desk: Desk, messages: MessageService) -> None:
    """`messages` takes what /phone texts: it rings the same call, but no message of it ever leaves this machine."""
    within, has_operator = parts.texts(lambda account: [messages], REGIONS), bool(settings.operator_number)
    hardware, base = hardware_of(settings, Where())
    computer = computer_of(settings, Where(), parts.products, httpx.WSGITransport(app, raise_app_exceptions=False))
    app.register_blueprint(
        pages(
            computer,
            lambda: hardware.over(base),
            parts.directory,
            now,
            telephone="/phone",
            languages=parts.languages,
            web_form=f"{settings.clearinghouse_url or settings.public_url}/activate",
        )
    )
    app.register_blueprint(
        api(
            people=computer.people,
            usage=computer.usage,
            mode=computer.mode,
            site=computer.site,
            add_to_pool=computer.add_to_pool,
            now=now,
        )
    )
    kept = KeptCalls(Path(settings.calls_file), parts.books)
    app.register_blueprint(calls(kept, parts.directory, parts.books, only_from_here))
    app.register_blueprint(
        softphone(
            for_one_call(
                voice(settings, parts, desk, parts.tallies.add, within),
                desk,
                behind_lock(parts, has_operator, now),
                BUSY_SECONDS,
                lambda troubled: voice(settings, parts, troubled, uncounted, within),
            ),
            ACTIVATION_CALL,
            parts.directory,
            parts.books,
            kept,
            parts.speech,
            messages,
            # Without a token only this machine may call, by a name of its own.
            public_url=settings.public_url if settings.twilio_auth_token else f"http://{LOOPBACK[0]}",
            auth_token=next(iter(settings.auth_tokens), ""),
            guard=only_from_here,
            token_hex=secrets.token_hex,
            clock=time.monotonic,
            now=now,
        )
    )
    listed = PromptBooks(ACTIVATION_CALL, parts.books, APPROVED.read())
    app.register_blueprint(prompt_book(listed, parts.speech, only_from_here, calls="/calls"))
