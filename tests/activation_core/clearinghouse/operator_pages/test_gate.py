"""The gate of the desk: signing in on the page, what a session's cookie is, and forms that are not the desk's own."""

import re
from collections.abc import Callable

import pytest
from desk_screen import PASSWORD, Clock, Machine, Screen

from activation_core.clearinghouse.lock_out import PATIENCE
from activation_core.clearinghouse.operator_pages.gate import NAVIGATION
from activation_core.clearinghouse.sessions import IDLE, LONGEST


def test_without_an_operator_the_page_says_how_to_add_the_first(another_machine: Callable[[], Machine]) -> None:
    screen = Screen(another_machine()).open()
    assert ".venv/bin/phone-activation operators add NAME" in screen.words


OUR_PAGES = ["", "/look-up", "/audit"]


@pytest.mark.parametrize("path", OUR_PAGES)
def test_whoever_has_not_signed_in_sees_the_sign_in_and_then_the_page_that_was_asked_for(
    screen: Screen, path: str
) -> None:
    assert screen.open(path).at == "/sign-in"
    assert screen.send("/sign-in", name="ada", password=PASSWORD, to=f"/desk{path}").at == path
    assert screen.last.status_code == 200


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/machine", "evil", "\\desk"])
def test_nobody_is_sent_elsewhere_after_signing_in(screen: Screen, to: str) -> None:
    assert screen.post("/sign-in", name="ada", password=PASSWORD, to=to).last.request.path == "/desk"


def test_the_cookie_is_for_the_desk_alone_and_out_of_reach_of_scripts_and_of_other_sites(desk: Screen) -> None:
    (cookie,) = [desk.client.get_cookie("desk", domain="activation.example", path="/desk")]
    assert cookie
    assert (cookie.http_only, cookie.same_site, cookie.secure, cookie.path) == (True, "Strict", True, "/desk")
    assert cookie.max_age is None


def test_a_wrong_password_is_told_as_an_unknown_name_is_and_the_name_stays(screen: Screen) -> None:
    wrong = screen.sign_in(password="wrong").words
    assert "Name or password is not right." in wrong
    assert 'value="ada"' in screen.html
    assert screen.sign_in("grace").words == wrong


def test_after_some_wrong_passwords_the_page_says_how_long_to_wait(screen: Screen, clock: Clock) -> None:
    for _ in range(PATIENCE["name"].free):
        screen.sign_in(password="wrong")
    assert "Try again in 1 second." in screen.sign_in().words
    assert screen.last.headers["Retry-After"] == "1"


def test_behind_a_proxy_on_this_machine_addresses_are_told_apart(screen: Screen) -> None:
    def guess(number: int, address: str) -> str:
        form = {"name": f"guess-{number}", "password": "wrong"}
        headers = {"Origin": screen.origin, "X-Forwarded-For": f"192.0.2.99, {address}"}
        return screen.client.post("/desk/sign-in", base_url=screen.origin, data=form, headers=headers).text

    answers = [guess(number, "192.0.2.1") for number in range(PATIENCE["address"].free + 1)]
    assert ["Too many" in answer for answer in answers].index(True) == PATIENCE["address"].free
    assert "Too many" not in guess(99, "192.0.2.2")


def test_two_machines_share_the_session_and_its_end(desk: Screen, another_machine: Callable[[], Machine]) -> None:
    other = another_machine()
    assert desk.at_machine(other).open().at == ""
    assert desk.send("/sign-out").at == "/sign-in"
    assert desk.at_machine(desk.machine).open().at == "/sign-in"


def test_a_cookie_that_was_copied_is_worth_nothing_after_signing_out(desk: Screen) -> None:
    kept = desk.client.get_cookie("desk", domain="activation.example", path="/desk")
    assert kept
    desk.send("/sign-out")
    desk.client.set_cookie("desk", kept.value, domain="activation.example", path="/desk")
    assert desk.open().at == "/sign-in"


def test_an_idle_session_and_one_of_a_whole_shift_end(desk: Screen, clock: Clock) -> None:
    clock.move(IDLE)
    assert desk.open().at == "/sign-in"
    desk.sign_in()
    for _ in range(LONGEST // (IDLE / 2) - 1):
        clock.move(IDLE / 2)
        assert desk.open().at == ""
    clock.move(IDLE / 2)
    assert desk.open().at == "/sign-in"


def test_a_page_that_refreshes_itself_does_not_keep_a_session(desk: Screen, clock: Clock) -> None:
    clock.move(IDLE / 2)
    assert desk.open(**{"X-Refresh": "1"}).at == ""
    clock.move(IDLE / 2)
    assert desk.open(**{"X-Refresh": "1"}).at == "/sign-in"


@pytest.mark.parametrize("token", [None, "", "0" * 64, "\N{SNOWMAN}"])
def test_a_form_without_the_sessions_token_does_nothing(desk: Screen, token: str | None) -> None:
    desk.post("/sign-out", **({} if token is None else {"form_token": token}))
    assert desk.last.status_code == 403
    assert "Nothing was done" in desk.words
    assert desk.open().at == ""


def test_a_token_of_another_session_does_nothing(desk: Screen) -> None:
    other = Screen(desk.machine).sign_in()
    desk.last = other.last
    assert desk.send("/sign-out").last.status_code == 403


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://activation.example"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_from_elsewhere_is_refused(desk: Screen, origin: str, path: str) -> None:
    desk.origin = origin
    assert desk.send(path, name="ada", password=PASSWORD).last.status_code == 403


def test_another_host_name_bound_to_this_address_is_refused(screen: Screen) -> None:
    response = screen.client.get("/desk/sign-in", base_url="https://evil.example")
    assert response.status_code == 403
    assert "The desk is at https://activation.example/desk" in response.text


@pytest.mark.parametrize("host", ["http://localhost:8000", "http://127.0.0.1:8000"])
def test_on_this_machine_itself_the_desk_is_localhost(screen: Screen, host: str) -> None:
    form = {"name": "ada", "password": PASSWORD}
    response = screen.client.post("/desk/sign-in", base_url=host, data=form, headers={"Origin": host})
    assert response.location == "/desk"


def test_no_page_of_the_desk_is_kept_by_a_browser_and_its_style_is(desk: Screen) -> None:
    for path in OUR_PAGES:
        assert desk.open(path).last.headers["Cache-Control"] == "no-store"
    with desk.client.get("/desk/static/desk.css", base_url=desk.origin) as style:
        assert style.headers["Cache-Control"] != "no-store"


def test_the_style_is_there_for_whoever_has_not_signed_in(screen: Screen) -> None:
    with screen.client.get("/desk/static/desk.css", base_url=screen.origin) as style:
        assert style.status_code == 200


def test_the_bar_names_who_is_signed_in_and_every_page(desk: Screen) -> None:
    assert "<strong>ada</strong>" in desk.html
    for address, name in NAVIGATION:
        assert re.search(rf'href="{address}"[^>]*>{name}<', desk.html)


def test_while_the_records_are_down_the_page_says_so(desk: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    from activation_core.clearinghouse.store import StoreDown

    def down(*_: object) -> None:
        raise StoreDown("no disk")

    monkeypatch.setattr(desk.machine.parts.records.store, "rows", down)
    assert desk.open().last.status_code == 503
    assert "cannot be reached at the moment" in desk.words
