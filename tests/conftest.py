"""What many tests need: the real data, a clearinghouse in a folder of its own, and no test that is silently skipped."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

import app
from activation_core import short_signature
from app import Parts, Settings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With NO_SKIPS set, as in CI, a test that could not run here has failed."""
    report = yield
    if report.skipped and os.environ.get("NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {call.excinfo and call.excinfo.value}"
    return report


@pytest.fixture(scope="session", autouse=True)
def public_keys_once():
    """A public key takes a fifth of a second, and worlds of one seed ask for the same one hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_signature, "public_key", cache(short_signature.public_key))
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An instance of its own, with an operator, and with signatures checked."""
    return Settings(
        database_url=f"sqlite:///{tmp_path}/clearinghouse.db",
        key_folder=f"{tmp_path}/keys",
        machine_folder=f"{tmp_path}/machine",
        machine_profile="lab-bench",
        operator_number="+12125550143",
        public_url="https://activation.example",
        site_folder=f"{tmp_path}/site",
        twilio_auth_token="a token of these tests",
    )


@pytest.fixture
def parts(settings: Settings) -> Parts:
    return Parts(settings)


@pytest.fixture(scope="session")
def books():
    return {path.stem: app.wording.parse(path.stem, app._read(path)) for path in app.DATA.glob("prompts/*.toml")}
