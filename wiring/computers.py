"""Licensed computers, simulated ones among them: each in a home of its own, with the hardware that is kept there."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import httpx
from flask import Flask

from activation_core import products
from activation_core.clearinghouse import web
from activation_core.from_here import LOOPBACK
from activation_core.machine.components import Reading
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.internet import Clearinghouse
from activation_core.machine.pages.blueprint import pages
from activation_core.machine.seat import Where
from activation_core.machine.simulated_hardware import KeptHardware
from activation_core.products import Products
from wiring.data_files import DATA, PROFILES, reading
from wiring.parts import directory_of, now, parts_of_this_run
from wiring.settings import Settings, current_settings


def _home(settings: Settings, where: Where) -> Path:
    return where.home or Path(settings.machine_folder)


def hardware_of(settings: Settings, where: Where) -> tuple[KeptHardware, Reading]:
    """What is kept of it, with the profile that was chosen last; and that profile as it came."""
    kept = KeptHardware(_home(settings, where))
    if where.machine and where.machine not in PROFILES:
        raise ValueError(f"There is no profile {where.machine!r}; there are {', '.join(PROFILES)}.")
    if where.machine:
        kept.choose(where.machine)
    return kept, reading(kept.read().profile or settings.machine_profile)


def computer_of(settings: Settings, where: Where, sold: Products, own: httpx.BaseTransport) -> LicensedComputer:
    """The computer in this home, with its hardware. Its site is a folder in the home, as long as it is alone.

    The site knows it by the name of the home, or by that of this computer where the home is the usual one.
    Without an address of a clearinghouse `own` answers.
    """
    home, (kept, base) = _home(settings, where), hardware_of(settings, where)
    usual = home.resolve() == Path(Settings.machine_folder).resolve()
    url = where.clearinghouse or settings.clearinghouse_url
    return LicensedComputer(
        socket.gethostname() if usual else home.resolve().name,
        home,
        where.site or Path(settings.site_folder or home / "site"),
        products.named(sold, where.product) if where.product else next(iter(sold.values())),
        kept.over(base).components,
        now(),
        Clearinghouse(url or f"http://{LOOPBACK[0]}", time.sleep, None if url else own),
    )


def document(computer: LicensedComputer, name: str) -> str:
    app = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
    app.register_blueprint(
        pages(computer, lambda: Reading(dict(computer.server.components), {}), directory_of(current_settings()), now)
    )
    app.add_url_rule("/", endpoint="home", view_func=str)
    return app.test_client().get(f"/machine/{name}").text


def open_computer(where: Where) -> LicensedComputer:
    """For the command line; where no address is set, the clearinghouse of the settings answers in this process."""
    own, parts = Flask(__name__), parts_of_this_run()
    own.register_blueprint(web.web(parts.directory, parts.desk, now))
    return computer_of(current_settings(), where, parts.products, httpx.WSGITransport(own))
