"""The files of docs/deploy fit the program: its settings, its command line, its addresses."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

import app

DEPLOY = Path(__file__).parents[1] / "docs/deploy"
PUBLIC = {"voice", "activate", "clearinghouse", "access-numbers", "speech", "static", "desk"}
OF_THIS_MACHINE = {"phone", "machine", "metrics", "calls", "prompts", "healthz", "readyz"}


def test_every_line_of_the_environment_file_is_a_setting():
    names = {name.lower() for name in dotenv_values(DEPLOY / "phone-activation.env")}
    assert names <= set(app.Settings.__dataclass_fields__)
    assert {"public_url", "twilio_auth_token", "operator_number", "database_url", "key_folder"} <= names


@pytest.mark.parametrize("file", ["phone-activation@.service", "Containerfile"])
def test_what_is_started_is_a_command_with_these_options(file):
    text = (DEPLOY / file).read_text("utf-8").replace('", "', " ")
    options = re.search(r"\bserve((?: --\w+ \S+)*)", text)[1]
    known = {option for parameter in app.main.commands["serve"].params for option in parameter.opts}
    assert set(re.findall(r"--\w+", options)) <= known


def test_the_proxy_lets_through_what_is_for_others_and_nothing_else(settings):
    """Whatever has an address is on one of the two lists: a new page has to be put on one."""
    addresses = {str(rule).split("/")[1] for rule in app.create_app(settings).url_map.iter_rules()} - {""}
    assert addresses == PUBLIC | OF_THIS_MACHINE
    locations = re.search(r"location ~ \^/\(([^)]*)\)", (DEPLOY / "nginx.conf").read_text("utf-8"))[1]
    assert set(locations.split("|")) == PUBLIC


@pytest.mark.parametrize("address", ["/phone", "/machine", "/metrics", "/calls", "/prompts"])
def test_what_is_of_this_machine_refuses_what_is_forwarded(settings, address):
    client = app.create_app(settings).test_client()
    forwarded = {"X-Forwarded-For": "203.0.113.9", "Host": "activation.example"}
    assert client.get(address, headers=forwarded, follow_redirects=True).status_code == 403
