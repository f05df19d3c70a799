"""Who may do what: one table, asked before every act."""

from typing import get_args

import pytest

from activation_core.refusals import Refusal
from activation_core.roles import MAY, Actor, Role, Task, forbidden

ADMINISTRATOR, DELEGATED, USER = (Actor("Kim", role) for role in get_args(Role))


def allowed(actor: Actor) -> set[str]:
    return {task for task in MAY if forbidden(actor, task) is None}


def test_every_task_stands_in_the_table() -> None:
    assert set(MAY) == set(get_args(Task))


@pytest.mark.parametrize("actor", [ADMINISTRATOR, DELEGATED, USER])
def test_rule_52_everybody_may_activate_view_and_connect(actor: Actor) -> None:
    assert {"activate", "register", "view", "connect"} <= allowed(actor)


def test_rule_52_only_an_administrator_adds_transfers_backs_up_and_restores() -> None:
    licence_tasks = {"add", "transfer", "back_up", "restore"}

    assert licence_tasks <= allowed(ADMINISTRATOR)
    assert not licence_tasks & (allowed(DELEGATED) | allowed(USER))


def test_rule_61_the_licensing_mode_is_for_administrators_and_those_it_was_delegated_to() -> None:
    mode_tasks = {"change_mode", "add_to_pool", "groups"}

    assert mode_tasks <= allowed(ADMINISTRATOR) & allowed(DELEGATED)
    assert not mode_tasks & allowed(USER)


def test_a_refusal_says_which_roles_may() -> None:
    assert forbidden(USER, "change_mode") == Refusal(
        "not_allowed", {"task": "change_mode", "roles": ["administrator", "delegated"]}
    )
    assert forbidden(DELEGATED, "roles") == Refusal("not_allowed", {"task": "roles", "roles": ["administrator"]})
