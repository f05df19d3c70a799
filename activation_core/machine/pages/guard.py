"""Who may see pages that need no password: a person at this computer, nobody over a network."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from http import HTTPStatus

from flask import Flask, Request, Response

from activation_core.from_here import is_from_here


def only_from_here(request: Request) -> Response | None:
    """None for a person at this computer; else a plain page that says why not.

    Whoever can send a request may be a neighbour in the network, a tunnel, a name that was bound to 127.0.0.1
    (DNS rebinding), or a page of somebody else in this machine's browser.
    """
    reason = next(_reasons_against(request), None)
    if reason is None:
        return None
    words = f"This page is for the computer it runs on: {reason}.\n"
    return Response(words, HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def close(app: Flask, places: Collection[str]) -> None:
    """Say at the addresses that begin with these why nothing is there."""
    words = "Where real calls come in, this page is not served, unless LOCAL_PAGES=on is set.\n"

    def closed(rest: str = "") -> Response:
        return Response(words, HTTPStatus.NOT_FOUND, content_type="text/plain; charset=utf-8")

    for place in places:
        for rule in (f"/{place}", f"/{place}/<path:rest>"):
            app.add_url_rule(rule, endpoint=f"closed {place}", view_func=closed, methods=["GET", "POST"])


def _reasons_against(request: Request) -> Iterator[str]:
    if not is_from_here(request.remote_addr, request.host, request.headers):
        yield "open it there, as http://localhost; this request was forwarded, or comes from another one"
    if request.method == "POST" and not _is_from_our_page(request):
        yield "this was sent by a page of somebody else"


def _is_from_our_page(request: Request) -> bool:
    """Browsers say so, newer ones in Sec-Fetch-Site; what says neither is no browser that could be misled."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin == request.host_url.rstrip("/")
