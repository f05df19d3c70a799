"""What nobody sends who means well is refused in words, wherever it is sent, and so is a form of a page elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

import app
from activation_core.clearinghouse.request_limits import LARGEST_BODY, MOST_FIELDS
from activation_core.from_here import LOOPBACK
from activation_core.machine.people import KeptPeople
from activation_core.roles import Actor
from app import Settings

HERE = f"http://{LOOPBACK[0]}"
FORM, JSON = {"content_type": "application/x-www-form-urlencoded"}, {"content_type": "application/json"}


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    """At this machine, without a token: so every route listens."""
    return app.create_app(replace(settings, public_url=HERE, twilio_auth_token="")).test_client()


def routes(client: FlaskClient, method: str) -> list[str]:
    """An address of each route that takes this method."""
    rules = [rule for rule in client.application.url_map.iter_rules() if method in (rule.methods or ())]
    return [re.sub(r"<[^>]*>", lambda place: "add" if "any(" in place[0] else "x", rule.rule) for rule in rules]


def test_every_route_that_takes_a_body_refuses_one_that_is_too_large(client: FlaskClient) -> None:
    sent = {"data": b"keys=" + b"1" * LARGEST_BODY, "base_url": HERE, "headers": {"Origin": HERE}, **FORM}
    posted = {path: client.post(path, **sent).status_code for path in routes(client, "POST")}
    refused = {path for path, status in posted.items() if status == 413}
    unread = {path for path, status in posted.items() if status in (400, 401, 403, 404, 415, 303)}  # for another reason
    assert posted.keys() == refused | unread, posted
    assert {"/activate", "/desk/sign-in", "/machine/activate"} <= refused


@pytest.mark.parametrize("path", ["/activate", "/desk/sign-in", "/machine/activate", "/machine/mode"])
def test_a_form_of_too_many_fields_is_refused_in_words(client: FlaskClient, path: str) -> None:
    headers = {"Origin": HERE}
    many = client.post(path, data="&".join(["a="] * (MOST_FIELDS + 1)), base_url=HERE, headers=headers, **FORM)
    parts = client.post(
        path,
        data={f"a{n}": "" for n in range(MOST_FIELDS + 1)},
        base_url=HERE,
        headers=headers,
        content_type="multipart/form-data",
    )
    few = client.post(path, data="&".join(["a="] * MOST_FIELDS), base_url=HERE, headers=headers, **FORM)
    assert (many.status_code, parts.status_code) == (413, 413)
    assert f"A form may have {MOST_FIELDS} fields." in many.text
    assert few.status_code < 500
    assert few.status_code != 413


def test_every_route_refuses_a_query_of_too_many_fields(client: FlaskClient) -> None:
    query = "&".join(["a="] * (MOST_FIELDS + 1))
    asked = {path: client.get(path, query_string=query, base_url=HERE).status_code for path in routes(client, "GET")}
    assert {path: status for path, status in asked.items() if status != 414} == {}


def test_json_that_is_nested_too_deep_is_no_defect(client: FlaskClient, settings: Settings, tmp_path) -> None:
    token = "t" * 43
    KeptPeople(tmp_path / "machine").admit("files", "administrator", token, Actor("ada", "administrator"))
    deep, headers = "[" * 30_000 + "]" * 30_000, {"Authorization": f"Bearer {token}"}
    for path in ("/phone/calls", "/machine/v1/connections", "/machine/v1/mode", "/clearinghouse/v1/standings"):
        answer = client.post(path, data=deep, base_url=HERE, headers=headers, **JSON)
        assert answer.status_code in (400, 413), (path, answer.status_code)


def test_no_route_that_changes_something_takes_a_form_of_a_page_elsewhere(client: FlaskClient) -> None:
    """`/activate` fills its boxes with it and asks nothing, which its own tests show."""
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    taken = {
        path: status
        for path in routes(client, "POST")
        if (status := client.post(path, data={"a": "b"}, base_url=HERE, headers=elsewhere).status_code) < 400
    }
    assert taken == {"/activate": 200}


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:8000"])
def test_a_name_that_was_forged_is_in_no_answer(client: FlaskClient, host: str) -> None:
    """So nothing need be known of the names under which a proxy, a tunnel or a probe asks."""
    for path in routes(client, "GET"):
        answer = client.get(path, base_url=f"http://{host}")
        assert host not in answer.text, path
        assert host not in str(answer.headers), path
