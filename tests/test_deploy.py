"""The files of docs/deploy fit the program: its settings, its command line, its addresses."""

import re
import tomllib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from dotenv import dotenv_values

import app
from ivr.webhooks import PREFIX
from wiring.parts import BUSY_SECONDS
from wiring.voice import TEXT_SECONDS

DOCS = Path(__file__).parents[1] / "docs"
DEPLOY = DOCS / "deploy"
UNITS = ["phone-activation@.service", "phone-activation-signer.service"]
TWILIO_WAITS = 15  # seconds
PUBLIC = {"voice", "activate", "clearinghouse", "access-numbers", "speech", "static", "desk"}
OF_THIS_MACHINE = {"phone", "machine", "metrics", "calls", "prompts", "healthz", "readyz"}


def unit(name: str) -> dict[str, list[str]]:
    lines = re.findall(r"^(\w+)=(.*)$", (DEPLOY / name).read_text("utf-8"), re.MULTILINE)
    told = defaultdict(list)
    for key, value in lines:
        told[key].append(value)
    return told


@pytest.mark.parametrize(
    ("file", "needed"),
    [
        (
            "phone-activation.env",
            {"public_url", "twilio_auth_token", "operator_number", "database_url", "key_folder"},
        ),
        ("phone-activation-signer.env", {"signer", "database_url", "key_folder"}),
    ],
)
def test_every_line_of_an_environment_file_is_a_setting(file, needed):
    names = {name.lower() for name in dotenv_values(DEPLOY / file)}
    assert needed <= names <= set(app.Settings.__dataclass_fields__)


@pytest.mark.parametrize(
    ("file", "words"), [(UNITS[0], ["serve"]), (UNITS[1], ["signer", "serve"]), ("Containerfile", ["serve"])]
)
def test_what_is_started_is_a_command_with_these_options(file, words):
    text = (DEPLOY / file).read_text("utf-8").replace('", "', " ")
    options = re.search(rf"\b{' '.join(words)}((?: --[\w-]+ \S+)*)", text)[1]
    command = app.main
    for word in words:
        command = command.get_command(None, word)
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"--[\w-]+", options)) <= known


@pytest.mark.parametrize("file", UNITS)
def test_a_unit_starts_again_however_often_it_ended_and_writes_no_core_file(file):
    told = unit(file)
    assert (told["Restart"], told["StartLimitIntervalSec"], told["LimitCORE"]) == (["always"], ["0"], ["1"])


def test_the_signer_has_folders_of_its_own_and_a_socket_that_the_application_can_open():
    application, signer = (unit(file) for file in UNITS)
    settings = dotenv_values(DEPLOY / "phone-activation-signer.env")
    assert signer["User"] != application["User"]
    assert signer["Group"] == application["Group"]
    assert (signer["RuntimeDirectoryMode"], signer["StateDirectoryMode"]) == (["0750"], ["0700"])
    assert Path(settings["SIGNER"]).parent == Path("/run", *signer["RuntimeDirectory"])
    assert Path(settings["KEY_FOLDER"]).parent == Path("/var/lib", *signer["StateDirectory"])


def test_the_short_name_of_the_commands_runs_what_the_unit_runs():
    script, told = (DEPLOY / "pa").read_text("utf-8"), unit(UNITS[0])
    command = told["ExecStart"][0].partition(" ")[0]
    assert f"-u {told['User'][0]} -- {command} --settings {told['EnvironmentFile'][0]} " in script


def test_every_file_is_named_in_the_docs():
    pages = "".join((DOCS / page).read_text("utf-8") for page in ("deploy.md", "keys.md"))
    assert [file.name for file in DEPLOY.iterdir() if file.name not in pages] == []


def test_the_proxy_asks_each_process_again_at_once_and_leaves_time_for_the_other():
    """Counted out for ten seconds, as is usual, both are in a rolling update, and every call ends."""
    told = (DEPLOY / "nginx.conf").read_text("utf-8")
    processes = re.findall(r"^ *server 127\.0\.0\.1:\d+(.*);$", told, re.MULTILINE)
    assert processes == [" max_fails=0"] * 2
    assert int(re.search(r"proxy_read_timeout (\d+)s;", told)[1]) <= TWILIO_WAITS - 5


def test_the_proxy_waits_for_what_a_webhook_may_wait_for():
    """Else it asks the other process, while the first one is still sending a text."""
    seconds = int(re.search(r"proxy_read_timeout (\d+)s;", (DEPLOY / "nginx.conf").read_text("utf-8"))[1])
    accounts, connecting_and_answering = 2, 2
    assert max(accounts * connecting_and_answering * TEXT_SECONDS, 2 * BUSY_SECONDS) < seconds


def test_the_image_is_made_of_what_is_installed_and_of_nothing_else_that_lies_in_the_folder():
    """Such as keys and settings: whoever has a layer of an image has what was copied into it."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"])
    copied = re.findall(r"^COPY (?!--from)(.*) /src\S*$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)
    assert set(" ".join(copied).split()) == needed


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
