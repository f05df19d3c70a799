"""Fixtures for every test: settings under which the whole application runs in a folder of its own."""

from pathlib import Path

import pytest

from app import Settings


@pytest.fixture
def app_settings(tmp_path: Path) -> Settings:
    """Settings of a fresh demo: its own database, keys and licensed computer (the ship's bridge), no carrier."""
    return Settings(
        database_url=f"sqlite:///{tmp_path}/clearinghouse.db",
        key_folder=str(tmp_path / "keys"),
        machine_folder=str(tmp_path / "machine"),
        machine_profile="ship-bridge",
    )
