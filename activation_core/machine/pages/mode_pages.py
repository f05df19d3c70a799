"""Licensing mode, the site's pool with who is licensed from it, and usage (rules 22, 23, 49, 55 to 63)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core import site_licences
from activation_core.connections import SERVICES
from activation_core.machine.pages.screen import Screen, day, minute, tried
from activation_core.refusals import Refusal
from activation_core.site_licences import Kind


def add_mode_pages(blueprint: Blueprint, screen: Screen) -> None:
    """Their routes on this blueprint."""
    computer, now = screen.computer, screen.now

    @blueprint.get("/mode")
    def mode() -> str:
        return mode_page()

    @blueprint.post("/mode")
    def mode_typed() -> str | AnyResponse:
        if request.form.get("mode") != "per_device_or_user":
            problem = tried(lambda: computer.mode.change("per_server", screen.actor(), now()))
            return mode_page(problem=problem) if problem else redirect(url_for("machine.mode"), HTTPStatus.SEE_OTHER)
        if "sure" not in request.form:
            return mode_page(asked=True, unsure="confirmed" in request.form)
        problem = tried(lambda: computer.mode.change("per_device_or_user", screen.actor(), now()))
        if problem:
            return mode_page(problem=problem)
        return redirect(url_for("machine.mode", _anchor="changed"), HTTPStatus.SEE_OTHER)

    def mode_page(**typed: Any) -> str:
        kept, there = computer.mode.mode, {each.key for each in computer.site.site.pool.contributions}
        return screen.show(
            "mode.html",
            kept=kept,
            changed=kept.history[-1] if kept.history else None,
            waiting=sum(each.licences for each in computer.brings() if each.key not in there),
            why_not=screen.why_not("change_mode"),
            **typed,
        )

    @blueprint.get("/site")
    def site() -> str:
        return site_page()

    @blueprint.post("/site")
    def site_typed() -> str | AnyResponse:
        part = request.form.get("part", "")
        acts = {"pool": add_to_pool, "holders": release, "groups": set_group, "remove": remove_group}
        problem = tried(acts[part]) if part in acts else None
        part = "groups" if part == "remove" else part
        if problem:
            return site_page(problem=problem, part=part, group=request.form if part == "groups" else None)
        return redirect(url_for("machine.site", _anchor=part), HTTPStatus.SEE_OTHER)

    def add_to_pool() -> Refusal | None:
        """The administrator's own act (rule 60)."""
        return computer.add_to_pool(screen.actor(), now())

    def release() -> Refusal | None:
        kind: Kind = "user" if request.form.get("kind") == "user" else "device"
        return computer.site.release(kind, request.form.get("name", ""), screen.actor())

    def set_group() -> Refusal | None:
        licences = request.form.get("licences", 0, type=int)
        members = request.form.get("members", "").replace(",", "\n").splitlines()
        users = [member for member in members if member.strip()]
        return computer.site.set_group(request.form.get("name", ""), licences, users, screen.actor(), now())

    def remove_group() -> Refusal | None:
        return computer.site.remove_group(request.form.get("name", ""), screen.actor())

    def site_page(**typed: Any) -> str:
        shared = computer.site.site
        there = {each.key for each in shared.pool.contributions}
        return screen.show(
            "site.html",
            site=shared,
            in_use=site_licences.in_use(shared, now()),
            free={kind: site_licences.free(shared, kind, now()) for kind in ("device", "user")},
            per_server=computer.mode.mode.mode == "per_server",
            waiting=sum(each.licences for each in computer.brings() if each.key not in there),
            holders=[(each, _until(each.until), each.holds(now())) for each in shared.holders],
            why_not_pool=screen.why_not("add_to_pool"),
            why_not=screen.why_not("groups"),
            **typed,
        )

    @blueprint.get("/usage")
    def usage() -> str:
        return usage_page()

    @blueprint.post("/usage")
    def usage_typed() -> str | AnyResponse:
        """A connection as a service would ask for it, so that people can try what the rules say."""
        if "connection" in request.form:
            problem = tried(lambda: computer.usage.disconnect(request.form["connection"], now()))
        elif "logon" in request.form:
            problem = tried(lambda: computer.usage.logon(request.form["logon"], now()))
        else:
            problem = tried(connect)
        if problem:
            return usage_page(problem=problem, typed=request.form)
        return redirect(url_for("machine.usage", _anchor="live"), HTTPStatus.SEE_OTHER)

    def connect() -> Refusal | None:
        user, device, service = (request.form.get(name, "") for name in ("user", "device", "service"))
        made = computer.usage.connect(user, device, service, now(), "administrator" in request.form)
        return made if isinstance(made, Refusal) else None

    def usage_page(**typed: Any) -> str:
        report = computer.usage.report(now())
        live = [(each, minute(each.since)) for each in report.live]
        return screen.show("usage.html", report=report, live=live, services=SERVICES, **typed)


def _until(moment: datetime | None) -> str:
    return f"Temporary, until {day(moment)}" if moment else "Permanent"
