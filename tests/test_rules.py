"""Every rule has a test that carries its number, and the page and the command that docs/rules.md names exist."""

import click
import pytest
import rules
from flask.testing import FlaskClient

import app
from wiring.settings import settings_in


def test_there_are_sixty_three() -> None:
    assert list(rules.RULES) == list(range(1, 64))


def test_every_rule_has_a_test_that_carries_its_number_and_no_test_another_number() -> None:
    assert set(rules.tests_of_rules()) == set(rules.RULES)


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("computer")
    return app.create_app(settings_in(folder, machine_profile="lab-bench")).test_client()


@pytest.mark.parametrize("page", sorted({rule.page for rule in rules.RULES.values()}))
def test_the_page_of_a_rule_exists(page: str, computer: FlaskClient) -> None:
    answer = computer.get(f"/machine/{page}" if page else "/machine")

    assert answer.status_code in (200, 302, 303)


@pytest.mark.parametrize("command", sorted({rule.command for rule in rules.RULES.values() if rule.command}))
def test_the_command_of_a_rule_exists(command: str) -> None:
    found: click.Command = app.main
    for word in ("licensing", *command.split()):
        assert isinstance(found, click.Group)
        command = found.get_command(click.Context(found), word)
        assert command, word
        found = command
    assert found.help
