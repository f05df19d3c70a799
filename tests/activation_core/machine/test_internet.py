"""The Internet method: what it asks, and that each cause of a failure is told apart from the others."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from licensed_computers import ADA, NOW, PRODUCT, activated, add, answer, hardware, license_code, product_key

from activation_core import codes, installation_id
from activation_core.installation_id import Operation
from activation_core.machine import internet
from activation_core.machine.cal_store import CalStore
from activation_core.machine.internet import Clearinghouse, activate, cause, install, remedies
from activation_core.machine.server import Server
from activation_core.refusals import Refusal

URL = "https://clearinghouse.example"
Answer = Callable[[httpx.Request], httpx.Response]


class Line:
    """A connection on which each request gets the next of these answers; an exception breaks it."""

    def __init__(self, *answers: httpx.Response | Exception | Answer) -> None:
        self.answers, self.asked, self.waited = list(answers), [], []  # type: ignore[var-annotated]
        transport = httpx.MockTransport(self._answer)
        self.clearinghouse = Clearinghouse(URL, self.waited.append, transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def confirming(request: httpx.Request) -> httpx.Response:
    """A clearinghouse that says yes."""
    digits = read(request)["installation_id"]
    asked = installation_id.parse(digits)
    code = codes.issue(asked.operation.kind, asked.product, asked.serial, b"an issuing key")
    return httpx.Response(200, json={"confirmation_id": answer(digits, code)})


def read(request: httpx.Request) -> Any:
    return httpx.Response(200, content=request.content).json()


def problem(code: str, status: int = 409, **details: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "details": details})


@pytest.fixture
def server(tmp_path: Path) -> Server:
    server = Server(tmp_path / "computer", PRODUCT, hardware("first"), NOW)
    server.enter_product_key(product_key(1).text, NOW)
    return server


@pytest.fixture
def store(tmp_path: Path) -> CalStore:
    store = CalStore(activated(tmp_path / "computer"))
    for serial in (501, 502):
        assert store.add_code(ADA, Operation.ADD, license_code(serial).text, NOW) is None
    return store


def test_rule_13_it_asks_and_the_answer_is_put_in(server: Server) -> None:
    line = Line(confirming)

    assert activate(server, line.clearinghouse, NOW) is None
    assert server.state(NOW) == "activated"
    assert server.activation.confirmed
    assert server.activation.confirmed.method == "internet"
    (asked,) = line.asked
    assert (asked.method, str(asked.url)) == ("POST", f"{URL}/clearinghouse/v1/confirmations")


def test_rule_17_changed_hardware_is_activated_again_by_telephone(tmp_path: Path) -> None:
    activated(tmp_path / "computer")
    changed = Server(tmp_path / "computer", PRODUCT, hardware("changed"), NOW)
    line = Line(confirming)

    assert activate(changed, line.clearinghouse, NOW) == Refusal("reactivate_by_telephone")
    assert line.asked == []


def test_what_is_activated_asks_for_nothing(tmp_path: Path) -> None:
    server = activated(tmp_path / "computer")
    line = Line(confirming)
    before = server.activation.confirmed

    assert activate(server, line.clearinghouse, NOW) is None
    assert (line.asked, server.activation.confirmed) == ([], before)


def test_rule_02_nothing_but_the_installation_id_is_sent(server: Server) -> None:
    shown = server.installation_id(NOW)
    line = Line(confirming)
    activate(server, line.clearinghouse, NOW)

    assert not isinstance(shown, Refusal)
    assert read(line.asked[0]) == {"installation_id": shown.digits}


def test_rule_29_each_code_of_a_run_is_confirmed_for_itself(store: CalStore) -> None:
    line = Line(confirming)

    assert [install(store, line.clearinghouse, ADA, number, NOW) for number in (1, 2)] == [None, None]
    assert store.installed.total == 15
    assert install(store, line.clearinghouse, ADA, 3, NOW) == Refusal("no_such_box", {"boxes": 2})


def test_rule_32_a_transfer_is_not_even_asked_for(store: CalStore) -> None:
    line = Line(confirming)
    store.add_code(ADA, Operation.TRANSFER, license_code(503).text, NOW)

    assert install(store, line.clearinghouse, ADA, 1, NOW) == Refusal("transfer_by_telephone")
    assert line.asked == []


def test_an_answer_that_is_not_the_clearinghouses_changes_nothing(server: Server) -> None:
    shown = server.installation_id(NOW)
    assert not isinstance(shown, Refusal)
    wrong = answer(shown.digits, product_key(2))

    for said in (wrong, "no number", ""):
        line = Line(httpx.Response(200, json={"confirmation_id": said}))
        assert isinstance(activate(server, line.clearinghouse, NOW), Refusal)
    assert server.state(NOW) == "grace"


@pytest.mark.parametrize("url", ["http://clearinghouse.example", "ftp://x", "clearinghouse.example"])
def test_rule_13_only_a_secure_connection_will_do(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Clearinghouse(url, lambda _: None)
    Clearinghouse("http://127.0.0.1:8000", lambda _: None)  # but for this computer itself


# Failures


INTERRUPTED, UNREACHABLE = Refusal("internet_interrupted"), Refusal("clearinghouse_unreachable")


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (httpx.ReadError("reset"), INTERRUPTED),
        (httpx.RemoteProtocolError("cut off"), INTERRUPTED),
        (httpx.ConnectTimeout(""), UNREACHABLE),
        (httpx.ReadTimeout(""), UNREACHABLE),
        (httpx.Response(503, text="busy"), UNREACHABLE),
        (httpx.Response(200, text="<html>Please sign in to this hotel's network"), UNREACHABLE),
        (httpx.Response(200, json=["no object"]), UNREACHABLE),
        (problem("a code of a later version", 400), UNREACHABLE),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), UNREACHABLE),
        (httpx.Response(200, content=b"[" * 60_000), UNREACHABLE),
        (httpx.Response(200, json={"more": "x" * 70_000}), UNREACHABLE),
        (httpx.Response(409, json={"code": ["in_use"]}), UNREACHABLE),
        (
            lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no")),
            UNREACHABLE,
        ),
    ],
)
def test_rule_42_it_tries_three_times_and_then_says_what_failed(
    server: Server, answer: httpx.Response | Exception | Answer, refusal: Refusal
) -> None:
    line = Line(answer)

    assert activate(server, line.clearinghouse, NOW) == refusal
    assert (len(line.asked), line.waited) == (3, [0.5, 2.0])


class Dripping(httpx.SyncByteStream):
    """An answer that never ends; `seconds` pass with each byte."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed = seconds, 0.0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.passed += self.seconds
            yield b" "


@pytest.mark.parametrize("seconds", [0.0, 14.0])
def test_an_answer_without_an_end_is_given_up(server: Server, seconds: float) -> None:
    endless = Dripping(seconds)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=endless))
    clearinghouse = Clearinghouse(URL, lambda _: None, transport, lambda: endless.passed)

    assert activate(server, clearinghouse, NOW) == UNREACHABLE
    assert endless.passed <= 3 * 45


def test_a_connection_that_comes_back_is_enough(server: Server) -> None:
    line = Line(httpx.ReadError("reset"), httpx.Response(503), confirming)

    assert activate(server, line.clearinghouse, NOW) is None
    assert server.state(NOW) == "activated"


def test_a_refusal_is_final_and_keeps_its_details(server: Server) -> None:
    line = Line(problem("mistyped", blocks=[3]))

    assert activate(server, line.clearinghouse, NOW) == Refusal("mistyped", {"blocks": [3]})
    assert len(line.asked) == 1


@contextmanager
def somebody(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """A listener on this machine that treats each connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            for _ in range(3):
                connection, _ = listening.accept()
                connection.recv(65536)
                behave(connection)
                connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def test_rule_42_on_real_sockets_an_interruption_is_told_from_nobody_being_there(server: Server) -> None:
    with somebody(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")) as url:
        assert activate(server, Clearinghouse(url, lambda _: None), NOW) == INTERRUPTED
    assert activate(server, Clearinghouse(url, lambda _: None), NOW) == UNREACHABLE


def test_rule_42_without_a_network_it_is_the_connection(server: Server) -> None:
    broken = httpx.ConnectError("no name")
    broken.__cause__ = socket.gaierror(-3, "Temporary failure in name resolution")
    assert activate(server, Line(broken).clearinghouse, NOW) == INTERRUPTED


@pytest.mark.parametrize(
    ("code", "expected", "first"),
    [
        ("internet_interrupted", "interrupted", "Check that this computer"),
        ("clearinghouse_unreachable", "unreachable", "Check that this computer"),
        ("transfer_needed", "hardware_changed", "Start the transfer"),
        ("in_use", "hardware_changed", "Use a product key of its own"),
        ("not_genuine", "code_not_verified", "Check the"),
        ("revoked", "code_not_verified", "Ask a person"),
    ],
)
def test_rule_42_each_cause_has_its_remedies_in_order(code: str, expected: str, first: str) -> None:
    refusal = Refusal(code)
    ladder = remedies(refusal)

    assert cause(refusal) == expected
    assert ladder[0].startswith(first)
    assert "telephone" in ladder[-2]
    assert ladder[-1] == "Ask product support."


# Where licences stand


@pytest.mark.parametrize(
    ("answer", "standing"),
    [
        (httpx.Response(200, json={"standing": "current"}), "current"),
        (httpx.Response(200, json={"standing": "moved"}), "moved"),
        (problem("revoked", 403), "moved"),
        (httpx.ConnectError("nobody there"), "unknown"),
        (httpx.Response(200, json={"welcome": "to this hotel"}), "unknown"),
    ],
    ids=["current", "moved", "revoked", "unreachable", "somebody else"],
)
def test_where_licences_stand_is_asked_by_their_installation_id(
    tmp_path: Path, answer: httpx.Response | Exception, standing: str
) -> None:
    (pack,) = add(CalStore(activated(tmp_path / "another")), 501).packs
    line = Line(answer)

    assert line.clearinghouse.standing(installation_id.parse(pack.installation_id)) == standing
    assert line.asked[0].url.path == "/clearinghouse/v1/standings"


def test_every_cause_that_is_named_is_a_refusal() -> None:
    for code in internet._CAUSES:
        Refusal(code)
