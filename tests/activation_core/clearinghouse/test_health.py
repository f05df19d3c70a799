"""What a balancer asks: whether the process runs, and whether it could answer a call."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

import app
from activation_core.clearinghouse.health import health
from activation_core.clearinghouse.signer_client import SignerDown
from activation_core.clearinghouse.store import StoreDown


@pytest.fixture
def ask(settings):
    client = app.create_app(settings).test_client()

    def asked(path):
        response = client.get(path)
        return response.status_code, response.json

    return asked


def test_a_process_that_runs_says_so_and_is_ready(ask):
    assert ask("/healthz") == (200, {"healthy": True})
    assert ask("/readyz") == (200, {"ready": True})


def test_the_first_check_that_fails_is_told_by_its_code_and_nothing_more():
    def down():
        raise StoreDown("postgresql://user:secret@host is down")

    app_ = Flask(__name__)
    app_.register_blueprint(health({"keys_unusable": lambda: None, "store_down": down, "data_damaged": down}))
    response = app_.test_client().get("/readyz")
    assert (response.status_code, response.json) == (503, {"ready": False, "reason": "store_down"})
    assert app_.test_client().get("/healthz").status_code == 200


def test_a_store_that_is_gone_is_noticed(parts, settings):
    check = parts.readiness(settings)["store_down"]
    check()
    with parts.records.store.writing() as db:
        db.execute("DROP TABLE activations")
        db.execute("DROP TABLE claims")
        db.execute("DROP TABLE licences")
    with pytest.raises(StoreDown):
        check()


@pytest.mark.parametrize("key", ["issuing", "sign-1-0"])
def test_without_a_key_it_is_not_ready_and_makes_no_other(ask, settings, key):
    path = Path(settings.key_folder) / f"{key}.key"
    path.rename(path.with_suffix(".gone"))
    assert ask("/readyz") == (503, {"ready": False, "reason": "keys_unusable"})
    assert not path.exists()


def test_a_key_that_others_can_read_is_unusable(ask, settings):
    (Path(settings.key_folder) / "issuing.key").chmod(0o644)
    assert ask("/readyz") == (503, {"ready": False, "reason": "keys_unusable"})


def test_a_signer_that_does_not_answer_is_told(parts, settings):
    check = parts.readiness(replace(settings, signer="nowhere.sock"))["signer_down"]
    with pytest.raises(SignerDown, match=r"The signer at nowhere.sock does not answer"):
        check()


def test_damaged_data_is_told_before_the_next_start_fails(ask, monkeypatch, tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/en-US.toml").write_text("not = [toml")
    monkeypatch.setattr("wiring.data_files.DATA", tmp_path)
    assert ask("/readyz") == (503, {"ready": False, "reason": "data_damaged"})
