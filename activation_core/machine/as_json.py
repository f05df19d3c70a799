"""What a program reads of a licensed computer: each thing as JSON, the same over HTTP and from the commands.

No product key, no whole license code and no token is ever in it; an Installation ID is where it is to be read out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from activation_core import cals, codes, installation_id, server_activation
from activation_core.connections import Connection, Poll
from activation_core.installation_id import InstallationId
from activation_core.licensing_mode import LicensingMode
from activation_core.machine.cal_store import CalStore
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.history import history as lines_of
from activation_core.machine.kept_file import Damaged
from activation_core.machine.people import Person
from activation_core.machine.registration import Registration
from activation_core.machine.site import KeptSite
from activation_core.machine.usage import Report
from activation_core.server_activation import ACTIVATED
from activation_core.site_licences import Holder

CLOCK_SET_BACK = "The clock of this computer was set back. Set it right; the time that has passed counts all the same."
ELSEWHERE = "Some licenses were confirmed for other hardware than this. Transfer them by telephone."


def status(computer: LicensedComputer, now: datetime) -> dict[str, Any]:
    """Where the server stands, what is blocked, and what somebody should look at."""
    server = computer.server
    state, activation = server.state(now), server.activation
    activated = state in ACTIVATED
    ends = server_activation.grace_ends(activation, server.product, now)
    licences, warnings = None, [CLOCK_SET_BACK] if activation.clock.set_back else []
    try:
        installed = computer.cals.installed
        licences = installed.total
        warnings += [ELSEWHERE] if installed.elsewhere else []
    except Damaged as damaged:
        warnings.append(str(damaged))
    return {
        "computer": computer.name,
        "product": server.product.number,
        "product_name": server.product.name,
        "state": state,
        "activated": activated,
        "method": activation.confirmed.method if activation.confirmed and activated else None,
        "confirmed_at": activation.confirmed.at.isoformat() if activation.confirmed else None,
        "product_key": codes.parse(activation.product_key).masked if activation.product_key else None,
        "activate_by": None if activated else ends.isoformat(),
        "days_left": None if activated else server_activation.days_left(activation, server.product, now),
        "services_run": server_activation.services_run(state),
        "licences": licences,
        "warnings": warnings,
    }


def asked(of: InstallationId, masked: str | None = None) -> dict[str, Any]:
    """An Installation ID, and the code that it was made for."""
    return {"code": masked, "installation_id": of.digits, "blocks": list(of.blocks)}


def run(store: CalStore) -> dict[str, Any]:
    """The run of a wizard that is under way: its list of codes, each with its box."""
    licences = store.licences
    boxes = [
        {
            "box": number,
            **asked(installation_id.parse(entry.installation_id), codes.parse(entry.code).masked),
            "answered": cals.is_answered(licences, entry),
        }
        for number, entry in enumerate(licences.entries, 1)
    ]
    return {"operation": licences.operation.name.lower() if licences.operation else None, "boxes": boxes}


def installed(computer: LicensedComputer, now: datetime) -> dict[str, Any]:
    """Manage Your Licenses: the number for support, the licenses, the maximum usage, the table of codes."""
    licences, report = computer.cals.installed, computer.usage.report(now)
    key = computer.server.activation.product_key
    return {
        "product_id": codes.parse(key).product_id if key else None,
        "installed": licences.total,
        "included": licences.included,
        "maximum_usage": poll(report.maximum),
        "packs": [
            {
                "code": codes.parse(held.code).masked,
                "licences": pack.licences,
                "holder": pack.holder,
                "upgrade": pack.upgrade,
                "words": pack.words,
                "since": held.at.isoformat(),
            }
            for held, pack in licences.packs
        ],
        "elsewhere": [codes.parse(held.code).masked for held in licences.elsewhere],
    }


def history(computer: LicensedComputer) -> list[dict[str, Any]]:
    """Who did what, and when, newest first."""
    return [{"at": line.at.isoformat(), "who": line.who, "what": line.what} for line in lines_of(computer)]


def registration(kept: Registration | None) -> dict[str, Any]:
    return {"registered": kept is not None, **({**asdict(kept), "on": kept.on.isoformat()} if kept else {})}


def poll(taken: Poll | None) -> dict[str, Any] | None:
    return {"in_use": taken.in_use, "at": taken.at.isoformat()} if taken else None


def usage(report: Report) -> dict[str, Any]:
    polled = {"last": poll(report.last), "maximum": poll(report.maximum)}
    return {"mode": report.mode, "licences": report.licences, "in_use": report.in_use, "polled": polled}


def connection(live: Connection) -> dict[str, Any]:
    shown = asdict(live) | {"id": live.id, "since": live.since.isoformat()}
    del shown["administrator"]  # who is one is nobody's business
    return shown


def mode(kept: LicensingMode) -> dict[str, Any]:
    history = [{"at": entry.at.isoformat(), "who": entry.who, "what": entry.what} for entry in kept.history]
    return {"mode": kept.mode, "history": history}


def pool(site: KeptSite) -> dict[str, Any]:
    pool = site.site.pool
    return {"licences": pool.licences, "contributions": [asdict(each) for each in pool.contributions]}


def groups(site: KeptSite, now: datetime) -> dict[str, Any]:
    """The groups, and every device and user that holds a license of the site now."""
    kept = site.site
    return {
        "groups": [asdict(group) for group in kept.groups],
        "licensed": [_holder(holder) for holder in kept.holders if holder.holds(now)],
    }


def people(known: Iterable[Person]) -> list[dict[str, Any]]:
    return [{"name": person.name, "role": person.role} for person in known]


def _holder(holder: Holder) -> dict[str, Any]:
    return {**asdict(holder), "until": holder.until.isoformat() if holder.until else None}
