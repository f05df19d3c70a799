"""What many tests need: the real data, a clearinghouse in a folder of its own, and no test that is silently skipped."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import once
import postgres_server
import pytest

import app
from activation_core.clearinghouse import keys
from activation_core.clearinghouse.stores import open_store
from app import Parts, Settings
from ivr.wording import parse
from wiring.data_files import read_toml
from wiring.settings import settings_in

MEMORY, ROOM = Path("/dev/shm"), 2 << 30  # bytes


def pytest_configure():
    """Folders are made in memory where there is room: nobody cuts the power of a test, which has to wait for a disk.

    Whatever is asked of the system is the same, fsync included; a killed process leaves the same files.
    """
    if "TMPDIR" in os.environ or not MEMORY.is_dir():
        return
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC  # as some tests make them
    if runs_programs and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked for before


def pytest_collection_modifyitems(items):
    """Whole journeys and browsers first: at the end all cores would wait for the one that has the last of them."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.parent not in (here, here / "pages"))


def pytest_collection_finish():
    """What was collected stays to the end: the collector of garbage need not walk through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: a test that waits for a browser, a server or a clock leaves its own to another."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With NO_SKIPS set, as in CI, a test that could not run here has failed."""
    report = yield
    if report.skipped and os.environ.get("NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {call.excinfo and call.excinfo.value}"
    return report


@pytest.fixture(scope="session", autouse=True)
def worked_out_once():
    """A pairing takes a tenth of a second, and an application nearly that: there are hundreds of both."""
    with pytest.MonkeyPatch.context() as patch:
        once.pairings(patch)
        once.data_files(patch)
        once.routes(patch)
        yield


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of all instances, made once: their public keys take half a second."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    keys.open_keys(folder, app.read_products(), False, secrets.token_bytes)
    return folder


@pytest.fixture
def settings(tmp_path: Path, made_keys: Path) -> Settings:
    """An instance of its own, with an operator, and with signatures checked."""
    shutil.copytree(made_keys, tmp_path / "keys")
    return settings_in(
        tmp_path,
        local_pages="on",
        machine_profile="lab-bench",
        operator_number="+12125550143",
        public_url="https://activation.example",
        speech="off",  # a voice takes seconds to start; tests of sound ask for one
        twilio_auth_token="a token of these tests",
    )


@pytest.fixture
def parts(settings: Settings) -> Parts:
    return Parts(settings)


@pytest.fixture(scope="session")
def postgres():
    """A real server, for all tests of this process."""
    with postgres_server.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind: for what is true of every store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/clearinghouse.db"
    return request.getfixturevalue("postgres").fresh()


@pytest.fixture
def open_stores():
    """Opens the stores of this test, and closes them after it."""
    opened = []

    def open_one(url: str, busy_seconds: float = 10, replica_url: str = ""):
        opened.append(open_store(url, busy_seconds, replica_url))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture(scope="session")
def books():
    return {path.stem: parse(path.stem, read_toml(path)) for path in app.DATA.glob("prompts/*.toml")}
