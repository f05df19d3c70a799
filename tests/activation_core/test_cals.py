"""Client access licences: codes in a list, an Installation ID and a Confirmation ID each, and what counts."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from activation_core import cals, codes, confirmation_id, installation_id, short_signature
from activation_core.cals import HeldPack, Licences
from activation_core.codes import Code, Kind
from activation_core.installation_id import Operation
from activation_core.mistyped import Mistyped
from activation_core.products import Pack, Product
from activation_core.refusals import Refusal

ISSUING_KEY, SECRET = b"an issuing key", 0x1234567890ABCDEF << 180
PACKS = (Pack(5, "device"), Pack(20, "device"), Pack(5, "user"), Pack(20, "user", upgrade=True))
PRODUCT = Product(7, "Harbor", packs=PACKS, upgrades_from=(3,), public_keys={0: short_signature.public_key(SECRET)})
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHO = "ada"

KINDS = ("product_uuid", "disk", "network", "machine_id", "volume", "board", "cpu", "memory")
HARDWARE = {kind: f"the first {kind}" for kind in KINDS}
OTHER_COMPUTER = {kind: f"quite another {kind}" for kind in KINDS}

# The tags of some codes happen to agree; these do not.
FIRST, SECOND, THIRD = (codes.issue(Kind.LICENSE_CODE, 7, serial, ISSUING_KEY) for serial in (501, 502, 503))


_COUNT = itertools.count(1)


def counted() -> int:
    return next(_COUNT)


def listed(
    *some: Code, operation: Operation = Operation.ADD, of: Licences | None = None, on: dict[str, str] = HARDWARE
) -> Licences:
    licences = of or Licences()
    for code in some:
        after = cals.add_code(licences, operation, code.shown, on, PRODUCT, counted)
        assert isinstance(after, Licences), after
        licences = after
    return licences


def answer(licences: Licences, number: int, grant: int = 0) -> str:
    """What the clearinghouse says to the Installation ID in this box."""
    entry = licences.entries[number - 1]
    asked = installation_id.parse(entry.installation_id)
    return confirmation_id.sign(SECRET, asked, codes.parse(entry.code), grant).digits


def accepted(licences: Licences, number: int, text: str) -> Licences:
    after = cals.accept(licences, number, text, PRODUCT, WHO, NOW)
    assert isinstance(after, Licences), after
    return after


def added(*some: Code, of: Licences | None = None, grant: int = 0) -> Licences:
    licences = listed(*some, of=of)
    for number in range(1, len(some) + 1):
        licences = accepted(licences, number, answer(licences, number, grant))
    return cals.end_run(licences)


@pytest.fixture(scope="module")
def with_two() -> Licences:
    """Five for devices and twenty for devices."""
    return added(SECOND, of=added(FIRST), grant=1)


# What is installed


def test_rule_19_five_are_included_and_need_no_activation() -> None:
    fresh = cals.installed(Licences(), HARDWARE, PRODUCT)

    assert (fresh.included, fresh.total, fresh.packs) == (5, 5, ())


def test_rule_25_packs_are_of_five_or_twenty_and_the_confirmation_says_which(with_two: Licences) -> None:
    installed = cals.installed(with_two, HARDWARE, PRODUCT)

    assert [pack for _, pack in installed.packs] == [Pack(5, "device"), Pack(20, "device")]
    assert installed.total == 5 + 5 + 20


def test_on_another_computer_they_do_not_count(with_two: Licences) -> None:
    installed = cals.installed(with_two, OTHER_COMPUTER, PRODUCT)

    assert (installed.total, installed.elsewhere) == (5, with_two.packs)


# The list of codes


def test_rule_38_each_code_has_an_installation_id_of_its_own() -> None:
    licences = listed(FIRST, SECOND, THIRD)
    asked = [installation_id.parse(entry.installation_id) for entry in licences.entries]

    assert [one.serial for one in asked] == [501, 502, 503]
    assert {one.operation for one in asked} == {Operation.ADD}
    assert len({one.counter for one in asked}) == 3


def test_rule_37_a_wrong_code_is_deleted_from_the_list() -> None:
    after = cals.remove_code(listed(FIRST, SECOND), 1)

    assert isinstance(after, Licences)
    assert [entry.code for entry in after.entries] == [SECOND.text]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_there_is_no_box_of_another_number(number: int) -> None:
    licences = listed(FIRST, SECOND)

    assert cals.remove_code(licences, number) == Refusal("no_such_box", {"boxes": 2})
    assert cals.accept(licences, number, answer(licences, 1), PRODUCT, WHO, NOW) == Refusal("no_such_box", {"boxes": 2})


def test_a_code_is_listed_once() -> None:
    again = cals.add_code(listed(FIRST, SECOND), Operation.ADD, SECOND.shown.lower(), HARDWARE, PRODUCT, counted)

    assert again == Refusal("listed_already", {"box": 2})


def test_a_mistyped_code_names_its_group() -> None:
    with pytest.raises(Mistyped, match="group 1"):
        cals.add_code(Licences(), Operation.ADD, FIRST.shown[1:], HARDWARE, PRODUCT, counted)


@pytest.mark.parametrize(
    "wrong", [codes.issue(Kind.PRODUCT_KEY, 7, 1, ISSUING_KEY), codes.issue(Kind.LICENSE_CODE, 8, 1, ISSUING_KEY)]
)
def test_only_license_codes_of_this_product_are_taken(wrong: Code) -> None:
    assert cals.add_code(Licences(), Operation.ADD, wrong.text, HARDWARE, PRODUCT, counted) == Refusal(
        "no_license_code"
    )


def test_rule_34_licences_of_an_earlier_version_are_not_valid_here() -> None:
    earlier = codes.issue(Kind.LICENSE_CODE, 3, 1, ISSUING_KEY)

    assert cals.add_code(Licences(), Operation.ADD, earlier.text, HARDWARE, PRODUCT, counted) == Refusal(
        "earlier_version"
    )


def test_rule_34_upgrade_packs_count_as_others_do() -> None:
    installed = cals.installed(added(FIRST, grant=3), HARDWARE, PRODUCT)

    assert (installed.total, installed.packs[0][1].upgrade) == (25, True)


def test_another_operation_begins_another_list() -> None:
    licences = listed(SECOND, operation=Operation.TRANSFER, of=listed(FIRST))

    assert licences.operation is Operation.TRANSFER
    assert [entry.code for entry in licences.entries] == [SECOND.text]


def test_installation_ids_stay_the_same_until_the_hardware_is_another() -> None:
    licences = listed(FIRST, SECOND)

    assert cals.ask_again(licences, HARDWARE | {"memory": "more"}, PRODUCT, counted) == licences
    moved = cals.ask_again(licences, OTHER_COMPUTER, PRODUCT, counted)
    assert [entry.code for entry in moved.entries] == [entry.code for entry in licences.entries]
    assert not {one.installation_id for one in moved.entries} & {one.installation_id for one in licences.entries}


def test_a_computer_that_shows_too_little_cannot_ask() -> None:
    assert cals.add_code(Licences(), Operation.ADD, FIRST.text, {"cpu": "one"}, PRODUCT, counted) == Refusal(
        "too_few_components"
    )


# The answers


def test_rule_29_several_codes_in_one_run_each_with_a_confirmation_of_its_own() -> None:
    licences = listed(FIRST, SECOND, THIRD)
    for number in (2, 1, 3):
        licences = accepted(licences, number, answer(licences, number))

    assert all(cals.is_answered(licences, entry) for entry in licences.entries)
    assert cals.installed(licences, HARDWARE, PRODUCT).total == 20


def test_rule_38_an_answer_in_the_wrong_box_is_told_where_it_belongs() -> None:
    licences = listed(FIRST, SECOND, THIRD)

    refused = cals.accept(licences, 1, answer(licences, 3), PRODUCT, WHO, NOW)
    assert refused == Refusal("belongs_to_another_box", {"box": 3})


def test_an_answer_that_belongs_nowhere_is_refused() -> None:
    licences = listed(FIRST)
    entry = licences.entries[0]
    forged = confirmation_id.sign(SECRET + 1, installation_id.parse(entry.installation_id), FIRST, 0)

    assert cals.accept(licences, 1, forged.digits, PRODUCT, WHO, NOW) == Refusal("not_the_answer")


def test_a_grant_that_stands_for_no_pack_is_refused() -> None:
    licences = listed(FIRST)

    assert cals.accept(licences, 1, answer(licences, 1, len(PACKS)), PRODUCT, WHO, NOW) == Refusal("not_the_answer")


def test_a_mistyped_answer_names_its_blocks() -> None:
    licences = listed(FIRST)
    said = answer(licences, 1)

    with pytest.raises(Mistyped, match="block 1"):
        cals.accept(licences, 1, said[:6] + str(9 - int(said[6])) + said[7:], PRODUCT, WHO, NOW)


def test_typing_an_answer_twice_changes_nothing() -> None:
    licences = listed(FIRST)
    said = answer(licences, 1)
    once = accepted(licences, 1, said)

    later = cals.accept(once, 1, said, PRODUCT, WHO, NOW + timedelta(days=1))
    assert later == once


def test_a_computer_without_the_public_key_says_so() -> None:
    licences = listed(FIRST)
    old = replace(PRODUCT, public_keys={})

    assert cals.accept(licences, 1, answer(licences, 1), old, WHO, NOW) == Refusal("no_public_key")


# Reissue, transfer, giving up


def test_rule_30_a_reissue_brings_back_what_was_lost() -> None:
    lost = listed(FIRST, operation=Operation.REISSUE)

    assert installation_id.parse(lost.entries[0].installation_id).operation is Operation.REISSUE
    assert cals.installed(accepted(lost, 1, answer(lost, 1)), HARDWARE, PRODUCT).total == 10


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REISSUE])
def test_rule_31_after_a_significant_change_of_hardware_a_transfer_is_needed(
    with_two: Licences, operation: Operation
) -> None:
    refused = cals.add_code(with_two, operation, FIRST.text, OTHER_COMPUTER, PRODUCT, counted)

    assert refused == Refusal("transfer_needed")


def test_rule_32_a_transfer_puts_them_on_the_changed_hardware(with_two: Licences) -> None:
    moving = listed(FIRST, operation=Operation.TRANSFER, of=with_two, on=OTHER_COMPUTER)
    moved = accepted(moving, 1, answer(moving, 1))
    installed = cals.installed(moved, OTHER_COMPUTER, PRODUCT)

    assert [pack.serial for pack, _ in installed.packs] == [501]
    assert [pack.serial for pack in installed.elsewhere] == [502]


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REISSUE, Operation.TRANSFER])
def test_what_is_installed_needs_nothing(with_two: Licences, operation: Operation) -> None:
    assert cals.add_code(with_two, operation, FIRST.text, HARDWARE, PRODUCT, counted) == Refusal("installed_already")


def test_what_is_given_up_does_not_count(with_two: Licences) -> None:
    after = cals.give_up(with_two, 502, WHO, NOW)

    assert isinstance(after, Licences)
    assert cals.installed(after, HARDWARE, PRODUCT).total == 10
    assert cals.give_up(after, 502, WHO, NOW) == Refusal("no_such_pack")


# Restoring


def test_restoring_brings_back_what_is_missing_and_nothing_twice(with_two: Licences) -> None:
    only_first = replace(with_two, packs=with_two.packs[:1])
    back = cals.restore(only_first, with_two.packs, WHO, NOW)

    assert set(back.packs) == set(with_two.packs)
    assert cals.restore(back, with_two.packs, WHO, NOW) == back


def test_a_newer_pack_is_not_replaced_by_an_older_one(with_two: Licences) -> None:
    newer = replace(with_two.packs[0], at=NOW + timedelta(days=1))
    licences = replace(with_two, packs=(newer,))

    assert newer in cals.restore(licences, with_two.packs, WHO, NOW).packs


# The history


def test_rule_51_the_history_tells_who_did_what_when_without_the_code(with_two: Licences) -> None:
    told = [(event.at, event.who, event.done, event.what) for event in with_two.history]

    assert told == [(NOW, WHO, "added", FIRST.masked), (NOW, WHO, "added", SECOND.masked)]
    assert FIRST.text not in repr(with_two)


# The proof


def test_packs_prove_themselves_together(with_two: Licences) -> None:
    assert cals.all_proven(with_two.packs, PRODUCT)
    assert cals.all_proven((), PRODUCT)


def swapped(first: HeldPack, second: HeldPack) -> HeldPack:
    return replace(first, confirmation_id=second.confirmation_id)


@pytest.mark.parametrize(
    "forge",
    [
        lambda a, b: (a, replace(a, code=b.code)),
        lambda a, b: (swapped(a, b), swapped(b, a)),
        lambda a, b: (a, a),
        lambda a, b: (replace(a, code="no code"), b),
        lambda a, b: (replace(a, confirmation_id=a.confirmation_id[:-1]), b),
        lambda a, b: (replace(a, installation_id=b.installation_id), b),
    ],
    ids=["another code", "swapped answers", "the same twice", "no code", "cut off", "another Installation ID"],
)
def test_forged_packs_are_found(with_two: Licences, forge) -> None:  # type: ignore[no-untyped-def]
    assert not cals.all_proven(forge(*with_two.packs), PRODUCT)
