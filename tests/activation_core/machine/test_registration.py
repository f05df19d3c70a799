"""Registration is optional, for people, and never linked to an activation."""

from datetime import date
from pathlib import Path

import pytest
from licensed_computers import activated

from activation_core.machine.registration import Registration, RegistrationStore

ON = date(2026, 3, 1)


def test_rule_01_it_is_optional_and_apart_from_activation(tmp_path: Path) -> None:
    server = activated(tmp_path)
    store = RegistrationStore(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.json")}
    assert store.read() is None

    store.register(Registration("Ada", ON, "Harbor Office", "1 Quay", "ada@example.org"))

    assert store.read() == Registration("Ada", ON, "Harbor Office", "1 Quay", "ada@example.org")
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.json") if path.name in before} == before
    kept = (tmp_path / "registration.json").read_text()
    confirmed = server.activation.confirmed
    assert confirmed
    for secret in (server.activation.product_key, confirmed.installation_id, confirmed.confirmation_id):
        assert secret not in kept


def test_rule_02_activation_needs_no_registration(tmp_path: Path) -> None:
    activated(tmp_path)

    assert RegistrationStore(tmp_path).read() is None


def test_whoever_registers_gives_a_name_and_may_change_it(tmp_path: Path) -> None:
    store = RegistrationStore(tmp_path)

    with pytest.raises(ValueError, match="needs a name"):
        store.register(Registration("  ", ON))
    store.register(Registration("Ada", ON))
    store.register(Registration("Bob", ON))
    assert RegistrationStore(tmp_path).read() == Registration("Bob", ON)
