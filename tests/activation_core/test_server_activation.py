"""The activation of one server: where it stands, what it asks, and which answer it takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from activation_core import codes, confirmation_id, installation_id, server_activation, short_signature
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.mistyped import Mistyped
from activation_core.products import Product, WhenGraceIsOver
from activation_core.refusals import Refusal
from activation_core.server_activation import (
    ServerActivation,
    accept,
    ask,
    enter_product_key,
    reminder_is_due,
    state,
    tick,
)

ISSUING_KEY = b"an issuing key"
SECRET = 0x1234567890ABCDEF << 180
KEY = codes.issue(Kind.PRODUCT_KEY, 7, 123456, ISSUING_KEY)
OTHER_KEY = codes.issue(Kind.PRODUCT_KEY, 7, 123457, ISSUING_KEY)
PRODUCT = Product(7, "Harbor", terms=("standard", "site"), public_keys={0: short_signature.public_key(SECRET)})
SETUP = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = SETUP + timedelta(days=3)
GRACE_OVER = SETUP + timedelta(days=30)

KINDS = ("product_uuid", "disk", "network", "machine_id", "volume", "board", "cpu", "memory")
HARDWARE = {kind: f"the first {kind}" for kind in KINDS}
# Tags of four bits: these values differ from the first ones under both keys.
MORE_MEMORY = HARDWARE | {"memory": "another one"}
NEW_DISK = HARDWARE | {kind: f"a new {kind}" for kind in ("disk", "volume", "machine_id")}
NEW_DISK_AND_NETWORK = NEW_DISK | {"network": "a new network"}
OTHER_COMPUTER = {kind: f"quite another {kind}" for kind in KINDS}

NEW = server_activation.installed(SETUP)


def with_key(activation: ServerActivation = NEW, key: codes.Code = KEY) -> ServerActivation:
    entered = enter_product_key(activation, key.text, PRODUCT)
    assert isinstance(entered, ServerActivation)
    return entered


def asking(
    activation: ServerActivation, hardware: dict[str, str] = HARDWARE
) -> tuple[ServerActivation, InstallationId]:
    waiting = ask(activation, hardware, PRODUCT)
    assert isinstance(waiting, ServerActivation)
    return waiting, installation_id.parse(waiting.pending)


def answer(asked: InstallationId, key: codes.Code = KEY, grant: int = 0) -> str:
    """What the clearinghouse says."""
    return confirmation_id.sign(SECRET, asked, key, grant).digits


def accepted(activation: ServerActivation, text: str, now: datetime = LATER) -> ServerActivation:
    after = accept(activation, text, PRODUCT, now)
    assert isinstance(after, ServerActivation)
    return after


@pytest.fixture(scope="module")
def activated() -> ServerActivation:
    activation, asked = asking(with_key())
    return accepted(activation, answer(asked))


# Where it stands


def test_a_new_server_has_no_product_key() -> None:
    assert state(NEW, HARDWARE, PRODUCT, SETUP) == "no_product_key"


def test_rule_05_for_a_grace_period_it_works_unactivated() -> None:
    last_moment = GRACE_OVER - timedelta(microseconds=1)

    assert state(with_key(), HARDWARE, PRODUCT, SETUP) == "grace"
    assert state(with_key(), HARDWARE, PRODUCT, last_moment) == "grace"
    assert state(with_key(), HARDWARE, PRODUCT, GRACE_OVER) == "locked"


def test_rule_05_the_length_of_the_grace_period_is_the_products() -> None:
    short = replace(PRODUCT, grace_days=14)

    assert server_activation.grace_ends(NEW, short, SETUP) == SETUP + timedelta(days=14)
    assert state(with_key(), HARDWARE, short, SETUP + timedelta(days=14)) == "locked"


def test_without_a_product_key_the_grace_period_ends_as_well() -> None:
    assert state(NEW, HARDWARE, PRODUCT, GRACE_OVER) == "locked"


def test_what_is_activated_stays_so_beyond_the_grace_period(activated: ServerActivation) -> None:
    assert state(activated, HARDWARE, PRODUCT, SETUP) == "activated"
    assert state(activated, HARDWARE, PRODUCT, GRACE_OVER + timedelta(days=3650)) == "activated"


@pytest.mark.parametrize(
    "hardware", [MORE_MEMORY, NEW_DISK, {**HARDWARE, "network": ""}], ids=["memory", "disk", "gone"]
)
def test_a_small_change_of_the_hardware_changes_nothing(activated: ServerActivation, hardware: dict[str, str]) -> None:
    assert state(activated, hardware, PRODUCT, LATER) == "activated"


@pytest.mark.parametrize("hardware", [NEW_DISK_AND_NETWORK, OTHER_COMPUTER, {}], ids=["two own parts", "other", "none"])
def test_rule_17_a_significant_change_needs_reactivation(activated: ServerActivation, hardware: dict[str, str]) -> None:
    assert state(activated, hardware, PRODUCT, LATER) == "reactivation_needed"


def test_it_is_activated_again_when_the_old_hardware_is_back(activated: ServerActivation) -> None:
    drifted, _ = asking(activated, OTHER_COMPUTER)

    assert state(drifted, HARDWARE, PRODUCT, LATER) == "activated"


def test_hardware_is_compared_with_what_was_confirmed_and_never_with_what_was_seen_last(
    activated: ServerActivation,
) -> None:
    seen, _ = asking(activated, NEW_DISK)
    seen, _ = asking(seen, NEW_DISK_AND_NETWORK)

    assert state(seen, NEW_DISK, PRODUCT, LATER) == "activated"
    assert state(seen, NEW_DISK_AND_NETWORK, PRODUCT, LATER) == "reactivation_needed"


# The product key


def test_a_key_is_taken_however_it_was_typed() -> None:
    assert with_key() == enter_product_key(NEW, KEY.shown.lower().replace("1", "l"), PRODUCT)


@pytest.mark.parametrize(
    "wrong", [codes.issue(Kind.LICENSE_CODE, 7, 1, ISSUING_KEY), codes.issue(Kind.PRODUCT_KEY, 8, 1, ISSUING_KEY)]
)
def test_a_license_code_or_a_key_of_another_product_is_the_wrong_code(wrong: codes.Code) -> None:
    assert enter_product_key(NEW, wrong.text, PRODUCT) == Refusal("wrong_code")


def test_a_mistyped_key_names_its_group() -> None:
    with pytest.raises(Mistyped, match="group 1 has too few characters"):
        enter_product_key(NEW, KEY.shown[1:], PRODUCT)


def test_the_same_key_again_changes_nothing(activated: ServerActivation) -> None:
    waiting, _ = asking(with_key())

    assert enter_product_key(waiting, KEY.shown, PRODUCT) == waiting
    assert enter_product_key(activated, KEY.shown, PRODUCT) == activated


def test_a_new_key_has_to_be_activated_anew(activated: ServerActivation) -> None:
    changed = with_key(activated, OTHER_KEY)

    assert (changed.pending, changed.confirmed) == ("", None)
    assert state(changed, HARDWARE, PRODUCT, LATER) == "grace"
    assert state(changed, HARDWARE, PRODUCT, GRACE_OVER) == "locked"
    assert asking(changed)[1].operation is Operation.ACTIVATE


def test_a_new_key_has_an_installation_id_of_its_own() -> None:
    waiting, of_the_old_key = asking(with_key())

    changed = with_key(waiting, OTHER_KEY)
    _, asked = asking(changed)

    assert changed.pending == ""
    assert asked.proves(OTHER_KEY)
    assert asked.counter == of_the_old_key.counter + 1


def test_what_is_remembered_does_not_show_the_product_key_in_a_log() -> None:
    assert not any(group in repr(with_key()) for group in KEY.shown.split("-"))


# The Installation ID


def test_there_is_no_installation_id_without_a_product_key() -> None:
    assert ask(NEW, HARDWARE, PRODUCT) == Refusal("no_product_key")


def test_hardware_that_cannot_be_told_from_any_other_is_refused_before_somebody_calls() -> None:
    little = {kind: HARDWARE[kind] for kind in ("cpu", "memory")}
    assert ask(with_key(), little, PRODUCT) == Refusal("too_few_components")


def test_the_installation_id_asks_for_activation_and_proves_the_key() -> None:
    _, asked = asking(with_key())

    assert asked.operation is Operation.ACTIVATE
    assert asked.proves(KEY)


def test_it_asks_for_the_newest_signing_key() -> None:
    asked = ask(with_key(), HARDWARE, replace(PRODUCT, epochs=(0, 3)))

    assert isinstance(asked, ServerActivation)
    assert installation_id.parse(asked.pending).epoch == 3


def test_it_stays_the_same_until_it_is_answered() -> None:
    waiting, first = asking(with_key())

    assert asking(waiting) == (waiting, first)
    assert asking(waiting, MORE_MEMORY) == (waiting, first)


def test_after_a_significant_change_another_one_is_shown() -> None:
    waiting, first = asking(with_key())
    _, second = asking(waiting, OTHER_COMPUTER)

    assert second.counter == first.counter + 1
    assert second.hardware != first.hardware


def test_another_one_is_shown_when_its_signing_key_went_out_of_use() -> None:
    waiting, _ = asking(with_key())
    asked = ask(waiting, HARDWARE, replace(PRODUCT, epochs=(1,)))

    assert isinstance(asked, ServerActivation)
    assert installation_id.parse(asked.pending).epoch == 1


def test_rule_17_an_activated_server_asks_for_reactivation(activated: ServerActivation) -> None:
    _, asked = asking(activated, OTHER_COMPUTER)

    assert asked.operation is Operation.REACTIVATE


def test_the_counter_begins_anew_after_its_last_number() -> None:
    _, asked = asking(replace(with_key(), counter=installation_id.COUNTERS - 1))

    assert asked.counter == 0


# The Confirmation ID


def test_rule_09_the_answer_ties_the_key_to_this_computer(activated: ServerActivation) -> None:
    assert activated.confirmed
    assert activated.confirmed.at == LATER
    assert activated.pending == ""
    assert state(activated, HARDWARE, PRODUCT, LATER) == "activated"
    assert state(activated, OTHER_COMPUTER, PRODUCT, LATER) == "reactivation_needed"


def test_a_right_answer_is_taken_after_the_grace_period() -> None:
    waiting, asked = asking(with_key())

    after = accepted(waiting, answer(asked), GRACE_OVER + timedelta(days=100))

    assert state(after, HARDWARE, PRODUCT, GRACE_OVER + timedelta(days=100)) == "activated"


def test_rule_17_a_right_answer_is_taken_when_reactivation_is_needed(activated: ServerActivation) -> None:
    waiting, asked = asking(activated, OTHER_COMPUTER)

    after = accepted(waiting, answer(asked))

    assert state(after, OTHER_COMPUTER, PRODUCT, LATER) == "activated"
    assert state(after, HARDWARE, PRODUCT, LATER) == "reactivation_needed"


def test_a_right_answer_is_taken_while_it_is_activated(activated: ServerActivation) -> None:
    waiting, asked = asking(activated)

    assert state(accepted(waiting, answer(asked)), HARDWARE, PRODUCT, LATER) == "activated"


def test_it_is_taken_however_it_was_typed() -> None:
    waiting, asked = asking(with_key())
    typed = " - ".join(answer(asked)).replace("0", "O").replace("1", "l")

    assert accepted(waiting, typed).confirmed


def test_typing_it_again_changes_nothing(activated: ServerActivation) -> None:
    assert activated.confirmed
    assert accept(activated, activated.confirmed.confirmation_id, PRODUCT, GRACE_OVER) == activated


def test_the_answer_in_force_is_not_that_to_a_newer_installation_id(activated: ServerActivation) -> None:
    waiting, _ = asking(activated, OTHER_COMPUTER)

    assert activated.confirmed
    assert accept(waiting, activated.confirmed.confirmation_id, PRODUCT, LATER) == Refusal("not_the_answer")


def test_an_answer_without_a_question_is_refused(activated: ServerActivation) -> None:
    _, asked = asking(with_key())

    assert accept(NEW, answer(asked), PRODUCT, LATER) == Refusal("no_product_key")
    assert accept(with_key(), answer(asked), PRODUCT, LATER) == Refusal("not_the_answer")
    assert accept(activated, answer(asked, grant=1), PRODUCT, LATER) == Refusal("not_the_answer")


def test_a_grant_that_the_product_does_not_know_is_refused() -> None:
    waiting, asked = asking(with_key())

    assert accept(waiting, answer(asked, grant=2), PRODUCT, LATER) == Refusal("not_the_answer")


def test_a_computer_without_the_public_key_of_its_question_says_so() -> None:
    waiting, asked = asking(with_key())

    assert accept(waiting, answer(asked), replace(PRODUCT, public_keys={}), LATER) == Refusal("no_public_key")


def test_a_mistyped_answer_names_its_block() -> None:
    waiting, asked = asking(with_key())

    with pytest.raises(Mistyped, match="This Confirmation ID cannot be read: block 13 is missing"):
        accept(waiting, answer(asked)[:84], PRODUCT, LATER)


# What it was before, and what becomes of it


def test_rule_04_a_server_may_come_activated_by_its_manufacturer() -> None:
    waiting, asked = asking(with_key())
    activated = accept(waiting, answer(asked), PRODUCT, SETUP, "manufacturer")

    assert isinstance(activated, ServerActivation)
    assert state(activated, HARDWARE, PRODUCT, GRACE_OVER) == "activated_by_manufacturer"
    assert state(activated, OTHER_COMPUTER, PRODUCT, LATER) == "reactivation_needed"


@pytest.mark.parametrize(("policy", "run"), [("locked", False), ("restricted", True)])
def test_rule_07_when_grace_is_over_the_product_decides_what_stops(policy: WhenGraceIsOver, run: bool) -> None:
    product = replace(PRODUCT, when_grace_is_over=policy)
    after = state(with_key(), HARDWARE, product, GRACE_OVER)

    assert (after, server_activation.services_run(after)) == (policy, run)
    assert after not in server_activation.ACTIVATED


@pytest.mark.parametrize("policy", ["locked", "restricted"])
def test_rule_07_a_right_answer_is_accepted_long_after_the_grace_period(policy: WhenGraceIsOver) -> None:
    product, much_later = replace(PRODUCT, when_grace_is_over=policy), GRACE_OVER + timedelta(days=99)
    waiting, asked = asking(with_key())
    assert state(waiting, HARDWARE, product, much_later) == policy
    after = accept(waiting, answer(asked), product, much_later)

    assert isinstance(after, ServerActivation)
    assert state(after, HARDWARE, product, much_later) == "activated"


def ticked(activation: ServerActivation, hardware: dict[str, str], *days: float) -> ServerActivation:
    for day in days:
        activation = tick(activation, hardware, PRODUCT, SETUP + timedelta(days=day))
    return activation


def test_rule_17_changed_hardware_has_the_grace_period_once_more(activated: ServerActivation) -> None:
    changed = ticked(activated, OTHER_COMPUTER, 100, 101)

    assert state(changed, OTHER_COMPUTER, PRODUCT, SETUP + timedelta(days=129)) == "reactivation_needed"
    assert state(changed, OTHER_COMPUTER, PRODUCT, SETUP + timedelta(days=130)) == "locked"
    back = ticked(changed, HARDWARE, 131)
    assert state(back, HARDWARE, PRODUCT, SETUP + timedelta(days=131)) == "activated"
    assert back.changed_at is None


def test_setting_the_clock_back_does_not_lengthen_the_grace_period() -> None:
    run = ticked(with_key(), HARDWARE, *range(30), 0)

    assert run.clock.set_back
    assert state(run, HARDWARE, PRODUCT, SETUP) == "grace"  # warned first, not locked at once
    assert state(ticked(run, HARDWARE, 1), HARDWARE, PRODUCT, SETUP + timedelta(days=1)) == "locked"


# Reminders


def test_rule_06_a_reminder_is_due_at_each_logon_and_once_a_day() -> None:
    def due(reminded: ServerActivation, hours: float, at_logon: bool = False) -> bool:
        now = SETUP + timedelta(hours=hours)
        return reminder_is_due(reminded, state(reminded, HARDWARE, PRODUCT, now), PRODUCT, now, at_logon=at_logon)

    assert due(with_key(), 0)
    reminded = replace(with_key(), reminded_at=SETUP)
    assert not due(reminded, 23)
    assert due(reminded, 23, at_logon=True)
    assert due(reminded, 24)


def test_rule_06_what_is_activated_is_reminded_of_nothing(activated: ServerActivation) -> None:
    assert not reminder_is_due(activated, "activated", PRODUCT, LATER, at_logon=True)
