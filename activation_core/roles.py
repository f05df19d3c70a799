"""Who may do what on a licensed computer: three roles, one table.

Every act asks here first, whether it comes from a page, the command line or over HTTP. Who somebody is, is
told from outside. Activating is not restricted: a server that nobody may activate would stop for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from activation_core.refusals import Refusal

Role = Literal["administrator", "delegated", "user"]
# fmt: off
Task = Literal[
    "activate", "register", "view", "connect",
    "add", "transfer", "back_up", "restore",
    "change_mode", "add_to_pool", "groups", "roles",
]
# fmt: on

_EVERYBODY: tuple[Role, ...] = ("administrator", "delegated", "user")
_DELEGATED: tuple[Role, ...] = ("administrator", "delegated")
_ADMINISTRATOR: tuple[Role, ...] = ("administrator",)

MAY: Mapping[Task, tuple[Role, ...]] = {
    "activate": _EVERYBODY,
    "register": _EVERYBODY,
    "view": _EVERYBODY,
    "connect": _EVERYBODY,
    "add": _ADMINISTRATOR,  # new and reissue alike
    "transfer": _ADMINISTRATOR,
    "back_up": _ADMINISTRATOR,
    "restore": _ADMINISTRATOR,
    "change_mode": _DELEGATED,
    "add_to_pool": _DELEGATED,
    "groups": _DELEGATED,
    "roles": _ADMINISTRATOR,
}


@dataclass(frozen=True)
class Actor:
    """Somebody who acts, as the history names them."""

    name: str
    role: Role


def forbidden(actor: Actor, task: Task) -> Refusal | None:
    """None where the actor's role may do it. `roles` in the details are those that may."""
    if actor.role in MAY[task]:
        return None
    return Refusal("not_allowed", {"task": task, "roles": list(MAY[task])})
