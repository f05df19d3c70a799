"""Add License and Transfer License without a script: codes, a Confirmation ID for each, and what is refused."""

import re

import pytest
from computer_screen import Screen, masked

from activation_core.refusals import REASONS

BY_TELEPHONE = "?kind=new&method=telephone&region=US"


def add(screen: Screen, code: str, wizard: str = f"/add/codes{BY_TELEPHONE}") -> Screen:
    return screen.send(wizard, do="add", code=code)


@pytest.mark.parametrize("wizard", ["add", "transfer", "back-up", "restore"])
def test_rule_27_and_46_the_server_is_activated_first(screen: Screen, wizard: str) -> None:
    screen.open(f"/{wizard}")

    assert REASONS["activate_first"].words in screen.words
    assert "Activate Your Server" in screen.words
    assert "Next" not in screen.words


@pytest.mark.parametrize("wizard", ["add", "transfer", "back-up", "restore"])
def test_rule_2_the_first_page_of_each_wizard_links_the_privacy_policy(screen: Screen, wizard: str) -> None:
    screen.activated().open(f"/{wizard}")

    assert "No name and no other personal data is needed" in screen.words
    assert 'href="/machine/privacy"' in screen.html.partition("<main")[2]


def test_rule_28_and_36_new_and_internet_are_proposed(screen: Screen) -> None:
    screen.activated()

    assert re.search(r'value="new" checked', screen.open("/add/kind").html)
    assert re.search(r'value="internet" checked', screen.open("/add/method").html)
    assert "Only if you do not have an Internet connection." in screen.words


def test_rule_37_a_code_is_added_checked_deleted_and_typed_again(screen: Screen) -> None:
    screen.activated()
    right, wrong = screen.license_code(), screen.license_code()
    add(screen, wrong)
    assert wrong in screen.words  # whole, to be compared with the paper
    entry = re.search(r'name="entry" value="(\d+)"', screen.html)
    assert entry

    screen.send(f"/add/codes{BY_TELEPHONE}", do="delete", entry=entry[1])
    assert "The list is empty" in screen.words
    add(screen, right)

    assert "1 code in the list" in screen.words
    assert wrong not in screen.html


def test_rule_37_what_stands_in_the_box_is_added_when_somebody_goes_on(screen: Screen) -> None:
    screen.activated().send(f"/add/codes{BY_TELEPHONE}", do="next", code=screen.license_code())

    assert screen.at == "/add/region"


def test_a_mistyped_code_is_kept_and_its_group_named(screen: Screen) -> None:
    code = screen.activated().license_code()
    mistyped = code[:12] + ("2" if code[12] != "2" else "3") + code[13:]
    add(screen, mistyped)

    assert "Group 3 does not match" in screen.words
    assert f'value="{mistyped}"' in screen.html


def test_an_empty_list_is_no_way_on(screen: Screen) -> None:
    screen.activated().send(f"/add/codes{BY_TELEPHONE}", do="next", code="")
    assert "The list is empty. Type a license code" in screen.words

    assert screen.open(f"/add/confirmation{BY_TELEPHONE}").at == "/add/codes"


def test_rule_38_each_code_has_an_installation_id_and_a_confirmation_id_of_its_own(screen: Screen) -> None:
    screen.activated()
    codes = [screen.license_code("5-device"), screen.license_code("20-user")]
    for code in codes:
        add(screen, code)
    screen.open(f"/add/confirmation{BY_TELEPHONE}")
    assert f"IID 1 of 2: {masked(codes[0])}" in screen.words
    first = screen.shown_id

    screen.send(f"/add/confirmation{BY_TELEPHONE}", iid="1", block=screen.answer())
    assert f"IID 2 of 2: {masked(codes[1])}" in screen.words
    assert screen.shown_id != first
    screen.send(f"/add/confirmation{BY_TELEPHONE}", iid="2", block=screen.answer())

    assert screen.at == "/add/done"
    assert "✓ 5 device licenses" in screen.words
    assert "✓ 20 user licenses" in screen.words
    assert screen.computer().cals.installed.total == 30


def test_rule_38_a_confirmation_id_in_anothers_box_is_told_which_one_it_belongs_to(screen: Screen) -> None:
    screen.activated()
    for _ in range(2):
        add(screen, screen.license_code())
    second = screen.open(f"/add/confirmation{BY_TELEPHONE}&iid=2").answer()

    screen.send(f"/add/confirmation{BY_TELEPHONE}", iid="1", block=second)

    assert "It belongs to IID 2 of 2" in screen.words
    assert "".join(screen.typed).replace(" ", "") == "".join(second)


def test_rule_54_number_installation_id_and_boxes_are_on_one_page_for_a_license_code_too(screen: Screen) -> None:
    add(screen.activated(), screen.license_code())
    screen.open(f"/add/confirmation{BY_TELEPHONE}")

    assert "Confirmation information" in screen.words
    assert "1 (800) 555-0199" in screen.words
    assert (len(screen.shown_id), screen.typed) == (7, [""] * 13)


def test_rule_39_the_page_asks_for_pen_and_paper(screen: Screen) -> None:
    add(screen.activated(), screen.license_code())

    assert "A pen and paper" in screen.open(f"/add/confirmation{BY_TELEPHONE}").words


def test_rule_29_several_codes_are_added_by_internet_in_one_run(screen: Screen) -> None:
    screen.activated()
    for pack in ("5-device", "20-device"):
        add(screen, screen.license_code(pack), "/add/codes?kind=new&method=internet")

    screen.send("/add/internet?kind=new&method=internet")

    assert "All licenses of this run are installed" in screen.words
    assert screen.computer().cals.installed.total == 30


def test_rule_42_a_code_that_cannot_be_verified_is_named_and_the_others_are_installed(screen: Screen) -> None:
    screen.activated()
    good, withdrawn = screen.license_code(), screen.license_code()
    screen.parts.desk.revoke(withdrawn, screen.computer().server.activation.clock.reading)
    for code in (withdrawn, good):
        add(screen, code, "/add/codes?kind=new&method=internet")

    screen.send("/add/internet?kind=new&method=internet")

    assert "1 of 2 codes could not be activated" in screen.words
    assert f"The code cannot be verified ({masked(withdrawn)})" in screen.words.replace("( ", "(")
    assert "✓ 5 device licenses installed" in screen.words
    assert REASONS["revoked"].words in screen.words


def test_rule_41_and_35_the_end_asks_for_a_refresh_and_a_backup(screen: Screen) -> None:
    add(screen.activated(), screen.license_code(), "/add/codes?method=internet")
    screen.send("/add/internet?method=internet")
    assert "Refresh Manage Your Licenses" in screen.words

    assert screen.send("/add/done", back_up="yes").at == "/back-up/welcome"
    assert screen.computer().cals.licences.entries == ()


def test_codes_without_an_answer_wait_for_the_next_visit(screen: Screen) -> None:
    code = screen.activated().license_code()
    add(screen, code)
    assert "1 of 1 codes still waits" in screen.open(f"/add/done{BY_TELEPHONE}").words

    screen.send(f"/add/done{BY_TELEPHONE}", finish="yes")

    assert code in screen.open(f"/add/codes{BY_TELEPHONE}").words


def test_rule_30_lost_licenses_are_installed_again_on_the_same_computer(screen: Screen) -> None:
    code = screen.activated().with_pack()
    (screen.computer().server.home / "licences.json").unlink()

    add(screen, code, "/add/codes?kind=reissue&method=internet")
    screen.send("/add/internet?kind=reissue&method=internet")

    assert "All licenses of this run are installed" in screen.words
    assert "Installed the licenses" in screen.open("/history").words


def test_rule_31_a_reissue_after_changed_hardware_leads_to_the_transfer(screen: Screen) -> None:
    code = screen.activated().with_pack()
    moved = screen.on_other_hardware().activated()

    add(moved, code, "/add/codes?kind=reissue&method=internet")

    assert REASONS["transfer_needed"].words in moved.words
    assert "Transfer License Wizard" in moved.words


def test_rule_32_and_33_a_transfer_is_prepared_and_done_by_telephone(screen: Screen) -> None:
    code = screen.activated().with_pack("20-device")
    moved = screen.on_other_hardware().activated().open("/transfer")
    assert moved.at == "/transfer/prerequisites"
    for needed in ("This server, activated", "The license codes, at hand", "an Installation ID for each license code"):
        assert needed in moved.words

    add(moved, code, "/transfer/codes?region=US")
    assert moved.send("/transfer/codes?region=US", do="next", code="").at == "/transfer/region"
    moved.open("/transfer/confirmation?region=US")
    moved.send("/transfer/confirmation?region=US", iid="1", block=moved.answer())

    assert moved.at == "/transfer/done"
    assert moved.computer().cals.installed.total == 25


def test_rule_32_a_transfer_has_no_page_for_the_internet(screen: Screen) -> None:
    assert screen.activated().open("/transfer/internet").last.status_code == 404


def test_rule_34_a_code_of_an_earlier_version_is_refused(screen: Screen) -> None:
    old = screen.parts.products[3].pack("5-device")
    code = screen.parts.desk.issue(3, 1, old, lambda limit: 7, screen.computer().server.activation.clock.reading)[0]

    add(screen.activated(), code.shown)

    assert "Buy new or upgrade licenses" in screen.words


@pytest.mark.parametrize("person", ["bob", "eve"])
def test_rule_52_only_administrators_get_past_the_first_page(screen: Screen, person: str) -> None:
    screen.activated().working_as(person)
    assert REASONS["not_allowed"].words in screen.open("/add").words

    add(screen, screen.license_code())

    assert REASONS["not_allowed"].words in screen.words
    assert screen.computer().cals.licences.entries == ()


def test_a_page_that_no_wizard_has_is_not_found(screen: Screen) -> None:
    for path in ("/add/file", "/restore/codes", "/add/nothing", "/remove"):
        assert screen.open(path).last.status_code == 404


def test_a_form_that_was_made_up_is_no_defect(screen: Screen) -> None:
    add(screen.activated(), screen.license_code())
    for path, fields in (
        (f"/add/confirmation{BY_TELEPHONE}", {"iid": "99", "block": ["1"] * 99}),
        (f"/add/confirmation{BY_TELEPHONE}", {}),
        ("/add/codes", {"do": "delete", "entry": "no"}),
        ("/add/codes", {"do": "add", "code": "9" * 5000}),
        ("/add/kind", {"kind": "<script>"}),
        ("/transfer/confirmation", {"block": "1"}),
    ):
        assert screen.send(path, **fields).last.status_code == 200, path
