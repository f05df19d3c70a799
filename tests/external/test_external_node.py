"""The clinic on Node, with Express and Twilio's own package: nothing of it is Python, and nothing of it knows of us."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CLINIC = Path(__file__).parent / "node"
OFFLINE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH")


@pytest.fixture(scope="session")
def modules(request):
    """Its packages, installed once for each lock file, outside the source; about 15 seconds the first time."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("there is no node with npm here (Debian: apt-get install nodejs npm)")
    named = hashlib.sha256((CLINIC / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = request.config.cache.mkdir(f"clinic-{named}")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of pytest-xdist may come at once
        if not (folder / "installed").exists():
            _install(folder)
    return folder / "node_modules"


def _install(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CLINIC / name, folder)
    npm = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True)
    if npm.returncode and (why := OFFLINE.search(npm.stderr)):
        pytest.skip(f"npm does not reach its registry: {why[0]}")
    assert npm.returncode == 0, npm.stderr
    (folder / "installed").touch()


@pytest.fixture(scope="module")
def url(modules, auth_token):
    """Where it answers, on this machine; it says its port when it does."""
    environment = {**os.environ, "NODE_PATH": str(modules)}
    with subprocess.Popen(["node", CLINIC / "app.js"], env=environment, stdout=subprocess.PIPE, text=True) as node:
        try:
            yield f"http://127.0.0.1:{int(node.stdout.readline())}"
        finally:
            node.terminate()


@pytest.fixture
def call(url, auth_token, phone_line):
    def call(path="/voice", **options):
        return phone_line(url + path, **{"auth_token": auth_token, **options}).dial(from_="+447700900123", country="GB")

    return call


def test_the_lock_file_names_no_registry():
    """Each machine has its own: see .npmrc."""
    text = (CLINIC / "package-lock.json").read_text("utf-8")
    assert '"integrity"' in text
    assert '"resolved"' not in text


def test_a_file_is_played_against_it(url, play):
    assert play("clinic.call", f"{url}/voice").output.startswith("as written")


@pytest.mark.parametrize(("old", "new"), [("presses 1", "presses 2"), ("is put through", "is hung up on")])
def test_a_file_that_says_otherwise_differs(url, play, old, new):
    result = play("clinic.call", f"{url}/voice", old, new)
    assert (result.exit_code, result.output[:7]) == (1, "differs")


@pytest.mark.parametrize(("token", "status"), [("another token", 403), (None, 400)])
def test_a_carrier_that_does_not_know_its_token_is_refused(call, token, status):
    """Twilio's own middleware for Express says so."""
    patient = call(auth_token=token)
    patient.hears("application error")
    assert patient.problems == (11200,)
    assert f"status {status}" in patient.transcript()


def test_who_presses_is_put_through(call):
    patient = call()
    patient.hears("Welcome to the clinic")
    patient.presses("1")
    patient.is_put_through("+12125550143")
    patient.is_hung_up_on()
    assert patient.requests[-1].params["DialCallStatus"] == "completed"


def test_who_says_what_it_is_about_is_called_back(call):
    patient = call()
    patient.says("a cough")
    patient.hears("You said a cough")
    patient.is_hung_up_on()


def test_nobody_is_there(call):
    patient = call(dial_outcome="no-answer")
    patient.presses("1")
    patient.hears("Nobody is there")
    patient.is_hung_up_on()


# Its two defects, which a test in a browser would never find


def test_a_redirect_on_an_action_loses_the_digits(call):
    patient = call("/moved")
    patient.presses("1")
    patient.hears("You pressed nothing")
    assert [(asked.method, asked.params.get("Digits")) for asked in patient.requests] == [
        ("POST", None),
        ("POST", "1"),
        ("GET", None),  # signed, too: the clinic accepts it
    ]


def test_a_prompt_outside_the_gather_loses_early_keys(call):
    hasty, patient = call("/outside"), call("/outside")
    hasty.hears("Press 1")
    hasty.interrupts_with("1")
    hasty.stays_silent()
    hasty.hears("You pressed nothing")
    assert hasty.lost == "1"
    patient.presses("1")
    patient.hears("Appointments")
