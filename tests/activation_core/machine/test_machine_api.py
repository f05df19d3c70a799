"""The licensing service over HTTP, and the client that a vendor's service asks it with."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from flask import Flask
from werkzeug.serving import make_server

from activation_core import licensing_mode
from activation_core.machine.api import api
from activation_core.machine.licensing_mode import KeptMode
from activation_core.machine.people import KeptPeople
from activation_core.machine.service_client import LicensingClient, Refused, Unavailable
from activation_core.machine.site import KeptSite
from activation_core.machine.usage import KeptUsage
from activation_core.roles import Actor, Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETUP = Actor("setup", "administrator")
TOKENS: dict[Role, str] = {"administrator": "a" * 43, "delegated": "d" * 43, "user": "u" * 43}
CONNECTION = {"user": "ada", "device": "desk-1", "service": "file"}


class Machine:
    """A licensed computer with two licences, and its licensing service."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.people, self.mode, self.site = KeptPeople(home), KeptMode(home, 1), KeptSite(home / "site", 1)
        self.usage = KeptUsage(home, 1, self.mode, self.site, licences=lambda: 2, temporary_days=90)
        for role, token in TOKENS.items():
            assert self.people.admit(f"the {role}", role, token, SETUP) is None
        self.app = Flask(__name__)
        self.app.register_blueprint(
            api(
                people=self.people,
                usage=self.usage,
                mode=self.mode,
                site=self.site,
                add_to_pool=lambda actor, now: self.site.add(
                    self.mode.mode, [licensing_mode.included("harbor", 2)], actor, now
                ),
                now=lambda: self.now,
            )
        )

    def ask(self, method: str, path: str, role: Role | None = "user", **more):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        return self.app.test_client().open(f"/machine/v1{path}", method=method, headers=headers, **more)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


EVERY_ROUTE = [
    *[("POST", "/connections"), ("POST", "/connections/0123/logon"), ("DELETE", "/connections/0123")],
    *[("DELETE", "/connections?device=desk-1"), ("GET", "/usage"), ("GET", "/mode"), ("POST", "/mode")],
    *[("GET", "/pool"), ("POST", "/pool")],
]


# Who may


def test_every_route_is_tried_here(machine: Machine) -> None:
    rules = [rule for rule in machine.app.url_map.iter_rules() if rule.endpoint.startswith("machine_api.")]

    assert len(rules) == len(EVERY_ROUTE)


@pytest.mark.parametrize(("method", "path"), EVERY_ROUTE)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", f"Bearer {'x' * 43}", f"Basic {TOKENS['user']}", "Bearer \xff"]
)
def test_without_a_token_that_is_known_nothing_is_answered(
    machine: Machine, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = machine.app.test_client().open(f"/machine/v1{path}", method=method, headers=headers, json=CONNECTION)

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert machine.usage.report(NOW).live == ()


@pytest.mark.parametrize("path", ["/mode", "/pool"])
def test_rule_61_a_user_changes_neither_mode_nor_pool(machine: Machine, path: str) -> None:
    answer = machine.ask("POST", path, "user", json={"mode": "per_device_or_user"})

    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert answer.json["code"] == "not_allowed"
    assert answer.json["details"]["roles"] == ["administrator", "delegated"]
    assert machine.mode.mode.mode == "per_server"


# Connections


def test_rule_22_a_service_asks_for_a_connection_and_gives_it_back(machine: Machine) -> None:
    made = machine.ask("POST", "/connections", json=CONNECTION)
    assert made.status_code == 201
    assert made.json == CONNECTION | {"id": made.json["id"], "since": NOW.isoformat(), "logged_on": False}

    assert machine.ask("POST", f"/connections/{made.json['id']}/logon").status_code == 204
    assert machine.usage.report(NOW).live[0].logged_on
    assert machine.ask("DELETE", f"/connections/{made.json['id']}").status_code == 204
    assert machine.usage.report(NOW).live == ()


def test_asked_for_twice_it_is_one_connection(machine: Machine) -> None:
    first, again = (machine.ask("POST", "/connections", json=CONNECTION).json for _ in range(2))

    assert first == again
    assert len(machine.usage.report(NOW).live) == 1


def test_the_one_beyond_the_licences_is_refused_with_the_next_step(machine: Machine) -> None:
    for device in ("desk-1", "desk-2"):
        machine.ask("POST", "/connections", json=CONNECTION | {"device": device})
    answer = machine.ask("POST", "/connections", json=CONNECTION | {"device": "desk-3"})

    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.json["code"] == "no_licence_free"
    assert answer.json["details"] == {"licences": 2, "in_use": 2}
    assert "add licenses" in answer.json["next_step"]


def test_an_administrator_is_known_by_name_and_never_by_what_is_claimed(machine: Machine) -> None:
    for device in ("desk-1", "desk-2"):
        machine.ask("POST", "/connections", json=CONNECTION | {"device": device})

    claimed = machine.ask("POST", "/connections", json=CONNECTION | {"device": "desk-3", "administrator": True})
    assert claimed.status_code == 409
    known = machine.ask("POST", "/connections", json=CONNECTION | {"device": "desk-3", "user": "The Administrator"})
    assert known.status_code == 201


def test_a_connection_that_is_not_there_is_not_found(machine: Machine) -> None:
    for answer in (machine.ask("DELETE", "/connections/0123"), machine.ask("POST", "/connections/0123/logon")):
        assert (answer.status_code, answer.json["code"]) == (404, "no_such_connection")


def test_what_a_crashed_service_left_behind_is_closed_by_device(machine: Machine) -> None:
    machine.ask("POST", "/connections", json=CONNECTION)

    assert machine.ask("DELETE", "/connections?device=desk-2").json == {"closed": 0}
    assert machine.ask("DELETE", "/connections?device=desk-1").json == {"closed": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/connections", b"{", 400),
        ("POST", "/connections", b"[]", 400),
        pytest.param("POST", "/connections", b"[" * 10_000, 400, id="deep"),
        ("POST", "/connections", b'{"user": "ada", "device": "desk"}', 400),
        ("POST", "/connections", b'{"user": 7, "device": "desk", "service": "file"}', 400),
        ("POST", "/connections", b'{"user": "ada", "device": "desk", "service": "time"}', 400),
        ("POST", "/connections", b'{"user": "", "device": "desk", "service": "file"}', 400),
        ("POST", "/connections", b'{"user": "' + b"x" * 20_000 + b'"}', 413),
        ("POST", "/mode", b'{"mode": "per_seat"}', 400),
        ("POST", "/mode", b"", 400),
        ("DELETE", "/connections", b"", 400),
        ("DELETE", "/connections?service=time", b"", 400),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_says_what(
    machine: Machine, method: str, path: str, body: bytes, status: int
) -> None:
    answer = machine.ask(method, path, "administrator", data=body, content_type="application/json")

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["detail"]


def test_rule_49_maximum_usage_is_polled_and_says_when(machine: Machine) -> None:
    machine.ask("GET", "/usage")
    machine.ask("POST", "/connections", json=CONNECTION)
    machine.now = NOW + timedelta(minutes=20)

    polled = {"in_use": 1, "at": (NOW + timedelta(minutes=15)).isoformat()}
    assert machine.ask("GET", "/usage").json == {
        "mode": "per_server",
        "licences": 2,
        "in_use": 1,
        "polled": {"last": polled, "maximum": polled},
    }


# Mode and pool


@pytest.mark.parametrize("role", ["administrator", "delegated"])
def test_rule_62_the_mode_is_changed_from_elsewhere_once_and_one_way(machine: Machine, role: Role) -> None:
    changed = machine.ask("POST", "/mode", role, json={"mode": "per_device_or_user"})
    assert changed.json["mode"] == "per_device_or_user"
    assert changed.json == machine.ask("GET", "/mode").json
    assert changed.json["history"][0]["who"] == f"the {role}"

    again = machine.ask("POST", "/mode", role, json={"mode": "per_device_or_user"})
    back = machine.ask("POST", "/mode", role, json={"mode": "per_server"})
    assert [(no.status_code, no.json["code"]) for no in (again, back)] == [
        (409, "mode_is_final"),
        (409, "mode_never_goes_back"),
    ]


def test_rule_60_what_the_server_brings_is_added_to_the_pool_by_asking_and_once(machine: Machine) -> None:
    assert machine.ask("POST", "/pool", "delegated").json["code"] == "mode_is_per_server"
    machine.ask("POST", "/mode", "delegated", json={"mode": "per_device_or_user"})
    assert machine.ask("GET", "/pool").json == {"licences": 0, "contributions": []}

    added = [machine.ask("POST", "/pool", "delegated").json for _ in range(2)]
    contribution = {"key": "included:harbor", "licences": 2, "serves": "either", "server": "harbor"}
    assert added == [{"licences": 2, "contributions": [contribution]}] * 2


def test_no_answer_is_kept_by_anybody_on_the_way(machine: Machine) -> None:
    assert machine.ask("GET", "/usage").headers["Cache-Control"] == "no-store"


def test_a_damaged_file_is_a_problem_that_names_no_path(machine: Machine, tmp_path: Path) -> None:
    machine.ask("POST", "/connections", json=CONNECTION)
    (tmp_path / "usage.json").write_text("{")

    answer = machine.ask("GET", "/usage")
    assert (answer.status_code, answer.json["code"]) == (500, "damaged")
    assert str(tmp_path) not in answer.text


# The client, over real HTTP


@pytest.fixture
def url(machine: Machine) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, machine.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_holds_a_connection_as_long_as_it_works(machine: Machine, url: str) -> None:
    with LicensingClient(url, TOKENS["user"]).connect("ada", "desk-1", "file") as connection:
        connection.logged_on()
        assert [(live.id, live.logged_on) for live in machine.usage.report(NOW).live] == [(connection.id, True)]
    assert machine.usage.report(NOW).live == ()


def test_a_service_that_fails_gives_its_connection_back_too(machine: Machine, url: str) -> None:
    with pytest.raises(ZeroDivisionError), LicensingClient(url, TOKENS["user"]).connect("ada", "desk-1", "file"):
        1 / 0  # noqa: B018
    assert machine.usage.report(NOW).live == ()


def test_the_client_says_why_it_was_refused(url: str) -> None:
    licensing = LicensingClient(url, TOKENS["user"])
    with licensing.connect("ada", "desk-1", "file"), licensing.connect("ada", "desk-2", "file"):
        with pytest.raises(Refused, match=r"in use.*add licenses") as refused:
            licensing.connect("ada", "desk-3", "file")
        assert (refused.value.code, refused.value.details) == ("no_licence_free", {"licences": 2, "in_use": 2})


def test_a_wrong_token_is_refused_by_name_and_shown_nowhere(url: str) -> None:
    licensing = LicensingClient(url, "w" * 43)
    with pytest.raises(Refused, match="Show the token") as refused:
        licensing.usage()

    assert refused.value.code == "unknown_token"
    assert "w" * 43 not in repr(refused.value) + repr(licensing)


def test_a_connection_that_was_closed_for_it_is_no_error_at_the_end(machine: Machine, url: str) -> None:
    licensing = LicensingClient(url, TOKENS["user"])
    with licensing.connect("ada", "desk-1", "file"):
        assert licensing.disconnect_all_of("desk-1") == 1
    assert machine.usage.report(NOW).live == ()


def test_a_service_that_crashed_closes_what_it_left_behind_when_it_starts(machine: Machine, url: str) -> None:
    licensing = LicensingClient(url, TOKENS["user"])
    for user in ("ada", "bea"):
        licensing.connect(user, "desk-1", "file")
    with pytest.raises(Refused):
        licensing.connect("cleo", "desk-1", "file")

    assert licensing.disconnect_all_by("mail") == 0
    assert licensing.disconnect_all_by("file") == 2
    assert machine.usage.report(NOW).live == ()


def test_rule_62_an_administrator_elsewhere_changes_mode_and_pool(machine: Machine, url: str) -> None:
    licensing = LicensingClient(url, TOKENS["administrator"])

    assert licensing.change_mode()["mode"] == licensing.mode()["mode"] == "per_device_or_user"
    assert licensing.add_to_pool() == licensing.pool()
    assert machine.site.site.pool.licences == 2
    with pytest.raises(Refused, match="once only"):
        licensing.change_mode()


def test_where_no_licensing_service_runs_the_client_says_so() -> None:
    with pytest.raises(Unavailable, match="cannot be reached; check that it runs"):
        LicensingClient("http://127.0.0.1:9", TOKENS["user"]).connect("ada", "desk-1", "file")


def test_a_licensing_service_that_does_not_answer_in_time_is_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(Unavailable, match="did not answer in time"),
    ):
        LicensingClient(f"http://127.0.0.1:{silent.getsockname()[1]}", TOKENS["user"], seconds=0.2).usage()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>a router's own page</html>"),
        httpx.Response(200, json=["no", "object"]),
        httpx.Response(302, headers={"Location": "/elsewhere"}, json={}),
        httpx.Response(404, json={"error": "of somebody else"}),
        httpx.Response(502, text="Bad Gateway"),
    ],
)
def test_something_else_that_answers_is_told_from_a_licensing_service(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda request: answer)

    with pytest.raises(Unavailable, match="no licensing service"):
        LicensingClient("http://harbor", TOKENS["user"], transport=transport).usage()


def test_a_damaged_service_is_not_available(machine: Machine, url: str, tmp_path: Path) -> None:
    (tmp_path / "usage.json").write_text("{")

    with pytest.raises(Unavailable, match="is damaged"):
        LicensingClient(url, TOKENS["user"]).usage()


def test_work_that_is_done_does_not_fail_where_the_service_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([httpx.Response(201, json={"id": "0123"})])

    def answer_once(request: httpx.Request) -> httpx.Response:
        found = next(answers, None)
        if found is None:
            raise httpx.ConnectError("gone", request=request)
        return found

    licensing = LicensingClient("http://harbor", TOKENS["user"], transport=httpx.MockTransport(answer_once))
    with caplog.at_level(logging.WARNING), licensing.connect("ada", "desk-1", "file"):
        pass

    assert "Use disconnect_all_by" in caplog.text
    assert "ada" not in caplog.text
