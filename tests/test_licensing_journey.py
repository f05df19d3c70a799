"""The whole life of a licensed computer in a terminal; and a staged site, with each command that it prints."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import app

HOUSE = Path(__file__).parents[1]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`app.py` on an instance of its own. What it writes; where the status is not the expected one, the test ends.

    Each command opens everything anew, as a process of its own does; some of the staged site below are such.
    """
    for name, value in {
        "DATABASE_URL": f"sqlite:///{tmp_path}/clearinghouse.db",
        "KEY_FOLDER": f"{tmp_path}/keys",
        "MACHINE_FOLDER": f"{tmp_path}/quay",
        "MACHINE_PROFILE": "lab-bench",
        "SITE_FOLDER": f"{tmp_path}/site",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, status: int = 0, typed: str = "") -> str:
        app.parts_of_this_run.cache_clear()
        done = CliRunner().invoke(app.main, arguments, input=typed, catch_exceptions=False)
        app.parts_of_this_run.cache_clear()
        assert done.exit_code == status, done.output
        return done.stdout + done.stderr

    return run


def test_the_whole_life_of_a_licensed_computer_in_a_terminal(run: Callable[..., str], tmp_path: Path) -> None:
    """Done when 3."""

    def read(*arguments: str, **more: Any) -> Any:
        return json.loads(run(*arguments, "--json", **more))

    def confirmed(asked: dict[str, Any]) -> str:
        return run("confirm", asked["installation_id"], "--json")

    # a fresh install reminds of the activation, which is done by telephone
    assert "Not activated" in run("licensing", "logon")
    run("licensing", "product-key", typed=run("issue", "product-keys", "1"))
    asked = read("licensing", "installation-id")
    assert "Activated." in run("licensing", "activate", "--confirmation-id", typed=confirmed(asked))
    assert run("licensing", "logon") == ""

    # two packs are bought and added by Internet, and backed up
    codes = run("issue", "license-codes", "1", "--pack", "5-device") + run(
        "issue", "license-codes", "1", "--pack", "20-user"
    )
    assert read("licensing", "add", "--internet", typed=codes)["installed"] == 30
    backup = str(tmp_path / "backup.json")
    run("licensing", "back-up", backup)

    # the store is lost, and restored
    (tmp_path / "quay/product-1/licences.json").write_text("{")
    assert "The file of the" in run("licensing", "list", status=1)
    run("licensing", "restore", backup)
    assert read("licensing", "list")["installed"] == 30

    # the hardware is another, so it is activated again, and the licenses cannot be installed by a reissue
    assert read("machine", "change-part", "disk")["state"] == "activated"
    assert read("licensing", "--machine", "ship-bridge", "status")["state"] == "reactivation_needed"
    assert "reactivate_by_telephone" in run("licensing", "activate", "--internet", status=1)
    asked = read("licensing", "installation-id")
    run("licensing", "activate", "--confirmation-id", typed=confirmed(asked))
    assert read("licensing", "list")["installed"] == 5
    assert "transfer_needed" in run("licensing", "add", "--reissue", "--internet", typed=codes, status=1)
    assert "other_computer" in run("licensing", "restore", backup, status=1)

    # they are transferred by telephone
    run("licensing", "transfer", typed=codes)
    assert "transfer_by_telephone" in run("licensing", "accept", "--internet", status=1)
    for number, box in enumerate(read("licensing", "ids")["boxes"], 1):
        run("licensing", "accept", str(number), typed=confirmed(box))
    assert read("licensing", "list")["installed"] == 30

    # the licensing mode is changed, once
    run("licensing", "mode", "change", "--yes")
    assert read("licensing", "pool", "add")["licences"] == 30
    assert "mode_never_goes_back" in run("licensing", "mode", "change", "--to", "per_server", "--yes", status=1)


def staged(folder: Path, seed: int) -> Any:
    return json.loads(stage(folder, seed, "--json").stdout)


def stage(folder: Path, seed: int, *options: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app.main, ["site", "stage", str(folder), "--seed", str(seed), *options])
    assert result.exit_code == status, result.output
    return result


def test_the_same_seed_stages_the_same_site(tmp_path: Path) -> None:
    one, two, other = (staged(tmp_path / name, seed) for name, seed in (("one", 7), ("two", 7), ("three", 8)))
    assert json.dumps(one).replace(f"{tmp_path}/one", f"{tmp_path}/two") == json.dumps(two)
    assert one["papers"] != other["papers"]
    keys = [
        sorted((path.name, path.read_text()) for path in tmp_path.glob(f"{name}/*/keys/*")) for name in ("one", "two")
    ]
    assert keys[0] == keys[1] != []


@pytest.mark.skipif(os.name != "posix", reason="the printed commands are for such shells")
def test_each_command_that_a_staged_site_prints_works(tmp_path: Path) -> None:
    """The first command of each group in a shell and a process of its own, and those with a pipe; the others here."""
    told = staged(tmp_path / "site", 1)
    assert set(told["servers"]) == {"quay", "pier", "mole"}
    said, groups = "", set()
    for step in told["next"]:
        group = shlex.split(step["command"])[4]
        needs_a_shell = "|" in step["command"] or group not in groups
        groups.add(group)
        said += (in_a_shell if needs_a_shell else in_this_process)(step["command"])
    assert groups == {"licensing", "machine", "confirm"}
    for line in ("Restored: ", "Activated by the manufacturer.", "Logged on.", "30, 5 of them included"):
        assert line in said


def in_a_shell(command: str) -> str:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def in_this_process(command: str) -> str:
    python, program, *arguments = shlex.split(command)
    assert [Path(python).absolute(), Path(program).absolute()] == [Path(sys.executable), HOUSE / "app.py"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", {**os.environ})  # into which the settings of the server are read
        app.parts_of_this_run.cache_clear()
        done = CliRunner().invoke(app.main, arguments, catch_exceptions=False)
    app.parts_of_this_run.cache_clear()
    assert done.exit_code == 0, (command, done.output)
    return done.stdout


def test_a_site_is_staged_in_an_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    refused = stage(tmp_path, 1, status=1).stderr
    assert "There is something in" in refused
    assert refused.count("\n") == 1
