"""The wiring: settings, the application, and the whole activation in the terminal."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from click.testing import CliRunner
from soak.kills import children

import app
from activation_core import codes, confirmation_id, installation_id
from activation_core.access_numbers import REGIONS
from activation_core.clearinghouse.stores import open_store
from activation_core.clearinghouse.tallies import Tallies
from activation_core.machine.server import Server
from activation_core.refusals import Refusal
from activation_core.short_signature import verify_all  # the real one: tests/once.py
from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier
from ivr.simulator.kept_calls import Sought
from ivr.simulator.rehearsal import dialling, number_to_call
from wiring.commands import open_calls
from wiring.rehearsed_world import open_world

HOUSE = Path(__file__).parents[1]


def run(*arguments):
    return CliRunner().invoke(app.main, arguments)


# Settings


def test_settings_come_from_the_environment_and_empty_ones_count_as_absent():
    read = app.read_settings({"OPERATOR_NUMBER": "+12125550143", "PUBLIC_URL": "", "SOMETHING_ELSE": "1"})
    assert read == app.Settings(operator_number="+12125550143")


@pytest.mark.parametrize("typed", ["https://a.example/", "https://A.Example", " https://a.example "])
def test_the_public_url_is_written_as_it_is_signed(typed):
    assert app.read_settings({"PUBLIC_URL": typed}).public_url == "https://a.example"


@pytest.mark.parametrize("typed", ["a.example", "https://a.example/calls", "ftp://a.example", "https://"])
def test_a_public_url_that_no_signature_fits_is_refused(typed):
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        app.read_settings({"PUBLIC_URL": typed})


ONE, TWO = "AC" + "1" * 32, "AC" + "2" * 32
ACCOUNT = {"TWILIO_ACCOUNT_SID": ONE, "TWILIO_AUTH_TOKEN": "a token"}


@pytest.mark.parametrize(
    ("environment", "regions"),
    [
        ({"MESSAGING_FROM": "+12125550143", **ACCOUNT}, ["US"]),
        ({"MESSAGING_FROM": "+12125550143", "MESSAGING_REGIONS": "us, CA", **ACCOUNT}, ["US", "CA"]),
        ({"MESSAGING_FROM": "MG1", "MESSAGING_REGIONS": "DE", **ACCOUNT}, ["DE"]),
        (
            {**ACCOUNT, "MESSAGING_FROM": "+12125550143,+447400999002", "TWILIO_ACCOUNT_SID": f"{ONE},{TWO}"},
            ["US", "GB"],
        ),
    ],
)
def test_texts_go_to_the_senders_own_country_or_to_those_that_are_named(environment, regions):
    assert app.read_settings(environment).text_regions == regions


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"MESSAGING_FROM": "+12125550143"}, "TWILIO_ACCOUNT_SID"),
        ({"MESSAGING_FROM": "+12125550143", "TWILIO_ACCOUNT_SID": ONE}, "TWILIO_AUTH_TOKEN"),
        ({"MESSAGING_FROM": "MG1", **ACCOUNT}, "MESSAGING_REGIONS"),
        ({"MESSAGING_FROM": "MG1", "MESSAGING_REGIONS": "UK", **ACCOUNT}, "MESSAGING_REGIONS: .*'UK'"),
    ],
)
def test_what_is_missing_to_send_texts_stops_the_start(environment, named):
    with pytest.raises(ValueError, match=named):
        app.read_settings(environment)


def with_accounts(accounts, down="", senders=""):
    told = {"TWILIO_ACCOUNT_SID": accounts, "TWILIO_ACCOUNT_DOWN": down, "MESSAGING_FROM": senders}
    return app.read_settings({**told, "TWILIO_AUTH_TOKEN": "a token", "MESSAGING_REGIONS": "US"})


@pytest.mark.parametrize(
    ("accounts", "down", "senders", "words"),
    [
        ("SK" + "1" * 32, "", "", "TWILIO_ACCOUNT_SID: AC and 32 digits"),
        (f"{ONE}@ie2", "", "", "TWILIO_ACCOUNT_SID: .* not AC1*@ie2"),
        (f"{ONE},{ONE}", "", "", "TWILIO_ACCOUNT_SID: AC1* once"),
        (f"{TWO},{ONE}@ie1,{ONE}", "", "", "TWILIO_ACCOUNT_SID: AC1* once, or .* a region each"),
        (ONE, TWO, "", "TWILIO_ACCOUNT_DOWN: one of TWILIO_ACCOUNT_SID"),
        (f"{ONE}@us1,{TWO}", ONE, "", "TWILIO_ACCOUNT_DOWN: .*as it is written there"),
        (f"{ONE},{TWO}", f"{TWO},{ONE}", "", "TWILIO_ACCOUNT_DOWN: one account at least must be up"),
        (f"{ONE}@us1,{ONE}@ie1", "", "+12125550142,+12125550143", "MESSAGING_FROM: one for each account"),
    ],
)
def test_accounts_that_cannot_be_meant_stop_the_start(accounts, down, senders, words):
    with pytest.raises(ValueError, match=words):
        with_accounts(accounts, down, senders)


def test_an_account_is_down_when_it_is_down_in_all_its_regions():
    accounts = f"{ONE}@us1,{ONE}@ie1,{TWO}"
    assert with_accounts(accounts, f"{ONE}@us1").sids_down == set()
    assert with_accounts(accounts, f"{ONE}@us1").accounts_up == [f"{ONE}@ie1", TWO]
    assert with_accounts(accounts, f"{ONE}@us1,{ONE}@ie1").sids_down == {ONE}


def test_each_account_texts_from_its_own_sender_in_its_first_region_that_is_up():
    accounts, senders = f"{ONE}@us1,{ONE}@ie1,{TWO}", "+12125550142,MG2"
    assert with_accounts(accounts, "", senders).senders == {f"{ONE}@us1": "+12125550142", TWO: "MG2"}
    assert with_accounts(accounts, f"{ONE}@us1", senders).senders == {f"{ONE}@ie1": "+12125550142", TWO: "MG2"}
    assert with_accounts(accounts, f"{ONE}@us1,{ONE}@ie1", senders).senders == {TWO: "MG2"}
    assert with_accounts(f"{ONE},{TWO}", "", "MG1").senders == {ONE: "MG1"}
    assert with_accounts(f"{ONE},{TWO}", "", ",MG2").senders == {TWO: "MG2"}


def test_a_token_of_spaces_is_none():
    assert app.read_settings({"TWILIO_AUTH_TOKEN": "  "}).twilio_auth_token == ""


def test_keys_of_a_real_instance_can_never_be_foreseen(tmp_path, monkeypatch):
    """`app.py call --url` may be the first to open an instance, and its seed is public."""
    made = []
    for place in ("one", "two"):
        folder = tmp_path / place
        monkeypatch.setattr(
            "wiring.rehearsed_world.current_settings",
            lambda folder=folder: app.Settings(database_url=f"sqlite:///{folder}/a.db", key_folder=f"{folder}/keys"),
        )
        with open_world(1, "lab-bench", "http://127.0.0.1:9/voice") as world:
            world.stage.issue()
            made.append((folder / "keys/issuing.key").read_text())
    assert made[0] != made[1]


def test_the_templates_of_the_pages_are_not_served(settings):
    client = app.create_app(settings).test_client()
    for path, status in (("style.css", 200), ("layout.html", 404), ("../templates/layout.html", 404)):
        with client.get(f"/static/{path}") as response:
            assert response.status_code == status, path


def test_a_token_is_not_shown_with_the_settings():
    assert "secret" not in repr(app.Settings(twilio_auth_token="secret"))


def test_a_database_of_another_kind_is_refused_by_its_name(tmp_path):
    with pytest.raises(ValueError, match="DATABASE_URL"):
        app.Parts(app.Settings(database_url="mysql://x/y", key_folder=str(tmp_path)))


def test_everything_is_kept_where_others_cannot_read_it(parts, settings):
    assert Path(settings.key_folder).stat().st_mode & 0o077 == 0


# The whole activation, everywhere


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_an_activation_by_telephone_succeeds_from_every_region_in_both_languages(locale):
    """Done when 1. The signatures of all calls are verified in one batch; each was written down by a caller."""
    signed, public_keys = [], set()
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
        for region in sorted(REGIONS):
            key = world.stage.issue()
            computer, shown = world.stage.with_key(key)
            caller = AttentiveCaller(shown, locale, world.books)
            number = number_to_call(world.directory, region, locale)
            carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
            carrier.place(dialling(region, number.e164, f"{region} {locale}"), caller.line())
            written = confirmation_id.parse(caller.confirmation_id)
            message = confirmation_id.message(installation_id.parse(shown), codes.parse(key), written.grant)
            public_keys.add(computer.product.public_keys[0])
            signed.append((computer.product.public_keys[0], message, written.signature))
    assert len(signed) == 250
    assert len(public_keys) == 1
    assert verify_all(signed, confirmation_id.TAG)


@pytest.mark.parametrize(("region", "language"), [("DE", "en-US"), ("US", "es-US"), ("AQ", "en-US"), ("mx", "es-US")])
def test_the_demo_activates(region, language):
    result = run("demo", "--region", region, "--language", language, "--machine", "ship-bridge", "--seed", "3")
    assert result.exit_code == 0, result.output
    assert "The computer checked it by itself: activated." in result.output
    assert "this call takes about" in result.output


@pytest.mark.parametrize(
    ("region", "language", "why"),
    [
        ("GB", "en-US", "GB (toll-free)"),
        ("AQ", "en-US", "AQ (for show: computers there activate with the web form)"),
        ("DE", "es-US", "DE (answers in es-US, which 030 "),
    ],
)
def test_the_demo_tells_why_it_calls_this_number(region, language, why):
    said = run("demo", "--region", region, "--language", language, "--machine", "lab-bench", "--seed", "3").output
    assert f"Number to call from {why}" in said


def test_the_demo_activates_this_very_computer():
    assert run("demo").exit_code == 0


def test_the_demo_fails_where_the_computer_does_not_accept_what_was_written_down(monkeypatch):
    monkeypatch.setattr(Server, "accept", lambda *_: Refusal("not_the_answer"))
    result = run("demo", "--machine", "lab-bench")
    assert result.exit_code == 1
    assert "NOT activated" in result.output


def test_the_demo_fails_where_a_digit_is_heard_wrong(monkeypatch):
    monkeypatch.setattr(AttentiveCaller, "confirmation_id", "1" * 91)
    assert run("demo", "--machine", "lab-bench").exit_code == 1


def test_the_same_seed_gives_the_same_demo():
    demo = ["demo", "--seed", "7", "--machine", "lab-bench"]
    assert run(*demo).output == run(*demo).output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demo", "--region", "XX"], "no country or region"),
        (["demo", "--language", "xx"], "no prompt book"),
        (["demo", "--machine", "nobody"], "lab-bench"),
        (["call", "nothing.call"], "does not exist"),
        (["serve", "--host", "0.0.0.0"], "TWILIO_AUTH_TOKEN"),
        (["serve", "--host", "0.0.0.0", "--debug"], "no TWILIO_AUTH_TOKEN"),
    ],
)
def test_what_cannot_be_understood_is_said_and_ends_with_status_2(arguments, message, monkeypatch):
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output


def test_a_scripted_call_that_differs_ends_with_status_1_and_shows_where(tmp_path):
    text = (app.DATA / "scenarios/shortest_way.call").read_text("utf-8")
    (tmp_path / "other.call").write_text(text.replace("hears confirmed", "hears refused_in_use"))
    result = run("call", str(tmp_path / "other.call"))
    assert result.exit_code == 1
    assert "line 8: the file has “hears refused_in_use”, the caller hears confirmed" in result.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hears welcome\n", "calls from"),
        ("calls from US\n", "hears welcome"),
        ("calls from US\nsings\n", "line 2: 'sings'"),
        ("calls from US\ngiven nonsense\nhears welcome\n", "nonsense"),
        ("calls from US\nexpects miracles\nhears welcome\n", "line 2"),
        ("calls from QQ\nhears welcome\n", "QQ"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "bad.call").write_text(text)
    result = run("call", str(tmp_path / "bad.call"))
    assert result.exit_code == 2, result.output
    assert message in result.output


def test_scripted_calls_are_kept_where_that_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("wiring.commands.current_settings", lambda: app.Settings(calls_file=str(tmp_path / "calls.db")))
    (tmp_path / "differs.call").write_text("calls from GB\nhears welcome\nhears goodbye\n", "utf-8")

    run("call", str(app.DATA / "scenarios/person_at_once.call"))
    result = run("call", "--keep", str(app.DATA / "scenarios/person_at_once.call"), str(tmp_path / "differs.call"))

    entries, total = open_calls().search(Sought(), 10)
    assert (result.exit_code, total) == (1, 2)
    assert [(entry.scenario, entry.gist.words, bool(entry.difference)) for entry in entries] == [
        ("differs.call", "The caller hung up", True),
        ("person_at_once.call", "Put through", False),
    ]


def test_a_file_where_no_calls_can_be_kept_is_said_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("wiring.commands.current_settings", lambda: app.Settings(calls_file=str(tmp_path)))

    result = run("call", "--keep", str(app.DATA / "scenarios/person_at_once.call"))

    assert result.exit_code == 1
    assert "Calls cannot be kept or read in" in result.output


def test_scripted_calls_as_json_hold_everything_that_happened():
    import json

    result = run("call", "--json", str(app.DATA / "scenarios/person_at_once.call"))
    (played,) = json.loads(result.output)
    assert (played["difference"], played["events"][-1]["kind"]) == (None, "end")


# Serving


def test_a_port_that_is_taken_is_said_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert (result.exit_code, "in use" in result.output) == (1, True), result.output
    assert not (tmp_path / "instance").exists()


def test_a_machine_profile_that_does_not_exist_is_said_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MACHINE_PROFILE", "nonsense")
    result = run("serve", "--port", "0")
    assert (result.exit_code, "nonsense.toml" in result.output) == (1, True), result.output


@contextmanager
def serving(folder, *arguments, **more):
    """`app.py serve` as a user starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k not in ("TWILIO_AUTH_TOKEN", "PUBLIC_URL")}
    process = subprocess.Popen(
        [sys.executable, HOUSE / "app.py", "serve", "--port", str(port), *arguments],
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": "1", **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture
def served(tmp_path):
    with serving(tmp_path) as (process, url):
        yield process, url


def wait_for(url, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url).status
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_serve_makes_an_instance_prints_a_product_key_and_stops_cleanly(served, tmp_path):
    process, url = served
    assert wait_for(url) == 200
    assert wait_for(f"{url}/machine") == 200
    assert wait_for(f"{url}/phone") == 200
    assert httpx.get(url, headers={"X-Long": "a" * 30_000}).status_code == 200
    assert httpx.get(url, headers={"X-Long": "a" * 100_000}).status_code == 431
    assert httpx.post(f"{url}/activate", data={"block": "1" * 70_000}).status_code == 413
    assert httpx.post(f"{url}/activate", data={"block": ["1"] * 201}).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    in_chunks = (b"block=" + b"1" * 7_000 for _ in range(10))
    assert httpx.post(f"{url}/activate", content=in_chunks, headers=form).status_code == 413
    assert httpx.post(f"{url}/voice", data={"CallSid": "1" * 70_000}).status_code == 413
    assert httpx.post(f"{url}/voice", data={f"a{n}": "" for n in range(201)}).status_code == 413
    assert httpx.post(
        f"{url}/phone/calls", content="[" * 30_000, headers={"Content-Type": "application/json"}
    ).is_client_error
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in printed
    key = next(word for word in printed.split() if word.count("-") == 4)
    assert codes.parse(key).product == 1
    assert f"{url}/machine" in printed
    assert f"{url}/phone" in printed
    assert (tmp_path / "instance/clearinghouse.db").exists()
    for private in ("instance", "instance/clearinghouse.db"):
        assert (tmp_path / private).stat().st_mode & 0o077 == 0


def test_with_debug_it_is_flasks_server_and_never_where_real_calls_come_in(tmp_path, monkeypatch):
    with serving(tmp_path, "--debug") as (process, url):
        assert wait_for(f"{url}/healthz") == 200
        assert httpx.get(f"{url}/healthz").headers["Server"].startswith("Werkzeug")
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=20)
        assert printed.count("A product key") == 1, printed
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    refused = run("serve", "--debug")
    assert (refused.exit_code, "no TWILIO_AUTH_TOKEN" in refused.output) == (2, True), refused.output


@pytest.mark.parametrize("more", [0, 1])
def test_with_a_worker_for_each_core_each_keeps_to_its_own(more, tmp_path):
    cores = os.sched_getaffinity(0)
    workers = len(cores) + more
    with serving(tmp_path, WORKERS=str(workers)) as (process, url):
        wait_for(url)
        kept = [os.sched_getaffinity(worker) for worker in children(process.pid)]
    assert kept == ([cores] * workers if more else [{core} for core in sorted(cores)])


def test_beyond_so_many_connections_who_comes_waits_until_one_is_closed(tmp_path):
    asks = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    with serving(tmp_path, BACKPRESSURE="1") as (_, url):
        wait_for(f"{url}/healthz")
        address = ("127.0.0.1", httpx.URL(url).port)
        first, second = socket.create_connection(address), socket.create_connection(address)
        with second:
            with first:
                first.sendall(asks)
                assert first.recv(100).startswith(b"HTTP/1.1 200")
                second.sendall(asks)
                second.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    second.recv(100)
            second.settimeout(10)
            assert second.recv(100).startswith(b"HTTP/1.1 200")


OF_THIS_MACHINE = ("/machine", "/phone", "/calls", "/prompts", "/metrics")


def test_on_a_public_address_pages_without_a_password_are_not_served_and_the_desk_asks_for_one(tmp_path):
    with serving(tmp_path, TWILIO_AUTH_TOKEN="a token", PUBLIC_URL="https://calls.example") as (_, url):
        wait_for(f"{url}/healthz")
        with httpx.Client(base_url=url, headers={"Host": "calls.example"}) as other, httpx.Client(base_url=url) as here:
            for path in OF_THIS_MACHINE:
                assert {client.get(path).status_code for client in (other, here)} <= {403, 404}, path
            for path in ("/desk", "/desk/today", "/desk/audit", "/desk/callers"):
                for client in (other, here):
                    answer = client.get(path)
                    assert (answer.status_code, answer.headers["Location"][:13]) == (303, "/desk/sign-in"), path
            assert other.post("/desk/confirm", headers={"Origin": "https://calls.example"}).status_code == 303
            assert other.post("/voice").status_code == 403


def test_other_machines_see_no_page_of_this_one(tmp_path):
    """127.0.0.2 is not the address of this machine's own browser, so it stands for a neighbour."""
    with serving(tmp_path, "--host", "0.0.0.0", TWILIO_AUTH_TOKEN="a token") as (_, url):
        wait_for(f"{url}/healthz")
        with httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address="127.0.0.2")) as neighbour:
            assert {neighbour.get(path).status_code for path in OF_THIS_MACHINE} == {403}
            assert neighbour.post("/voice").status_code == 403
        assert httpx.get(f"{url}/phone").status_code == 200


def test_a_list_that_nobody_reads_to_its_end_stops_without_a_word(tmp_path):
    process = subprocess.Popen(
        [sys.executable, HOUSE / "app.py", "numbers"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()  # as `… | head` does
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_links_and_printed_sheets_name_the_port_that_is_served(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUBLIC_URL", "")
    addresses = []

    server = SimpleNamespace(serve=lambda: addresses.append(app.current_settings().public_url))
    monkeypatch.setattr("wiring.serving._Server", lambda *_, **__: server)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert run("serve", "--port", str(port)).exit_code == 0
    assert addresses == [f"http://127.0.0.1:{port}"]


def test_who_stops_it_gets_the_answer_that_is_under_way_and_no_count_is_lost(served, tmp_path):
    process, url = served
    wait_for(f"{url}/healthz")
    body = b"CallSid=CA" + b"1" * 32 + b"&To=%2B442079460999"
    head = f"POST /voice HTTP/1.1\r\nHost: {url[7:]}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as carrier:
        carrier.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body[:9])
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        carrier.sendall(body[9:])
        answer = b"".join(iter(lambda: carrier.recv(65536), b""))
    assert b"<Gather" in answer
    process.communicate(timeout=20)
    assert process.returncode == 0
    counted = Tallies(open_store(f"sqlite:///{tmp_path}/instance/clearinghouse.db")).in_all()
    assert counted["answered", ""] == 1
