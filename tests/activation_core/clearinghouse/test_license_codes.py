"""Client access licences at the desk: who gets a pack, who must transfer it, and who has it now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activation_core import codes, confirmation_id, installation_id, short_signature
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.records import Channel
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.codes import Code, Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.products import Pack, Product
from activation_core.refusals import Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADD, REISSUE, TRANSFER = Operation.ADD, Operation.REISSUE, Operation.TRANSFER
SIGNING = 4711
PACK = Pack(20, "user")

# Eight components each; no two of these computers agree in any.
ALICES, BOBS, CAROLS, DAVES = 0x11111111, 0x22222222, 0x33333333, 0x44444444
ALICES_WITH_A_NEW_DISK = 0x1F111111


@pytest.fixture
def keys() -> Keys:
    return Keys(b"issuing key of a test" * 2, {(1, 0): SIGNING})


@pytest.fixture
def desk(keys: Keys, tmp_path: Path) -> Desk:
    return Desk({1: Product(1, "Server")}, keys, SqlRecords(SqliteStore(tmp_path / "clearinghouse.db")))


def buy_pack(desk: Desk, serial: int = 7, pack: Pack = PACK) -> Code:
    (code,) = desk.issue(1, 1, pack, lambda _: serial, NOON)
    return code


@pytest.fixture
def pack(desk: Desk) -> Code:
    return buy_pack(desk)


def an_id(code: Code, operation: Operation = ADD, hardware: int = ALICES, counter: int = 0) -> InstallationId:
    return installation_id.make(operation, code, 0, hardware, counter)


Ask = Callable[..., str]


@pytest.fixture
def ask(desk: Desk, pack: Code) -> Ask:
    """The grounds of a yes, the code of a no."""

    def ask(
        operation: Operation,
        hardware: int = ALICES,
        *,
        channel: Channel = "telephone",
        at: datetime = NOON,
        counter: int = 0,
    ) -> str:
        answer = desk.confirm(an_id(pack, operation, hardware, counter).digits, channel, at)
        return answer.code if isinstance(answer, Refusal) else answer.grounds

    return ask


# A new code


def test_rule_29_a_new_code_is_confirmed_and_the_computer_learns_what_it_stands_for(desk: Desk, pack: Code) -> None:
    asked = an_id(pack)

    answer = desk.confirm(asked.digits, "internet", NOON)

    assert isinstance(answer, Confirmation)
    assert (answer.grants, answer.grounds) == ("20 user licenses", "claimed")
    read = confirmation_id.parse("".join(answer.blocks))
    assert Product(1, "Server").packs[read.grant] == PACK
    assert confirmation_id.verify(short_signature.public_key(SIGNING), asked, pack, read)


def test_rule_24_a_license_code_is_no_product_key(desk: Desk, pack: Code) -> None:
    (key,) = desk.issue(1, 1, "standard", lambda _: pack.serial, NOON)

    assert (pack.kind, key.kind) == (Kind.LICENSE_CODE, Kind.PRODUCT_KEY)
    assert pack.text != key.text
    desk.revoke(key.text, NOON)
    assert isinstance(desk.confirm(an_id(pack).digits, "telephone", NOON), Confirmation)


def test_rule_25_every_pack_of_the_product_can_be_sold_and_no_other(desk: Desk) -> None:
    for serial, sold in enumerate(Product(1, "Server").packs, 100):
        answer = desk.confirm(an_id(buy_pack(desk, serial, sold)).digits, "telephone", NOON)
        assert isinstance(answer, Confirmation)
        assert answer.grants == sold.words

    with pytest.raises(ValueError, match=r"does not have '7 user licenses'; it has 5 device licenses"):
        buy_pack(desk, pack=Pack(7, "user"))


@pytest.mark.parametrize("operation", [ADD, REISSUE, TRANSFER])
def test_the_same_installation_id_gets_the_same_answer_and_counts_once(
    desk: Desk, ask: Ask, pack: Code, operation: Operation
) -> None:
    shown = an_id(pack, operation, BOBS, counter=9).digits
    ask(ADD)

    first, again = desk.confirm(shown, "telephone", NOON), desk.confirm(shown, "operator", NOON + DAY)

    if operation is TRANSFER:
        assert isinstance(first, Confirmation)
        assert isinstance(again, Confirmation)
        assert (first.grounds, again.grounds, again.blocks) == ("transferred", "again", first.blocks)
        assert len(desk.activations_of(pack)) == 2
    else:
        assert first == again == Refusal("transfer_needed")


@pytest.mark.parametrize("operation", [ADD, TRANSFER])
def test_an_old_installation_id_brings_nothing_back_that_was_transferred_since(ask: Ask, operation: Operation) -> None:
    assert ask(operation) == "claimed"
    assert ask(TRANSFER, BOBS) == "transferred"

    assert ask(operation) == "transfer_needed"
    assert ask(TRANSFER, ALICES, counter=1) == "transferred"
    assert ask(operation) == "again"


# Once more on the same computer


@pytest.mark.parametrize("operation", [ADD, REISSUE, TRANSFER])
@pytest.mark.parametrize("hardware", [ALICES, ALICES_WITH_A_NEW_DISK])
def test_rule_30_the_same_computer_gets_its_licences_again_without_counting(
    ask: Ask, operation: Operation, hardware: int
) -> None:
    ask(ADD)

    for counter in range(1, 9):
        assert ask(operation, hardware, counter=counter) == "same_machine"

    assert ask(TRANSFER, BOBS) == "transferred"


@pytest.mark.parametrize("operation", [ADD, REISSUE])
def test_rule_30_licences_are_reissued_to_the_same_computer_only(ask: Ask, operation: Operation) -> None:
    ask(ADD)

    assert ask(operation, BOBS) == "transfer_needed"


def test_rule_31_after_a_significant_hardware_change_a_transfer_is_needed_and_works(ask: Ask) -> None:
    ask(ADD)

    assert ask(REISSUE, 0x11FFFFFF) == "transfer_needed"
    assert ask(TRANSFER, 0x11FFFFFF) == "transferred"
    assert ask(REISSUE, 0x11FFFFFF) == "same_machine"


def test_a_code_that_was_never_added_is_claimed_by_a_reissue(ask: Ask) -> None:
    assert ask(REISSUE) == "claimed"
    assert ask(ADD, BOBS) == "transfer_needed"


# To another computer


@pytest.mark.parametrize("channel", ["telephone", "operator"])
def test_rule_32_a_transfer_moves_the_licences_and_leaves_none_behind(ask: Ask, desk: Desk, channel: Channel) -> None:
    ask(ADD)

    assert ask(TRANSFER, BOBS, channel=channel) == "transferred"

    assert ask(REISSUE, BOBS) == "same_machine"
    assert ask(REISSUE, ALICES) == "transfer_needed"
    assert {given.place for given in desk.records.activations(10)} == {0}


def test_rule_32_over_the_internet_nothing_is_transferred(ask: Ask, desk: Desk) -> None:
    ask(ADD)

    for hardware in (BOBS, ALICES):
        assert ask(TRANSFER, hardware, channel="internet") == "transfer_by_telephone"

    assert len(desk.records.activations(10)) == 1
    assert ask(REISSUE, ALICES, channel="internet") == "same_machine"


def test_rule_32_what_was_transferred_by_telephone_is_not_answered_over_the_internet(ask: Ask) -> None:
    assert ask(TRANSFER) == "claimed"
    assert ask(TRANSFER, channel="internet") == "transfer_by_telephone"


def test_a_code_that_was_never_added_is_claimed_by_a_transfer(ask: Ask) -> None:
    assert ask(TRANSFER, BOBS) == "claimed"


def test_transfers_have_a_budget_within_their_period(ask: Ask) -> None:
    ask(ADD)
    assert ask(TRANSFER, BOBS, at=NOON) == "transferred"
    assert ask(TRANSFER, CAROLS, at=NOON + 100 * DAY) == "transferred"

    nearly = NOON + 180 * DAY - timedelta(seconds=1)
    assert ask(TRANSFER, DAVES, at=nearly) == "out_of_budget"
    assert ask(REISSUE, CAROLS, at=nearly) == "same_machine"
    assert ask(TRANSFER, DAVES, at=NOON + 180 * DAY) == "transferred"
    assert ask(TRANSFER, BOBS, at=NOON + 181 * DAY, counter=1) == "out_of_budget"


# Withdrawn, forged, removed


def test_a_withdrawn_license_code_is_refused_on_every_way(ask: Ask, desk: Desk, pack: Code) -> None:
    ask(ADD)

    assert desk.revoke(pack.shown, NOON)

    assert [ask(ADD), ask(REISSUE, counter=1), ask(TRANSFER, BOBS)] == ["revoked"] * 3
    assert ask(TRANSFER, BOBS, channel="internet") == "revoked"


def test_a_transfer_that_is_not_genuine_learns_nothing_over_the_internet(desk: Desk, pack: Code) -> None:
    forged = replace(pack, secret=pack.secret ^ 1)

    answer = desk.confirm(an_id(forged, TRANSFER).digits, "internet", NOON)

    assert answer == Refusal("not_genuine")


def test_packs_that_were_sold_and_then_removed_stop_the_confirmation_before_anything_is_kept(
    desk: Desk, keys: Keys
) -> None:
    sold = codes.issue(Kind.LICENSE_CODE, 1, 6, keys.issuing)
    desk.records.add_licences(Kind.LICENSE_CODE, 1, [6], 9, NOON)

    with pytest.raises(ValueError, match="fewer packs than were sold"):
        desk.confirm(an_id(sold).digits, "telephone", NOON)

    assert desk.activations_of(sold) == []


# Who has it now


def test_rule_44_a_computer_that_still_has_its_licences_may_take_them_back(desk: Desk, ask: Ask, pack: Code) -> None:
    ask(ADD)

    assert desk.standing(an_id(pack).digits) == "current"


def test_rule_44_licences_that_were_transferred_away_are_known_as_moved(desk: Desk, ask: Ask, pack: Code) -> None:
    ask(ADD)
    ask(TRANSFER, BOBS)

    assert desk.standing(an_id(pack).digits) == "moved"
    assert desk.standing(an_id(pack, TRANSFER, BOBS).digits) == "current"


def test_licences_that_came_back_are_current_again(desk: Desk, ask: Ask, pack: Code) -> None:
    ask(ADD)
    ask(TRANSFER, BOBS)
    ask(TRANSFER, ALICES)

    assert desk.standing(an_id(pack).digits) == "current"
    assert desk.standing(an_id(pack, TRANSFER, BOBS).digits) == "moved"


def test_who_was_never_confirmed_has_no_standing(desk: Desk, ask: Ask, pack: Code, keys: Keys) -> None:
    assert desk.standing(an_id(pack).digits) == Refusal("not_confirmed")
    ask(ADD)
    assert desk.standing(an_id(pack, hardware=BOBS).digits) == Refusal("not_confirmed")
    assert desk.standing(an_id(pack, counter=1).digits) == Refusal("not_confirmed")

    never = codes.issue(Kind.LICENSE_CODE, 1, 99, keys.issuing)
    forged = replace(pack, secret=pack.secret ^ 1)
    assert [desk.standing(an_id(code).digits) for code in (never, forged)] == [Refusal("not_genuine")] * 2
    assert desk.standing("12") == Refusal("mistyped", {"blocks": [1, 2, 3, 4, 5, 6, 7]})


def test_a_withdrawn_license_code_has_no_standing(desk: Desk, ask: Ask, pack: Code) -> None:
    ask(ADD)
    desk.revoke(pack.text, NOON)

    assert desk.standing(an_id(pack).digits) == Refusal("revoked")


def test_asking_for_the_standing_keeps_nothing(desk: Desk, ask: Ask, pack: Code) -> None:
    ask(ADD)
    desk.standing(an_id(pack).digits)

    assert len(desk.records.activations(10)) == 1
