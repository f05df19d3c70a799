"""Back Up and Restore License: licences only, on the same computer only, and each pack proves itself."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from licensed_computers import ADA, BOB, ISSUING_KEY, NOW, PRODUCT, activated, add, hardware, license_code

from activation_core import codes
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from activation_core.machine import backup, kept_file
from activation_core.machine.backup import Restored, Standing
from activation_core.machine.cal_store import CalStore
from activation_core.machine.kept_file import Damaged
from activation_core.machine.server import Server
from activation_core.refusals import Refusal


class Site:
    """One computer with two packs and a backup of them."""

    def __init__(self, folder: Path) -> None:
        self.home, self.file = folder / "computer", folder / "licences of march.json"
        self.open()
        add(self.store, 501)
        add(self.store, 502, grant=1)
        assert self.back_up() is None

    def open(self, name: str = "first") -> "Site":
        self.server = activated(self.home, name)
        self.store = CalStore(self.server)
        return self

    def back_up(self, **options: bool) -> Refusal | None:
        return backup.back_up(self.server, self.store, ADA, self.file, NOW, **options)

    def restore(self, standing: Standing = "unknown") -> Restored | Refusal:
        return backup.restore(self.server, self.store, ADA, self.file, NOW, lambda _: standing)

    def lose(self) -> None:
        (self.home / "licences.json").unlink()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def serials(restored: Restored | Refusal) -> list[int]:
    assert isinstance(restored, Restored), restored
    return [pack.serial for pack in restored.packs]


def test_rule_43_it_holds_licences_only_and_is_readable(site: Site) -> None:
    kept = json.loads(site.file.read_text())

    assert kept["what"] == "license backup"
    assert set(kept["kept"]) == {"product", "made_at", "packs"}
    assert [set(pack) for pack in kept["kept"]["packs"]] == [{"code", "installation_id", "confirmation_id", "at"}] * 2
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o600


def test_rule_44_it_restores_what_was_lost_on_the_same_computer(site: Site) -> None:
    before = site.store.licences.packs
    site.lose()
    assert site.open().store.installed.total == 5

    assert serials(site.restore()) == [501, 502]
    assert site.open().store.licences.packs == before
    assert site.store.installed.total == 30


def test_rule_44_and_what_was_damaged_which_is_kept_for_those_who_look_into_it(site: Site) -> None:
    (site.home / "licences.json").write_text("{")
    site.open()

    assert serials(site.restore()) == [501, 502]
    assert site.open().store.installed.total == 30
    assert (site.home / "licences.damaged").read_text() == "{"


def test_rule_44_another_computer_is_told_to_transfer_by_telephone(site: Site, tmp_path: Path) -> None:
    other = activated(tmp_path / "other", "other", serial=2)
    refused = backup.restore(other, CalStore(other), ADA, site.file, NOW)

    assert refused == Refusal("other_computer")
    assert isinstance(refused, Refusal)
    assert "by telephone" in refused.next_step
    assert CalStore(other).installed.total == 5


def test_rule_44_a_small_change_of_the_hardware_is_the_same_computer(site: Site) -> None:
    site.lose()
    changed = Server(site.home, PRODUCT, hardware("first") | {"memory": "more"}, NOW)

    assert serials(backup.restore(changed, CalStore(changed), ADA, site.file, NOW)) == [501, 502]


def test_rule_46_both_need_an_activated_server(site: Site, tmp_path: Path) -> None:
    new = Server(tmp_path / "new", PRODUCT, hardware("first"), NOW)

    assert backup.back_up(new, CalStore(new), ADA, tmp_path / "file", NOW) == Refusal("activate_first")
    assert backup.restore(new, CalStore(new), ADA, site.file, NOW) == Refusal("activate_first")


def test_rule_52_both_are_for_administrators(site: Site) -> None:
    refused = backup.back_up(site.server, site.store, BOB, site.file, NOW, replace=True)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_allowed"
    refused = backup.restore(site.server, site.store, BOB, site.file, NOW)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_allowed"


def test_rule_45_without_a_backup_it_says_that_a_reissue_is_the_way(site: Site) -> None:
    site.file.unlink()

    refused = site.restore()
    assert isinstance(refused, Refusal)
    assert refused.code == "no_such_file"
    assert "reissue" in refused.next_step


def test_where_only_the_included_are_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    fresh = activated(tmp_path / "fresh")

    refused = backup.back_up(fresh, CalStore(fresh), ADA, tmp_path / "file", NOW)
    assert refused == Refusal("nothing_to_back_up")
    assert not (tmp_path / "file").exists()


def test_a_file_is_replaced_only_where_that_is_said(site: Site) -> None:
    add(site.store, 503)
    before = site.file.read_bytes()

    assert site.back_up() == Refusal("file_exists")
    assert site.file.read_bytes() == before
    assert site.back_up(replace=True) is None
    site.lose()
    assert serials(site.open().restore()) == [501, 502, 503]


def test_a_backup_goes_into_a_folder_that_is_there(site: Site) -> None:
    site.file = site.file.parent / "no such folder" / "file"

    assert site.back_up() == Refusal("no_such_folder")


def test_a_backup_replaces_nothing_but_a_backup(site: Site) -> None:
    site.file = site.home / "activation.json"
    before = site.file.read_bytes()

    assert site.back_up(replace=True) == Refusal("file_exists")
    assert site.file.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_no_note(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.store.licences

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        site.back_up(replace=True)
    assert site.store.licences == before


def test_restoring_twice_changes_nothing(site: Site) -> None:
    before = site.store.licences

    assert serials(site.restore()) == [501, 502]
    assert site.store.licences == before


def test_an_automatic_copy_can_be_restored_as_well(site: Site) -> None:
    site.file = sorted((site.home / "copies").glob("licences-*"))[-1]
    site.lose()

    assert serials(site.open().restore()) == [501, 502]


# Licences that were transferred away


def test_what_was_given_up_since_is_left_out(site: Site) -> None:
    site.store.give_up(ADA, license_code(501).text, NOW)
    site.lose()

    restored = site.open().restore()
    assert serials(restored) == [502]
    assert isinstance(restored, Restored)
    assert [(pack.serial, refusal.code) for pack, refusal in restored.left_out] == [(501, "given_up")]


def test_what_was_all_given_up_is_refused(site: Site) -> None:
    for serial in (501, 502):
        site.store.give_up(ADA, license_code(serial).text, NOW)

    assert site.restore() == Refusal("given_up")


def test_the_clearinghouse_is_asked_where_it_can_be_reached(site: Site) -> None:
    site.lose()
    site.open()

    assert site.restore("moved") == Refusal("given_up")
    restored = site.restore("current")
    assert isinstance(restored, Restored)
    assert (len(restored.packs), restored.unchecked) == (2, ())


def test_what_could_not_be_checked_is_said(site: Site) -> None:
    site.lose()
    restored = site.open().restore("unknown")

    assert isinstance(restored, Restored)
    assert restored.unchecked == restored.packs


def test_what_was_transferred_to_changed_hardware_is_not_replaced_by_its_old_form(site: Site) -> None:
    site.open("changed")
    add(site.store, 501, operation=Operation.TRANSFER)
    before = site.store.installed

    assert site.restore() == Refusal("other_computer")
    assert site.store.installed == before


# The file itself


@pytest.mark.parametrize("damage", ["cut", "edited", "swapped", "empty"])
def test_a_file_that_is_not_what_was_written_is_refused_with_what_to_do(site: Site, damage: str) -> None:
    text = site.file.read_text()
    if damage == "swapped":
        site.file.write_bytes((site.home / "activation.json").read_bytes())
    else:
        site.file.write_text(
            {"cut": text[: len(text) // 2], "edited": text.replace("2026", "2027"), "empty": ""}[damage]
        )

    with pytest.raises(Damaged, match="Choose another backup or an automatic copy"):
        site.restore()


def test_a_backup_without_licences_of_this_product_is_refused(site: Site) -> None:
    kept_file.write_to(site.file, backup.Backup(PRODUCT.number, NOW, ()), "license backup")
    assert site.restore() == Refusal("nothing_to_restore")

    strangers = replace(site.store.licences.packs[0], code=codes.issue(Kind.LICENSE_CODE, 8, 501, ISSUING_KEY).text)
    kept_file.write_to(site.file, backup.Backup(8, NOW, (strangers,)), "license backup")
    assert site.restore() == Refusal("nothing_to_restore")


def test_a_backup_that_was_forged_and_sealed_again_is_refused(site: Site) -> None:
    first, second = site.store.licences.packs
    forged = (replace(first, confirmation_id=second.confirmation_id), second)
    kept_file.write_to(site.file, backup.Backup(PRODUCT.number, NOW, forged), "license backup")

    with pytest.raises(Damaged, match="holds a pack that the clearinghouse did not confirm"):
        site.restore()


def test_a_backup_of_a_code_that_is_none_is_refused(site: Site) -> None:
    nonsense = (replace(site.store.licences.packs[0], code="nonsense"),)
    kept_file.write_to(site.file, backup.Backup(PRODUCT.number, NOW, nonsense), "license backup")

    with pytest.raises(Damaged, match="holds a code that is none"):
        site.restore()


def test_licences_that_were_forged_and_sealed_again_are_set_aside_for_a_backup(site: Site) -> None:
    kept = site.store.licences
    first, second = kept.packs
    forged = replace(kept, packs=(replace(first, confirmation_id=second.confirmation_id), second))
    kept_file.write_to(site.home / "licences.json", forged, "licences")
    with pytest.raises(Damaged):
        _ = site.store.licences

    restored = site.restore()

    assert isinstance(restored, backup.Restored)
    assert site.store.licences.packs == (first, second)
