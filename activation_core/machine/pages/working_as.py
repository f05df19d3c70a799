"""Who sits at the simulated computer: three staged people, one of them chosen in the header of each page.

The computer asks who somebody is and does not prove it: the choice is a cookie. A vendor's own program knows its
people and hands in an `Actor` of its own instead.
"""

from __future__ import annotations

from flask import request

from activation_core.roles import Actor

COOKIE = "working_as"
STAGED = (Actor("ada", "administrator"), Actor("bob", "delegated"), Actor("eve", "user"))


def working_as() -> Actor:
    """The person that was chosen; the administrator as long as nobody was."""
    return named(request.cookies.get(COOKIE, ""))


def named(name: str) -> Actor:
    return next((actor for actor in STAGED if actor.name == name), STAGED[0])
