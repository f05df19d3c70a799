"""The licences of one server in their file: who may, in which order, and that nothing is lost or made up."""

import json
from pathlib import Path

import pytest
from licensed_computers import ADA, BOB, EVE, NOW, PRODUCT, activated, add, answer, hardware, license_code

from activation_core import codes
from activation_core.cals import Licences
from activation_core.installation_id import Operation
from activation_core.machine import kept_file
from activation_core.machine.cal_store import CalStore
from activation_core.machine.kept_file import Damaged
from activation_core.machine.server import Server
from activation_core.refusals import Refusal
from activation_core.roles import Actor


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "computer"


@pytest.fixture
def store(home: Path) -> CalStore:
    return CalStore(activated(home))


def reopened(home: Path, name: str = "first") -> CalStore:
    """After a restart, on hardware of this name."""
    return CalStore(Server(home, PRODUCT, hardware(name), NOW))


def test_rule_19_a_fresh_server_has_the_five_that_are_included(store: CalStore) -> None:
    assert store.installed.total == 5


def test_rule_29_what_was_added_is_there_after_a_restart(home: Path, store: CalStore) -> None:
    add(store, 501, 502, grant=1)

    assert reopened(home).installed.total == 45
    assert reopened(home).licences == store.licences


def test_rule_27_the_server_is_activated_first(home: Path) -> None:
    store = reopened(home)

    assert store.add_code(ADA, Operation.ADD, license_code(501).text, NOW) == Refusal("activate_first")
    assert store.add_code(ADA, Operation.TRANSFER, license_code(501).text, NOW) == Refusal("activate_first")
    assert store.accept(ADA, 1, "0" * 91, NOW) == Refusal("activate_first")
    assert store.give_up(ADA, license_code(501).text, NOW) == Refusal("activate_first")
    assert store.restore(ADA, (), NOW) == Refusal("activate_first")


@pytest.mark.parametrize("actor", [BOB, EVE])
def test_rule_52_only_an_administrator_changes_licences(store: CalStore, actor: Actor) -> None:
    add(store, 501)
    before = store.licences

    for refused in (
        store.add_code(actor, Operation.ADD, license_code(502).text, NOW),
        store.remove_code(actor, 1, NOW),
        store.accept(actor, 1, "0" * 91, NOW),
        store.give_up(actor, license_code(501).text, NOW),
        store.restore(actor, before.packs, NOW),
    ):
        assert refused is not None
        assert refused.code == "not_allowed"
    assert store.licences == before


def test_rule_31_after_a_change_of_hardware_the_server_comes_first_and_then_a_transfer(home: Path) -> None:
    add(CalStore(activated(home)), 501)
    changed = reopened(home, "changed")
    assert changed.add_code(ADA, Operation.REISSUE, license_code(501).text, NOW) == Refusal("activate_first")

    changed = CalStore(activated(home, "changed"))
    assert changed.installed.total == 5
    assert changed.add_code(ADA, Operation.REISSUE, license_code(501).text, NOW) == Refusal("transfer_needed")
    add(changed, 501, operation=Operation.TRANSFER)
    assert changed.installed.total == 10


# Given up


def test_what_is_given_up_counts_no_more_and_comes_back_by_transfer_only(home: Path, store: CalStore) -> None:
    add(store, 501, 502)

    assert store.give_up(ADA, license_code(501).text, NOW) is None
    assert store.installed.total == 10
    for operation in (Operation.ADD, Operation.REISSUE):
        refused = reopened(home).add_code(ADA, operation, license_code(501).text, NOW)
        assert refused == Refusal("transfer_needed")
    add(store, 501, operation=Operation.TRANSFER)
    assert (store.installed.total, store.given_up) == (15, frozenset())


def test_a_crash_while_giving_up_does_not_leave_it_in_force(
    home: Path, store: CalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, 501)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("activation_core.cals.give_up", crash)
        with pytest.raises(KeyboardInterrupt):
            store.give_up(ADA, license_code(501).text, NOW)

    assert reopened(home).installed.total == 5
    assert reopened(home).give_up(ADA, license_code(501).text, NOW) is None
    assert reopened(home).licences.packs == ()


def test_what_is_not_there_cannot_be_given_up(store: CalStore) -> None:
    assert store.give_up(ADA, license_code(501).text, NOW) == Refusal("no_such_pack")
    assert store.given_up == frozenset()


def test_an_installation_id_is_never_made_twice_even_after_the_licences_are_lost(home: Path, store: CalStore) -> None:
    made = set()
    for _ in range(3):
        assert store.add_code(ADA, Operation.TRANSFER, license_code(501).text, NOW) is None
        made.add(store.licences.entries[0].installation_id)
        (home / "licences.json").unlink()
        store = reopened(home)

    assert len(made) == 3


# The file


def test_rule_35_a_copy_is_made_before_every_change(home: Path, store: CalStore) -> None:
    first = add(store, 501)
    add(store, 502)

    copies = [kept_file.read_from(path, Licences, "licences") for path in sorted((home / "copies").glob("lic*"))]
    assert first in copies


def test_licences_that_nobody_confirmed_are_refused_whoever_sealed_them(home: Path, store: CalStore) -> None:
    add(store, 501)
    text = (home / "licences.json").read_text()
    pack = json.loads(text)["kept"]["packs"][0]
    pack["confirmation_id"] = answer(pack["installation_id"], codes.parse(pack["code"]), grant=1)
    pack["confirmation_id"] = pack["confirmation_id"][:7] + answer(pack["installation_id"], license_code(502))[7:]
    forged = {"packs": [pack], "operation": None, "entries": [], "history": []}
    kept_file.write_to(home / "licences.json", forged, "licences")

    with pytest.raises(Damaged, match=r"the clearinghouse did not confirm.*Put a copy or a backup"):
        _ = reopened(home).installed


def test_licences_that_were_copied_to_another_computer_do_not_count_there(
    tmp_path: Path, home: Path, store: CalStore
) -> None:
    add(store, 501)
    other = CalStore(activated(tmp_path / "other", "other", serial=2))
    (tmp_path / "other" / "licences.json").write_bytes((home / "licences.json").read_bytes())

    assert other.installed.total == 5
    assert [pack.serial for pack in other.installed.elsewhere] == [501]
