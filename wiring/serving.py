"""`app.py serve`: the application under Granian."""

from __future__ import annotations

import gc
import os
import secrets
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server as Granian

from activation_core import core_files, log_lines
from activation_core.from_here import LOOPBACK
from wiring.data_files import reading
from wiring.parts import now, open_parts
from wiring.settings import Settings, current_settings, in_one_sentence
from wiring.web import create_app

HEADERS = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=32 * 1024)  # milliseconds; bytes, about


class _Server(Granian):  # type: ignore[misc, valid-type]  # which of two it is depends on the interpreter
    """With a worker for each core, each keeps to its own: moved to and fro, they answer a seventh fewer calls.

    Granian has no setting for it.
    """

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Callable[[], Any]) -> Any:
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if len(cores) == self.workers:
            callback_loader = partial(_loaded_on, cores[idx], callback_loader)
        return super()._spawn_worker(idx, target, callback_loader)


def _loaded_on(core: int, load: Callable[[], Any]) -> Any:
    """In the worker, before it has any other thread."""
    os.sched_setaffinity(0, {core})
    return load()


def application() -> Flask:
    """The application of the settings, for a process that does nothing else.

    What is there at its start stays. Looking through all of it again and again for what nobody needs any more held up
    every call for some 30 ms at a time.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)  # a webhook makes some thousand objects and leaves none behind
    return app


@click.command()
@click.option("--host", default=LOOPBACK[0], show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on.")
@click.option("--debug", is_flag=True, help="Flask's development server: changed code is read anew, defects are shown.")
def serve(host: str, port: int, debug: bool) -> None:
    """Answer calls and show the pages.

    On this machine only, as long as there is no Twilio token.
    """
    core_files.switch_off()
    settings = current_settings()
    if debug and (settings.twilio_auth_token or host not in LOOPBACK):
        raise click.UsageError("--debug shows whoever asks what is in memory: use 127.0.0.1, and no TWILIO_AUTH_TOKEN.")
    if not settings.twilio_auth_token and host not in LOOPBACK:
        raise click.UsageError("Without TWILIO_AUTH_TOKEN forged calls cannot be told from real ones: use 127.0.0.1.")
    if debug:
        _serve_to_develop(settings, host, port)
        return
    _announce(settings, host, port)
    _Server(
        f"{__name__}:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HEADERS,
        factory=True,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=settings.backpressure,
        workers_kill_timeout=5,  # seconds: a request that comes slowly must not hold up the end
        respawn_failed_workers=True,
        log_dictconfig=log_lines.config(settings.log_level),
        log_level=LogLevels.error,  # below it, a warning at each start that 64 are many
    ).serve()


def _announce(settings: Settings, host: str, port: int) -> None:
    """Make what an instance needs, and say where it is served and what to begin with."""
    with in_one_sentence():
        socket.create_server((host, port)).close()  # the server itself says no more than that it panicked
        reading(settings.machine_profile)
    parts = open_parts(settings)
    if settings.public_url == Settings.public_url:  # for the processes that serve: printed sheets must name this port
        os.environ["PUBLIC_URL"] = f"http://{LOOPBACK[0]}:{port}"
    if settings.shows_local_pages:
        click.echo(f"The computer      http://{host}:{port}/machine\nThe telephone     http://{host}:{port}/phone")
    if not settings.twilio_auth_token:
        product = next(iter(parts.products.values()))
        code = parts.desk.issue(product.number, 1, product.terms[0], secrets.randbelow, now())[0]
        pack = parts.desk.issue(product.number, 1, product.packs[0], secrets.randbelow, now())[0]
        click.echo(f"A product key     {code.shown}  ({product.name})")
        click.echo(f"A license code    {pack.shown}  ({product.packs[0].words})")
        click.echo("A demo: no TWILIO_AUTH_TOKEN, so calls are answered from this machine only. Ctrl-C stops.")
    elif settings.public_url == Settings.public_url:
        click.echo("PUBLIC_URL is not set, so Twilio cannot reach this and its calls will be refused.", err=True)
    parts.records.store.close()


def _serve_to_develop(settings: Settings, host: str, port: int) -> None:
    """Flask's own server, which starts this program once more, and again whenever its code has changed."""
    from werkzeug.serving import is_running_from_reloader

    if not is_running_from_reloader():
        _announce(settings, host, port)
    create_app().run(host, port, debug=True, load_dotenv=False)
