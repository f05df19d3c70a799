"""What to do when a key leaks, rehearsed with the commands: docs/keys.md tells it in the same order."""

import secrets
import time
import tomllib
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

import app
from activation_core import confirmation_id, installation_id
from activation_core.clearinghouse.desk import Confirmation
from activation_core.clearinghouse.keys import KeysMissing, open_keys
from activation_core.clearinghouse.signer import Signer, SignerLog, SignerServer
from activation_core.installation_id import Operation
from activation_core.refusals import Refusal
from wiring.parts import look_at_signer


@pytest.fixture
def run(settings, monkeypatch):
    """A command at this instance."""
    for name in ("database_url", "key_folder", "machine_folder", "calls_file", "site_folder"):
        monkeypatch.setenv(name.upper(), getattr(settings, name))

    def invoke(*arguments, **options):
        app.parts_of_this_run.cache_clear()
        result = CliRunner().invoke(app.main, arguments, **options)
        app.parts_of_this_run.cache_clear()
        return result

    return invoke


def an_id(code, epoch=0, counter=1):
    return installation_id.make(Operation.ACTIVATE, code, epoch, 0x12345678, counter)


def sell(parts):
    (code,) = parts.desk.issue(1, 1, "standard", secrets.randbelow, app.now())
    return code


def confirmed(settings, asked):
    return app.Parts(settings).desk.confirm(asked.digits, "telephone", app.now())


def test_a_leaked_signing_key_confirms_nothing_on_computers_of_the_next_epoch(settings, run, monkeypatch):
    parts = app.Parts(settings)
    code, thief = sell(parts), parts.keys
    printed = run("keys", "rotate-signing", "1").stdout
    shipped = replace(app.read_products()[1], **declared(printed))
    monkeypatch.setattr("wiring.parts.read_products", lambda: {1: shipped})

    new, old = an_id(code, epoch=1), an_id(code, epoch=0, counter=2)
    answer = confirmed(settings, new)
    forged = [confirmation_id.sign(thief.signing[1, 0], asked, code, 0) for asked in (new, old)]

    assert isinstance(answer, Confirmation)
    read = confirmation_id.parse("".join(answer.blocks))
    assert confirmation_id.verify(shipped.public_keys[1], new, code, read)
    assert not confirmation_id.verify(shipped.public_keys[1], new, code, forged[0])
    assert confirmation_id.verify(shipped.public_keys[0], old, code, forged[1]), "the old epoch is still believed"

    monkeypatch.setattr("wiring.parts.read_products", lambda: {1: replace(shipped, epochs=(1,))})
    assert confirmed(settings, old) == Refusal("wrong_epoch")


def declared(printed):
    """What was printed for products.toml, as the product has it."""
    text = printed.partition("\n\n")[2].rpartition("\n\nThen")[0]
    table = tomllib.loads(text.replace("[product.public_keys]", "[public_keys]"))
    return {
        "epochs": tuple(table["epochs"]),
        "public_keys": {int(epoch): bytes.fromhex(key) for epoch, key in table["public_keys"].items()},
    }


def test_codes_that_were_sold_outlive_a_new_issuing_key_until_the_old_one_is_retired(settings, run):
    sold = sell(app.Parts(settings))

    assert run("keys", "rotate", "issuing").exit_code == 0
    after = app.Parts(settings)
    bought = sell(after)
    assert isinstance(confirmed(settings, an_id(sold)), Confirmation)
    assert isinstance(confirmed(settings, an_id(bought)), Confirmation)
    assert after.desk.masked(after.desk.activations_of(sold)[0]) == sold.masked

    assert run("keys", "retire", "issuing-1", "--yes").exit_code == 0
    assert confirmed(settings, an_id(sold, counter=2)) == Refusal("not_genuine")
    assert isinstance(confirmed(settings, an_id(bought, counter=2)), Confirmation)


def test_a_call_under_way_outlives_a_new_session_key_until_the_old_one_is_retired(settings, run):
    call = app.create_app(replace(settings, twilio_auth_token="")).test_client()
    call.post("/voice", data={"CallSid": "CA1", "To": "+18005550199"})
    assert run("keys", "rotate", "session").exit_code == 0

    for retired, heard in ((False, b"did not fit"), (True, b"Something went wrong")):
        if retired:
            run("keys", "retire", "session-1", "--yes")
        again = app.create_app(replace(settings, twilio_auth_token="")).test_client()
        again.set_cookie("call", call.get_cookie("call", path="/voice").value, path="/voice")
        answer = again.post("/voice/step/enter_id", data={"CallSid": "CA1", "Digits": "1"})
        assert heard in answer.data


def test_what_was_done_to_keys_is_in_the_audit_log(settings, run):
    run("keys", "rotate-signing", "1")
    run("keys", "rotate", "issuing")
    run("keys", "retire", "issuing-1", "--yes")

    entries = app.Parts(settings).staff.audit.entries(9)
    assert [(entry.act, entry.subject) for entry in entries] == [
        ("key_retired", "issuing-1 key"),
        ("key_made", "issuing key"),
        ("key_made", "signing key 1-1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rotate-signing", "99"), "There is no product"),
        (("retire", "issuing-7", "--yes"), "There is no issuing-7.key that was replaced"),
        (("retire", "issuing", "--yes"), "There is no issuing.key that was replaced"),
        (("retire", "../secret-1", "--yes"), "There is no ../secret-1.key that was replaced"),
    ],
)
def test_what_cannot_be_done_to_keys_is_said(settings, run, arguments, words):
    result = run("keys", *arguments)
    assert (result.exit_code, words in result.stderr) == (1, True), result.stderr


def test_a_key_that_was_made_already_is_not_made_again(settings, run):
    run("keys", "rotate-signing", "1")
    result = run("keys", "rotate-signing", "1")
    assert result.exit_code == 1
    assert "is there already: put epoch 1 into products.toml" in result.stderr


def test_with_a_signer_the_application_has_no_signing_key(settings, tmp_path):
    web = replace(settings, key_folder=f"{tmp_path}/web-keys", signer=f"{tmp_path}/signer.sock")
    keys = open_keys(Path(settings.key_folder), app.read_products(), False, secrets.token_bytes)
    log = SignerLog(tmp_path / "signer.log")
    with SignerServer(Path(web.signer), Signer(keys, log, 60, app.now, time.monotonic)) as server, ExitStack() as stack:
        Thread(target=server.serve_forever, args=[0.01]).start()
        stack.callback(server.shutdown)
        parts = app.Parts(web)
        stack.callback(parts.keys.signer.close)
        code = sell(parts)
        answer = parts.desk.confirm(an_id(code).digits, "telephone", app.now())
        for check in parts.readiness(web).values():
            check()
        rotated = {number: replace(product, epochs=(0, 1)) for number, product in parts.products.items()}
        with pytest.raises(KeysMissing, match=r"The signer has no sign-1-1.key"):
            look_at_signer(web, rotated)
    log.close()

    assert isinstance(answer, Confirmation)
    assert not list(Path(web.key_folder).glob("sign-[0-9]*.key"))
