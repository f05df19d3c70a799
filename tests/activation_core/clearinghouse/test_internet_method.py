"""The Internet method: Confirmation IDs and standings over HTTP, as a licensed computer asks for them."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from werkzeug.test import TestResponse

from activation_core import blocks, codes, confirmation_id, installation_id, short_signature
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.web import DESCRIPTION, web
from activation_core.codes import Code, Kind
from activation_core.installation_id import Operation
from activation_core.products import Product
from app import read_directory

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEYS = Keys(b"issuing key of a test" * 2, {(1, 0): 4711})
PRODUCT = Product(1, "Server")
CONFIRMATIONS, STANDINGS = "/clearinghouse/v1/confirmations", "/clearinghouse/v1/standings"
ALICES, BOBS = 0x11111111, 0x22222222
ISSUED = range(1, 3)

KEY = codes.issue(Kind.PRODUCT_KEY, 1, 1, KEYS.issuing)
PACK = codes.issue(Kind.LICENSE_CODE, 1, 1, KEYS.issuing)


def an_id(code: Code, operation: Operation, hardware: int = ALICES, counter: int = 0, epoch: int = 0) -> str:
    return installation_id.make(operation, code, epoch, hardware, counter).digits


@dataclass
class Office:
    """A clearinghouse that sold some codes, and a licensed computer's way to it."""

    app: Flask
    desk: Desk
    path: Path

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def ask(self, shown: str, path: str = CONFIRMATIONS) -> TestResponse:
        return self.client.post(path, json={"installation_id": shown})


def open_office(path: Path, busy_seconds: float = 10) -> Office:
    records = SqlRecords(SqliteStore(path, busy_seconds))
    for kind in Kind:
        records.add_licences(kind, 1, ISSUED, 1 if kind is Kind.LICENSE_CODE else 0, NOON)
    desk, app = Desk({1: PRODUCT}, KEYS, records), Flask(__name__)
    app.register_blueprint(web(read_directory(), desk, lambda: NOON))
    app.add_url_rule("/elsewhere", view_func=lambda: "not ours")
    return Office(app, desk, path)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path / "clearinghouse.db")


def is_problem(response: TestResponse | httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = response.json if isinstance(response, TestResponse) else response.json()
    assert (response.status_code, told["status"], told["code"]) == (status, status, code)
    return told


# Yes


def test_rule_13_a_confirmation_id_is_passed_back_that_the_computer_accepts(office: Office) -> None:
    shown = an_id(KEY, Operation.ACTIVATE)

    answer = office.ask(shown)

    told = answer.json
    assert (answer.status_code, told["grants"], told["grounds"]) == (200, "standard", "claimed")
    assert told["confirmation_id"] == "".join(told["blocks"])
    read = confirmation_id.parse(told["confirmation_id"])
    public = short_signature.public_key(KEYS.signing[1, 0])
    assert confirmation_id.verify(public, installation_id.parse(shown), KEY, read)
    assert office.desk.records.activations(1)[0].channel == "internet"


def test_rule_29_licences_are_added_over_the_internet_and_told_in_words(office: Office) -> None:
    assert office.ask(an_id(PACK, Operation.ADD)).json["grants"] == "20 device licenses"


def test_asking_again_gets_the_same_confirmation_id(office: Office) -> None:
    first, again = (office.ask(an_id(PACK, Operation.ADD)).json for _ in range(2))

    assert (first["confirmation_id"], again["grounds"]) == (again["confirmation_id"], "again")


def test_an_id_may_be_sent_as_it_is_shown(office: Office) -> None:
    shown = an_id(KEY, Operation.ACTIVATE)

    answer = office.ask("  ".join(blocks.show(shown[i : i + 7]) for i in range(0, 49, 7)))

    assert answer.status_code == 200


def test_rule_44_a_computer_learns_whether_its_licences_moved_away(office: Office) -> None:
    shown = an_id(PACK, Operation.ADD)
    office.ask(shown)
    assert office.ask(shown, STANDINGS).json == {"standing": "current"}

    office.desk.confirm(an_id(PACK, Operation.TRANSFER, BOBS), "telephone", NOON)

    assert office.ask(shown, STANDINGS).json == {"standing": "moved"}


def test_answers_are_kept_by_nobody_and_need_no_cookie(office: Office) -> None:
    for answer in (office.ask(an_id(KEY, Operation.ACTIVATE)), office.ask("12")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


# No


def test_rule_32_a_transfer_is_refused_with_the_way_by_telephone(office: Office) -> None:
    office.ask(an_id(PACK, Operation.ADD))

    told = is_problem(office.ask(an_id(PACK, Operation.TRANSFER, BOBS)), 403, "transfer_by_telephone")

    assert "Call the number" in told["next_step"]
    assert told["detail"] == f"{told['words']} {told['next_step']}"
    assert len(office.desk.records.activations(10)) == 1


def test_rule_31_licences_of_another_computer_need_a_transfer(office: Office) -> None:
    office.ask(an_id(PACK, Operation.ADD))

    is_problem(office.ask(an_id(PACK, Operation.REISSUE, BOBS)), 409, "transfer_needed")


def test_rule_12_a_key_in_use_is_refused(office: Office) -> None:
    office.ask(an_id(KEY, Operation.ACTIVATE))

    is_problem(office.ask(an_id(KEY, Operation.ACTIVATE, BOBS)), 409, "in_use")


def test_a_key_that_moved_too_often_is_refused(office: Office) -> None:
    for n in range(2 + PRODUCT.reactivations):
        answer = office.ask(an_id(KEY, Operation.REACTIVATE, 0x11111111 * (n + 1)))

    is_problem(answer, 409, "out_of_budget")


@pytest.mark.parametrize("path", [CONFIRMATIONS, STANDINGS])
def test_what_cannot_be_answered_says_why(office: Office, path: str) -> None:
    shown = an_id(KEY, Operation.ACTIVATE)
    strange = codes.issue(Kind.PRODUCT_KEY, 1, 1, b"somebody else's issuing key")

    wrong = shown[:8] + str((int(shown[8]) + 1) % 10) + shown[9:]
    assert is_problem(office.ask(wrong, path), 400, "mistyped")["details"] == {"blocks": [2]}
    is_problem(office.ask("".join(blocks.from_number(0, 7)), path), 400, "malformed")
    is_problem(office.ask(an_id(strange, Operation.ACTIVATE), path), 404, "not_genuine")


def test_who_was_never_confirmed_has_no_standing(office: Office) -> None:
    is_problem(office.ask(an_id(PACK, Operation.ADD), STANDINGS), 404, "not_confirmed")


def test_a_key_of_an_epoch_that_is_not_in_use_is_refused(office: Office) -> None:
    is_problem(office.ask(an_id(KEY, Operation.ACTIVATE, epoch=3)), 409, "wrong_epoch")


@pytest.mark.parametrize("path", [CONFIRMATIONS, STANDINGS])
def test_a_withdrawn_code_is_refused(office: Office, path: str) -> None:
    office.ask(an_id(PACK, Operation.ADD))
    office.desk.revoke(PACK.text, NOON)

    is_problem(office.ask(an_id(PACK, Operation.ADD), path), 403, "revoked")


@pytest.mark.parametrize(
    "sent",
    [
        *[
            "",
            "{",
            "[]",
            "null",
            '"1"',
            "{}",
            '{"installation_id": 1}',
            '{"installation_id": "1", "more": 1}',
            "\udcff",
        ],
        pytest.param("[" * 60_000, id="deep"),
    ],
)
def test_a_body_that_is_not_the_object_that_is_needed_is_refused(office: Office, sent: str) -> None:
    body = sent.encode("utf-8", "surrogateescape")

    is_problem(office.client.post(CONFIRMATIONS, data=body, content_type="application/json"), 400, "bad_request")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/cbor"])
def test_another_content_type_is_refused_so_that_no_page_elsewhere_can_ask(office: Office, kind: str | None) -> None:
    body = '{"installation_id": "1"}'

    answer = office.client.post(CONFIRMATIONS, data=body, content_type=kind)

    is_problem(answer, 415, "unsupported_media_type")


def test_a_body_is_at_most_64_kilobytes(office: Office) -> None:
    is_problem(office.ask("1" * 65536), 413, "request_entity_too_large")
    is_problem(office.ask("1" * 65000), 400, "mistyped")


@pytest.mark.parametrize("path", [CONFIRMATIONS, STANDINGS])
def test_another_method_is_refused_and_the_right_one_named(office: Office, path: str) -> None:
    answer = office.client.get(path)

    is_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_an_address_that_there_is_not_is_refused_in_kind_below_ours_and_nowhere_else(office: Office) -> None:
    is_problem(office.client.get("/clearinghouse/v1/nothing"), 404, "not_found")
    assert office.client.get("/nothing").content_type.startswith("text/html")
    assert office.client.get("/elsewhere").text == "not ours"


def test_a_defect_is_told_without_its_inside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.desk.records.add_licences(Kind.LICENSE_CODE, 1, [99], 9, NOON)  # a pack that is no longer declared
    sold = codes.issue(Kind.LICENSE_CODE, 1, 99, KEYS.issuing)

    told = is_problem(office.ask(an_id(sold, Operation.ADD)), 500, "internal_server_error")

    assert "packs" not in told["detail"]


def test_while_the_records_are_down_it_says_when_to_ask_again(tmp_path: Path) -> None:
    office = open_office(tmp_path / "clearinghouse.db", busy_seconds=0.01)
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    answer = office.ask(an_id(KEY, Operation.ACTIVATE))

    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    other.close()
    assert office.ask(an_id(KEY, Operation.ACTIVATE)).json["grounds"] == "claimed"


# The description


def test_the_description_names_every_route_with_its_methods_and_no_other(office: Office) -> None:
    routes = {
        rule.rule: (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint.startswith("clearinghouse.")
    }

    assert {path: {method.upper() for method in item} for path, item in DESCRIPTION["paths"].items()} == routes
    assert office.client.get("/clearinghouse/v1/openapi.json").json == DESCRIPTION


@st.composite
def installation_ids(draw: st.DrawFn) -> str:
    """Of codes that were sold, and of some that were not, on a few computers."""
    operation = draw(st.sampled_from(Operation))
    code = codes.issue(operation.kind, 1, draw(st.integers(1, len(ISSUED) + 1)), KEYS.issuing)
    return an_id(code, operation, draw(st.sampled_from([ALICES, BOBS])), draw(st.integers(0, 3)))


schemathesis.openapi.format("installation-id", installation_ids())


def test_schemathesis_finds_nothing(office: Office) -> None:
    """All its phases and checks: examples, what is right and wrong at the edges, chance, calls in a row."""
    described = schemathesis.openapi.from_wsgi("/clearinghouse/v1/openapi.json", office.app)
    described.config.generation.update(max_examples=100)
    described.config.seed = 1

    ended = list(engine.from_schema(described).execute())

    recorded = [event.recorder for event in ended if isinstance(event, ScenarioFinished)]
    failures = [
        f"{case.value.method} {case.value.path}: {check.failure_info.failure}"
        for each in recorded
        for case_id, checks in each.checks.items()
        for case in [each.cases[case_id]]
        for check in checks
        if check.failure_info
    ]
    assert failures == []
    assert not [event for event in ended if isinstance(event, NonFatalError | FatalError)]
    answered = {
        each.interactions[i].response.status_code
        for each in recorded
        for i in each.interactions
        if each.interactions[i].response
    }
    assert answered >= {200, 400, 404, 405}, "too little was tried"


# A real connection


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_over_a_real_connection(office: Office) -> None:
    with serving(office.app) as url, httpx.Client(base_url=url) as client:
        answer = client.post(CONFIRMATIONS, json={"installation_id": an_id(PACK, Operation.ADD)})
        no = client.post(CONFIRMATIONS, json={"installation_id": an_id(PACK, Operation.TRANSFER, BOBS)})

    assert (answer.status_code, answer.json()["grants"]) == (200, "20 device licenses")
    is_problem(no, 403, "transfer_by_telephone")
