"""The restaurant on Flask: called by a file, and as its own tests would with the fixture `phone_line`."""

import threading

import flask_restaurant
import pytest
from werkzeug.serving import make_server


@pytest.fixture(scope="module")
def url(auth_token):
    """Where it answers, on this machine."""
    with make_server("127.0.0.1", 0, flask_restaurant.app) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def call(url, auth_token, phone_line):
    def call(path="/voice", **options):
        return phone_line(url + path, **{"auth_token": auth_token, **options}).dial()

    return call


def test_a_file_is_played_against_it(url, play):
    assert play("restaurant.call", f"{url}/voice").output.startswith("as written")


@pytest.mark.parametrize(
    ("old", "new"), [("Blue Door", "Green Door"), ("presses 12#", "presses 13#"), ("is hung up on", "is put through")]
)
def test_a_file_that_says_otherwise_differs(url, play, old, new):
    result = play("restaurant.call", f"{url}/voice", old, new)
    assert (result.exit_code, result.output[:7]) == (1, "differs")


@pytest.mark.parametrize("token", ["another token", None])
def test_a_carrier_that_does_not_know_its_token_is_refused(call, token):
    """The restaurant asks Twilio's own validator."""
    guest = call(auth_token=token)
    guest.hears("application error")
    assert guest.problems == (11200,)
    assert "status 403" in guest.transcript()


def test_a_table_is_booked(call):
    guest = call()
    guest.hears("Welcome to the Blue Door")
    guest.presses("1")
    guest.hears("How many are you?")
    guest.presses("4#")
    guest.hears("A table for 4")
    guest.is_hung_up_on()
    assert guest.problems == ()


def test_the_same_call_in_process_is_the_same_call(url, call, phone_line, auth_token):
    real, in_process = call(), phone_line(app=flask_restaurant.app, auth_token=auth_token).dial()
    for guest in (real, in_process):
        guest.presses("2")
        guest.is_hung_up_on()
    assert real.transcript() == in_process.transcript()
    assert real.requests[0].url == f"{url}/voice"


def test_silence_ends_the_call(call):
    guest = call()
    guest.stays_silent()
    guest.hears("We did not hear you")
    guest.is_hung_up_on()


# Its two defects, which a test in a browser would never find


def test_a_redirect_to_the_slash_loses_the_digits(call):
    guest = call("/moved")
    guest.presses("4#")
    guest.hears("You pressed nothing")
    assert [(asked.method, asked.params.get("Digits")) for asked in guest.requests] == [
        ("POST", None),
        ("POST", "4"),
        ("GET", None),  # signed, too: the restaurant accepts it
    ]


def test_a_prompt_outside_the_gather_loses_early_keys(call):
    hasty, patient = call("/outside"), call("/outside")
    hasty.hears("How many")
    hasty.interrupts_with("4")
    hasty.stays_silent()
    hasty.hears("You pressed nothing")
    assert hasty.lost == "4"
    patient.presses("4")
    patient.hears("A table for 4")
