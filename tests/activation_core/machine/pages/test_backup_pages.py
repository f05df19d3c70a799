"""Back Up License and Restore License without a script."""

import os
from pathlib import Path

import pytest
from computer_screen import Screen, masked

from activation_core.refusals import REASONS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "usb").mkdir()
    return tmp_path / "usb"


def back_up(screen: Screen, folder: Path, name: str = "licenses.json", **more: str) -> Screen:
    return screen.send("/back-up/file", folder=str(folder), name=name, **more)


def test_rule_43_name_and_location_are_chosen_and_only_licenses_are_saved(screen: Screen, folder: Path) -> None:
    screen.activated().with_pack()
    assert "no system files" in screen.open("/back-up").words

    back_up(screen, folder)

    assert "The licenses of 1 license code are saved" in screen.words
    assert str(folder / "licenses.json") in screen.words
    assert [path.name for path in folder.iterdir()] == ["licenses.json"]


def test_a_file_is_replaced_only_when_somebody_says_so(screen: Screen, folder: Path) -> None:
    screen.activated().with_pack()
    (folder / "licenses.json").write_text("something else")

    assert "Replace the file that is there" in back_up(screen, folder).words
    assert (folder / "licenses.json").read_text() == "something else"
    assert "are saved" in back_up(screen, folder, replace="yes").words


@pytest.mark.parametrize(("name", "said"), [("../x.json", "no name of a file"), ("", "no name of a file")])
def test_a_name_is_no_path(screen: Screen, folder: Path, name: str, said: str) -> None:
    screen.activated().with_pack()

    assert said in back_up(screen, folder, name).words


def test_a_place_that_cannot_be_written_is_said_and_what_was_typed_is_kept(screen: Screen, folder: Path) -> None:
    screen.activated().with_pack()
    assert "There is no such folder" in back_up(screen, folder / "gone").words
    assert f'value="{folder / "gone"}"' in screen.html

    (folder / "licenses.json").mkdir()
    assert "cannot be read or written (is a directory" in back_up(screen, folder, replace="yes").words


def test_without_added_licenses_there_is_nothing_to_back_up(screen: Screen, folder: Path) -> None:
    assert REASONS["nothing_to_back_up"].words in back_up(screen.activated(), folder).words


def test_rule_44_lost_licenses_come_back_from_the_backup(screen: Screen, folder: Path) -> None:
    code = screen.activated().with_pack("20-user")
    back_up(screen, folder)
    (screen.computer().server.home / "licences.json").unlink()

    screen.send("/restore/file", path=str(folder / "licenses.json"))

    assert "1 license code is here again" in screen.words
    assert f"{masked(code)} 20 user licenses" in screen.words
    assert "Could not be checked" not in screen.words  # the clearinghouse was asked
    assert screen.computer().cals.installed.total == 25


def test_rule_44_a_damaged_store_is_restored_over(screen: Screen, folder: Path) -> None:
    screen.activated().with_pack()
    back_up(screen, folder)
    (screen.computer().server.home / "licences.json").write_text("{")
    assert "The file of the licences cannot be read" in screen.open().open().words

    screen.send("/restore/file", path=str(folder / "licenses.json"))

    assert "1 license code is here again" in screen.words


def test_rule_44_another_computer_is_led_to_the_transfer(screen: Screen, folder: Path) -> None:
    screen.activated().with_pack()
    back_up(screen, folder)

    moved = screen.on_other_hardware().activated().send("/restore/file", path=str(folder / "licenses.json"))

    assert REASONS["other_computer"].words in moved.words
    assert "Transfer License Wizard" in moved.words


def test_rule_45_without_a_backup_the_reissue_is_offered(screen: Screen, folder: Path) -> None:
    screen.activated().send("/restore/file", path=str(folder / "none.json"))

    assert REASONS["no_such_file"].words in screen.words
    assert "/machine/add/kind?kind=reissue" in screen.html
    assert f'value="{folder / "none.json"}"' in screen.html


def test_a_file_that_is_no_backup_is_said_in_a_sentence(screen: Screen, folder: Path) -> None:
    (folder / "letter.json").write_text("Dear customer")
    screen.activated()

    assert "cannot be read: it is cut off" in screen.send("/restore/file", path=str(folder / "letter.json")).words
    for path in (str(folder), os.devnull, ""):
        assert REASONS["no_such_file"].words in screen.send("/restore/file", path=path).words


def test_an_automatic_copy_can_be_restored(screen: Screen) -> None:
    screen.activated().with_pack()
    screen.with_pack()  # a copy of the licenses as they were is made first
    (screen.computer().server.home / "licences.json").unlink()
    copy = screen.computer().cals.copies()[-1]
    assert str(copy) in screen.open("/restore/file").html

    assert "here again" in screen.send("/restore/file", path="", copy=str(copy)).words
