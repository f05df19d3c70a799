"""What an operator may decide, what is entered in the audit log with it, and what becomes of the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from activation_core import codes, confirmation_id, installation_id
from activation_core.clearinghouse.audit import Head
from activation_core.clearinghouse.cases import Asking, Case
from activation_core.clearinghouse.casework import TO_APPROVE, TO_DENY, Casework
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.records import Records, Settlement
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.staff import Staff
from activation_core.clearinghouse.store import Store
from activation_core.codes import Code
from activation_core.installation_id import Operation
from activation_core.products import Pack, Product
from activation_core.refusals import REASONS, Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SERVER = 1
PACK = Pack(5, "device")
PRODUCT = Product(SERVER, "Server", reactivations=1, transfers=1, packs=(PACK,), terms=("standard",))
# Eight components each, a hexadecimal digit a component; no two of these computers agree in any.
ALICES, BOBS, CAROLS, DAVES = 0x11111111, 0x22222222, 0x33333333, 0x44444444
WHY = "repaired"


@dataclass
class Vendor:
    desk: Desk
    staff: Staff
    work: Casework
    at: datetime = NOON

    @property
    def records(self) -> Records:
        return self.desk.records

    def sell(self, granting: str | Pack = "standard") -> Code:
        return self.desk.issue(SERVER, 1, granting, lambda n: 42, self.at)[0]

    def telephone(self, shown: str) -> Confirmation | Refusal:
        self.at += DAY
        return self.desk.confirm(shown, "telephone", self.at)

    def approve(self, shown: str, reason: str = WHY, caller: str = "") -> Confirmation | Refusal:
        self.at += DAY
        return self.work.confirm(shown, "ada", self.at, caller, reason)

    def asking(self, shown: str) -> Asking:
        case = self.work.look_up(shown, "ada", self.at)
        assert isinstance(case, Case)
        assert case.asking
        return case.asking

    @property
    def log(self) -> list[tuple[str, str, dict[str, str | int]]]:
        assert isinstance(self.staff.audit.verify(), Head)
        return [(e.act, e.subject, dict(e.details)) for e in reversed(self.staff.audit.entries(100))]


@pytest.fixture
def vendor(store: Store, staff: Staff) -> Vendor:
    desk = Desk({SERVER: PRODUCT}, Keys(b"issuing key of a test" * 2, {(SERVER, 0): 11}), SqlRecords(store))
    return Vendor(desk, staff, Casework(desk, staff.audit, store))


def an_id(code: Code, hardware: int = ALICES, operation: Operation = Operation.ACTIVATE, counter: int = 0) -> str:
    return installation_id.make(operation, code, 0, hardware, counter).digits


def said(answer: Confirmation | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else answer.grounds


# What a person may decide


def test_rule_17_a_key_in_use_moves_to_the_changed_hardware_when_a_person_says_so(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    changed = an_id(key, BOBS)
    assert said(vendor.telephone(changed)) == "in_use"

    assert said(vendor.approve(changed)) == "reactivated"

    assert said(vendor.telephone(changed)) == "again"
    assert said(vendor.telephone(an_id(key, BOBS, counter=1))) == "same_machine"
    assert said(vendor.telephone(an_id(key, counter=1))) == "in_use"  # the place is gone from the old hardware


def test_beyond_the_budget_a_person_decides_and_that_counts_against_it_as_well(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    assert said(vendor.telephone(an_id(key, BOBS, Operation.REACTIVATE))) == "reactivated"
    third = an_id(key, CAROLS, Operation.REACTIVATE)
    assert said(vendor.telephone(third)) == "out_of_budget"
    assert said(vendor.approve(third)) == "reactivated"
    assert said(vendor.telephone(an_id(key, DAVES, Operation.REACTIVATE))) == "out_of_budget"


def test_rule_32_licenses_that_were_transferred_too_often_move_when_a_person_says_so(vendor: Vendor) -> None:
    code = vendor.sell(PACK)
    vendor.telephone(an_id(code, ALICES, Operation.ADD))
    vendor.telephone(an_id(code, BOBS, Operation.TRANSFER))
    third = an_id(code, CAROLS, Operation.TRANSFER)
    assert said(vendor.telephone(third)) == "out_of_budget"
    assert said(vendor.approve(third)) == "transferred"


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REISSUE])
def test_rule_31_licenses_of_another_computer_move_by_a_transfer_and_no_person_can_reissue_them(
    vendor: Vendor, operation: Operation
) -> None:
    code = vendor.sell(PACK)
    vendor.telephone(an_id(code, ALICES, Operation.ADD))
    elsewhere = an_id(code, BOBS, operation)
    assert not vendor.asking(elsewhere).may_approve
    assert said(vendor.approve(elsewhere)) == "transfer_needed"


def test_rule_33_licenses_are_transferred_back_to_a_computer_that_repeats_its_installation_id(vendor: Vendor) -> None:
    """It lost its count, so it makes the same one again."""
    code = vendor.sell(PACK)
    vendor.telephone(an_id(code, ALICES, Operation.ADD))
    to_bob = an_id(code, BOBS, Operation.TRANSFER)
    first = vendor.telephone(to_bob)
    vendor.approve(an_id(code, CAROLS, Operation.TRANSFER))
    assert said(vendor.telephone(to_bob)) == "transfer_needed"

    back = vendor.approve(to_bob)

    assert isinstance(first, Confirmation)
    assert isinstance(back, Confirmation)
    assert (back.grounds, back.blocks) == ("transferred", first.blocks)
    assert said(vendor.telephone(to_bob)) == "again"
    assert len(vendor.desk.activations_of(code)) == 3


def hopeless(vendor: Vendor) -> dict[str, str]:
    """An Installation ID for every refusal that no person may overrule."""
    key, withdrawn, forged = vendor.sell(), vendor.desk.issue(SERVER, 1, "standard", lambda n: 7, NOON)[0], None
    vendor.desk.revoke(withdrawn.text, NOON)
    forged = codes.issue(key.kind, SERVER, 42, b"another issuing key")
    unknown = codes.issue(key.kind, SERVER, 43, b"issuing key of a test" * 2)
    slip = an_id(key)[:-1] + str((int(an_id(key)[-1]) + 1) % 10)
    zero = "".join(installation_id.blocks.from_number(0, installation_id.BLOCKS))
    epoch = installation_id.make(Operation.ACTIVATE, key, 3, ALICES, 0).digits
    return {
        "revoked": an_id(withdrawn),
        "not_genuine": an_id(forged),
        "not_genuine, never issued": an_id(unknown),
        "mistyped": slip,
        "malformed": zero,
        "wrong_epoch": epoch,
    }


def test_nobody_can_approve_what_is_no_question_of_hardware(vendor: Vendor) -> None:
    for refusal, shown in hopeless(vendor).items():
        assert said(vendor.approve(shown)) == refusal.partition(",")[0], refusal
    assert vendor.records.activations(9) == []
    assert [act for act, *_ in vendor.log] == ["refused"] * 6


def test_only_these_refusals_can_be_approved(vendor: Vendor) -> None:
    from activation_core.clearinghouse.decisions import may_approve

    key, pack = vendor.sell(), vendor.sell(PACK)
    ids = [installation_id.parse(an_id(key if op.kind == key.kind else pack, operation=op)) for op in Operation]
    allowed = {(asked.operation.name, code) for asked in ids for code in REASONS if may_approve(asked, Refusal(code))}
    assert allowed == {(op.name, code) for op in Operation for code in ("in_use", "out_of_budget")} | {
        ("TRANSFER", "transfer_needed")
    }


def test_without_an_approval_an_operator_gets_what_anybody_gets(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    assert said(vendor.work.confirm(an_id(key, BOBS), "ada", NOON)) == "in_use"


# What is looked up


def test_a_case_tells_the_licence_the_likeness_and_what_the_desk_would_answer(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))

    case = vendor.work.look_up(an_id(key, 0x11144444), "ada", vendor.at)

    assert isinstance(case, Case)
    assert (case.code, case.grants, case.licence.revoked, len(case.activations)) == (key, "standard", False, 1)
    assert case.asking
    (place,) = case.asking.places
    assert place.parts == dict.fromkeys(["product_uuid", "disk", "network"], True) | dict.fromkeys(
        ["machine_id", "volume", "board", "cpu", "memory"], False
    )
    assert (place.is_same, case.asking.may_approve) == (False, True)
    assert case.asking.answer == Refusal("in_use")
    assert vendor.asking(an_id(key, 0x11111444)).answer.__class__ is Settlement


def test_looking_up_counts_and_keeps_nothing(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.work.look_up(an_id(key), "ada", NOON)
    vendor.work.look_up(key.text, "ada", NOON)
    assert vendor.records.activations(9) == []


def test_a_code_is_looked_up_however_it_is_written(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    case = vendor.work.look_up(f" {key.shown.lower()} ", "ada", NOON)
    assert isinstance(case, Case)
    assert (case.asking, len(case.activations)) == (None, 1)


def test_a_code_with_a_wrong_secret_and_one_never_issued_are_told_alike(vendor: Vendor) -> None:
    key = vendor.sell()
    forged = codes.issue(key.kind, SERVER, key.serial, b"another key")
    unknown = codes.issue(key.kind, SERVER, 43, b"issuing key of a test" * 2)
    assert vendor.work.look_up(forged.text, "ada", NOON) == vendor.work.look_up(unknown.text, "ada", NOON)


def test_a_mistyped_code_is_said_group_by_group_and_not_repeated(vendor: Vendor) -> None:
    key = vendor.sell()
    typed = key.text[:-1] + ("0" if key.text[-1] != "0" else "1")
    with pytest.raises(ValueError, match="group 5") as wrong:
        vendor.work.look_up(typed, "ada", NOON)
    assert not any(key.text[i : i + 5] in str(wrong.value) for i in range(0, 25, 5))


def test_what_an_operator_is_told_holds_no_secret_in_its_repr(vendor: Vendor) -> None:
    key = vendor.sell()
    shown = an_id(key)
    case = vendor.work.look_up(shown, "ada", NOON)
    assert key.text not in repr(case)
    assert str(key.secret) not in repr(case)
    assert str(installation_id.parse(shown).tag) not in repr(case)


# The log, and the caller


def put_through(vendor: Vendor, shown: str = "", refusal: str = "in_use") -> str:
    return vendor.records.hand_over("CA1", shown or "-" * 49, refusal, "enter_id", "es-US", NOON).reference


def test_everything_an_operator_does_is_in_the_log_with_its_reason_and_without_a_digit_of_it(vendor: Vendor) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    shown = an_id(key, BOBS)
    caller = put_through(vendor, shown)

    vendor.work.look_up(shown, "ada", NOON, caller)
    vendor.work.confirm(shown, "ada", NOON, caller)
    vendor.work.confirm(shown, "ada", NOON, caller, WHY)
    vendor.work.confirm(shown, "ada", NOON)
    vendor.work.deny(shown, "ada", NOON, caller, "no_proof")

    licence = f"product key {key.product_id}"
    assert vendor.log == [
        ("looked_up", licence, {"caller": caller}),
        ("refused", licence, {"caller": caller, "refusal": "in_use"}),
        ("approved", licence, {"caller": caller, "grounds": "reactivated", "reason": WHY}),
        ("confirmed", licence, {"grounds": "again"}),
        ("denied", licence, {"caller": caller, "reason": "no_proof"}),
    ]
    assert not any(shown[i : i + 7] in str(vendor.log) for i in range(0, 49, 7))


def test_an_approval_without_its_entry_in_the_log_is_none(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: the power may fail at any moment."""
    key = vendor.sell()
    vendor.telephone(an_id(key))

    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(vendor.staff.audit, "enter", fails)
    with pytest.raises(OSError, match="disk full"):
        vendor.approve(an_id(key, BOBS))
    monkeypatch.undo()
    assert said(vendor.telephone(an_id(key, BOBS))) == "in_use"
    assert vendor.log == []


@pytest.mark.parametrize("how", ["confirmed", "denied", "closed"])
def test_a_caller_waits_until_there_is_an_answer(vendor: Vendor, how: str) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    shown = an_id(key, BOBS)
    caller = put_through(vendor, shown)
    assert [waiting.reference for waiting in vendor.records.waiting(9)] == [caller]

    if how == "confirmed":
        vendor.approve(shown, caller=caller)
    else:
        vendor.work.deny(shown if how == "denied" else "", "ada", NOON, caller, "gone")

    assert vendor.records.waiting(9) == []
    kept = vendor.records.handed_over(caller)
    assert kept
    assert kept.outcome == how


def test_a_refused_approval_leaves_the_caller_waiting(vendor: Vendor) -> None:
    shown = hopeless(vendor)["revoked"]
    caller = put_through(vendor, shown)
    vendor.approve(shown, caller=caller)
    assert len(vendor.records.waiting(9)) == 1


def test_a_reason_is_one_of_the_list(vendor: Vendor) -> None:
    shown = an_id(vendor.sell())
    with pytest.raises(ValueError, match="no reason"):
        vendor.approve(shown, "call me at +1 212 555 0143")
    with pytest.raises(ValueError, match="no reason"):
        vendor.work.deny(shown, "ada", NOON, "", "because")
    assert vendor.log == []
    assert all(reason.isascii() and reason.isidentifier() for reason in [*TO_APPROVE, *TO_DENY])


def test_the_blocks_that_an_operator_reads_out_are_those_that_the_telephone_reads(vendor: Vendor) -> None:
    key = vendor.sell()
    by_operator = vendor.work.confirm(an_id(key), "ada", NOON)
    by_telephone = vendor.telephone(an_id(key))
    assert isinstance(by_operator, Confirmation)
    assert isinstance(by_telephone, Confirmation)
    assert by_operator.blocks == by_telephone.blocks
    assert confirmation_id.parse(" ".join(by_operator.blocks)).grant == 0


def test_two_operators_on_two_machines_approve_once(
    vendor: Vendor, open_stores: Callable[[str], Store], store_url: str, hire: Callable[[], Staff]
) -> None:
    key = vendor.sell()
    vendor.telephone(an_id(key))
    shown, store = an_id(key, BOBS), open_stores(store_url)
    other_desk = Desk({SERVER: PRODUCT}, vendor.desk._keys, SqlRecords(store))
    other = Casework(other_desk, hire().audit, store)
    first, second = vendor.approve(shown), other.confirm(shown, "grace", vendor.at, reason=WHY)
    assert (said(first), said(second)) == ("reactivated", "again")
    assert len(vendor.desk.activations_of(key)) == 2
