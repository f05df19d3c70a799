"""Files of others: each is named with its version, license and hash, and is the file that was published."""

import hashlib
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
FOLDERS = sorted(
    path.parent for room in ("ivr", "activation_core", "data") for path in HOUSE.glob(f"{room}/**/VENDOR.toml")
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(HOUSE)))
def test_every_vendored_file_is_the_one_that_is_named(folder):
    listed = tomllib.loads((folder / "VENDOR.toml").read_text("utf-8"))["file"]

    assert {each["path"] for each in listed} == {path.name for path in folder.iterdir()} - {"VENDOR.toml"}
    for each in listed:
        assert hashlib.sha256((folder / each["path"]).read_bytes()).hexdigest() == each["sha256"]
        assert all(each[name] for name in ("package", "version", "license", "license_text", "purpose"))


def test_there_are_vendored_files():
    assert FOLDERS
