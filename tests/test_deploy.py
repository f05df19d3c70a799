"""The files of docs/deploy fit the program: its settings, its command line, its addresses."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from dotenv import dotenv_values

import app
from ivr.webhooks import PREFIX
from wiring.serving import serve

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
    known = {option for parameter in serve.params for option in parameter.opts}
    assert set(re.findall(r"--\w+", options)) <= known


def test_the_proxy_lets_through_what_is_for_others_and_nothing_else(settings):
    """Whatever has an address is on one of the two lists: a new page has to be put on one."""
    pages = {str(rule).split("/")[1] for rule in app.create_app(settings).url_map.iter_rules()} - {""}
    assert pages | {PREFIX[1:]} == PUBLIC | OF_THIS_MACHINE
    locations = re.search(r"location ~ \^/\(([^)]*)\)", (DEPLOY / "nginx.conf").read_text("utf-8"))[1]
    assert set(locations.split("|")) == PUBLIC


@pytest.mark.parametrize("address", ["/phone", "/machine", "/metrics", "/calls", "/prompts"])
def test_what_is_of_this_machine_refuses_what_is_forwarded(settings, address):
    client = app.create_app(settings).test_client()
    forwarded = {"X-Forwarded-For": "203.0.113.9", "Host": "activation.example"}
    assert client.get(address, headers=forwarded, follow_redirects=True).status_code == 403


@pytest.mark.parametrize("address", ["/phone", "/machine", "/machine/v1/usage", "/calls", "/prompts"])
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"local_pages": ""}, 404),
        ({"local_pages": "on"}, 200),
        ({"local_pages": "", "twilio_auth_token": ""}, 200),
        ({"local_pages": "", "public_url": "http://127.0.0.1:8000"}, 200),
    ],
)
def test_where_real_calls_come_in_no_page_of_this_machine_is_served_unless_it_is_said(
    settings, address, changed, status
):
    """A proxy that adds no X-Forwarded-For and asks for 127.0.0.1 looks like a person here."""
    answer = app.create_app(replace(settings, **changed)).test_client().get(address, follow_redirects=True)
    assert (answer.status_code == 404) == (status == 404)


def test_a_page_for_others_is_served_all_the_same(settings):
    client = app.create_app(replace(settings, local_pages="")).test_client()
    assert [client.get(address).status_code for address in ("/", "/activate", "/healthz")] == [200, 200, 200]


def test_local_pages_is_on_or_nothing():
    with pytest.raises(ValueError, match="LOCAL_PAGES: on, or nothing, not yes"):
        app.read_settings({"LOCAL_PAGES": "yes"})
