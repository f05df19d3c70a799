"""The desk: who is confirmed, who is refused and why, and what counts."""

import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from activation_core import blocks, codes, confirmation_id, installation_id, short_signature
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.records import Channel
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.store import StoreDown
from activation_core.codes import Code, Kind
from activation_core.hardware import same_machine
from activation_core.installation_id import Operation
from activation_core.products import Pack, Product, Products
from activation_core.refusals import REASONS, Refusal

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SERVER, TEAM, OLD = 1, 2, 3

# Eight components each, a hexadecimal digit a component; no two of these computers agree in any.
ALICES, BOBS, CAROLS, DAVES, ERINS = 0x11111111, 0x22222222, 0x33333333, 0x44444444, 0x55555555


@pytest.fixture
def products() -> Products:
    return {
        SERVER: Product(SERVER, "Server", reactivations=2, reactivation_days=180, epochs=(0, 1)),
        TEAM: Product(TEAM, "Team", installs_per_key=3, terms=("standard", "site")),
    }


@pytest.fixture
def keys() -> Keys:
    return Keys(b"issuing key of a test" * 2, {(SERVER, 0): 11, (SERVER, 1): 12, (TEAM, 0): 13})


@pytest.fixture
def records(tmp_path: Path) -> SqlRecords:
    return SqlRecords(SqliteStore(tmp_path / "clearinghouse.db"))


@pytest.fixture
def desk(products: Products, keys: Keys, records: SqlRecords) -> Desk:
    return Desk(products, keys, records)


@pytest.fixture
def buy(desk: Desk) -> Callable[..., Code]:
    """A product key, fresh from the desk."""
    serials = iter(range(1000, 2000))

    def buy(product: int = SERVER, terms: str = "standard") -> Code:
        (code,) = desk.issue(product, 1, terms, lambda _: next(serials), NOON)
        return code

    return buy


def an_id(
    key: Code,
    hardware: int = ALICES,
    operation: Operation = Operation.ACTIVATE,
    counter: int = 0,
    epoch: int = 0,
) -> str:
    """The Installation ID that this computer shows."""
    return installation_id.make(operation, key, epoch, hardware, counter).digits


@pytest.fixture
def ask(desk: Desk) -> Callable[..., Confirmation | Refusal]:
    def ask(key: Code, hardware: int = ALICES, *, at: datetime = NOON, **rest: Any) -> Confirmation | Refusal:
        return desk.confirm(an_id(key, hardware, **rest), "telephone", at)

    return ask


def said(answer: Confirmation | Refusal) -> str:
    """The grounds of a yes, the code of a no."""
    return answer.code if isinstance(answer, Refusal) else answer.grounds


Ask = Callable[..., Confirmation | Refusal]
Buy = Callable[..., Code]


# Yes


def test_a_bought_key_is_confirmed_and_the_computer_accepts_it(desk: Desk, keys: Keys, buy: Buy) -> None:
    key = buy(TEAM, terms="site")
    shown = an_id(key)

    answer = desk.confirm(shown, "telephone", NOON)

    assert isinstance(answer, Confirmation)
    assert (answer.grants, answer.grounds, len(answer.blocks)) == ("site", "claimed", 13)
    read = confirmation_id.parse(" ".join(answer.blocks))
    assert read.grant == 1
    public = short_signature.public_key(keys.signing[TEAM, 0])
    assert confirmation_id.verify(public, installation_id.parse(shown), key, read)


def test_the_key_of_the_epoch_that_is_asked_for_signs(ask: Ask, buy: Buy, keys: Keys) -> None:
    key = buy()
    asked = installation_id.make(Operation.ACTIVATE, key, 1, ALICES, 0)

    answer = ask(key, epoch=1)

    assert isinstance(answer, Confirmation)
    assert answer.blocks == confirmation_id.sign(keys.signing[SERVER, 1], asked, key, 0).blocks


def test_what_is_typed_may_have_any_separators(desk: Desk, buy: Buy) -> None:
    shown = an_id(buy())
    typed = " - ".join(blocks.show(shown[i : i + 7]) for i in range(0, 49, 7))

    assert said(desk.confirm(typed, "internet", NOON)) == "claimed"


def test_the_same_installation_id_gets_the_same_answer_and_counts_once(desk: Desk, ask: Ask, buy: Buy) -> None:
    key = buy()
    first, again = ask(key), ask(key, at=NOON + timedelta(days=1))

    assert isinstance(first, Confirmation)
    assert isinstance(again, Confirmation)
    assert (again.blocks, again.grounds) == (first.blocks, "again")
    assert len(desk.records.activations(10)) == 1


def test_an_installation_id_that_was_answered_stays_answered_when_its_key_has_moved_on(ask: Ask, buy: Buy) -> None:
    key = buy()
    first = ask(key)
    ask(key, BOBS, operation=Operation.REACTIVATE)

    again = ask(key)

    assert isinstance(first, Confirmation)
    assert isinstance(again, Confirmation)
    assert again.blocks == first.blocks


@pytest.mark.parametrize("operation", [Operation.ACTIVATE, Operation.REACTIVATE])
def test_the_same_computer_slightly_changed_is_confirmed_without_counting(
    ask: Ask, buy: Buy, desk: Desk, operation: Operation
) -> None:
    key = buy()
    ask(key)

    changed = ask(key, 0x1F111111, operation=operation)

    assert said(changed) == "same_machine"
    assert [given.place for given in desk.records.activations(10)] == [0, 0]
    assert said(ask(key, BOBS)) == "in_use"


def test_small_changes_cannot_walk_to_another_computer(ask: Ask, buy: Buy) -> None:
    """It is always compared with what was claimed, never with what was let pass last."""
    key = buy()
    ask(key, ALICES)
    way = [0x11111112, 0x11111122, 0x11111222, 0x11112222, 0x11122222, 0x11222222, 0x12222222, BOBS]
    assert all(same_machine(a, b) for a, b in zip([ALICES, *way], way, strict=False))

    answers = [said(ask(key, step, counter=n)) for n, step in enumerate(way, 1)]

    reached = answers.index("in_use")
    assert answers == ["same_machine"] * reached + ["in_use"] * (len(way) - reached)
    assert answers[-1] == "in_use"


def test_a_key_for_three_computers_serves_three(ask: Ask, buy: Buy, desk: Desk) -> None:
    key = buy(TEAM)

    answers = [said(ask(key, machine)) for machine in (ALICES, BOBS, CAROLS, DAVES, BOBS)]

    assert answers == ["claimed", "claimed", "claimed", "in_use", "again"]
    assert [given.place for given in reversed(desk.records.activations(10))] == [0, 1, 2]


# Changed hardware


def test_a_computer_whose_hardware_changed_is_reactivated(ask: Ask, buy: Buy) -> None:
    key = buy()
    ask(key, ALICES)

    assert said(ask(key, BOBS)) == "in_use"
    assert said(ask(key, BOBS, operation=Operation.REACTIVATE)) == "reactivated"
    assert said(ask(key, BOBS, counter=1)) == "same_machine"
    assert said(ask(key, ALICES, counter=1)) == "in_use"


def test_a_key_that_was_never_used_is_simply_claimed_by_a_reactivation(ask: Ask, buy: Buy) -> None:
    assert said(ask(buy(), operation=Operation.REACTIVATE)) == "claimed"


def test_reactivations_have_a_budget_within_their_period(ask: Ask, buy: Buy) -> None:
    key, moves = buy(), [BOBS, CAROLS, DAVES]
    ask(key, ALICES)

    answers = [said(ask(key, to, operation=Operation.REACTIVATE)) for to in moves]

    assert answers == ["reactivated", "reactivated", "out_of_budget"]


def test_the_budget_comes_back_as_each_reactivation_grows_old(ask: Ask, buy: Buy) -> None:
    key, again = buy(), Operation.REACTIVATE
    ask(key, ALICES)
    ask(key, BOBS, operation=again, at=NOON)
    ask(key, CAROLS, operation=again, at=NOON + timedelta(days=100))

    nearly = NOON + timedelta(days=180) - timedelta(seconds=1)
    assert said(ask(key, DAVES, operation=again, at=nearly)) == "out_of_budget"
    assert said(ask(key, DAVES, operation=again, at=NOON + timedelta(days=180))) == "reactivated"
    assert said(ask(key, ERINS, operation=again, at=NOON + timedelta(days=181))) == "out_of_budget"


def test_what_does_not_count_does_not_use_the_budget(ask: Ask, buy: Buy) -> None:
    key = buy()
    ask(key, ALICES)
    for counter in range(1, 6):
        assert said(ask(key, ALICES, operation=Operation.REACTIVATE, counter=counter)) == "same_machine"

    assert said(ask(key, BOBS, operation=Operation.REACTIVATE)) == "reactivated"


@pytest.mark.parametrize(("place", "hardware"), [(0, 0x11FFFFFF), (1, 0x22FFFFFF), (2, 0x33FFFFFF)])
def test_a_reactivation_moves_the_place_of_the_most_similar_computer(
    ask: Ask, buy: Buy, records: SqlRecords, place: int, hardware: int
) -> None:
    """Two of eight components are left: too few to pass for the same computer, enough to know which it was."""
    key = buy(TEAM)
    for machine in (ALICES, BOBS, CAROLS):
        ask(key, machine)

    assert said(ask(key, hardware, operation=Operation.REACTIVATE)) == "reactivated"

    assert records.activations(1)[0].place == place
    untouched = [machine for n, machine in enumerate((ALICES, BOBS, CAROLS)) if n != place]
    assert [said(ask(key, machine, counter=9)) for machine in untouched] == ["same_machine", "same_machine"]


# No, each by its code


def test_a_mistyped_id_names_its_blocks(desk: Desk, buy: Buy) -> None:
    shown = an_id(buy())
    wrong = str((int(shown[9]) + 1) % 10)

    answer = desk.confirm(shown[:9] + wrong + shown[10:], "telephone", NOON)

    assert answer == Refusal("mistyped", {"blocks": [2]})


@pytest.mark.parametrize("typed", ["", "   ", "no digits", "123", "0" * 490, "१२३", "\x00\ud800", "፩" * 49])
def test_whatever_is_typed_gets_an_answer(desk: Desk, typed: str) -> None:
    assert said(desk.confirm(typed, "internet", NOON)) == "mistyped"


def test_right_blocks_that_hold_nothing_of_ours_are_malformed(desk: Desk) -> None:
    answer = desk.confirm("".join(blocks.from_number(10**42 - 1, 7)), "telephone", NOON)

    assert said(answer) == "malformed"


@pytest.fixture
def strangers(keys: Keys, buy: Buy) -> Mapping[str, str]:
    """Installation IDs that no customer has, by what is wrong with them."""
    issued, issuing = buy(), keys.issuing
    untouched = installation_id.parse(an_id(issued))
    never = codes.issue(Kind.PRODUCT_KEY, SERVER, 9, issuing)
    return {
        "a tag that this key did not make": "".join(blocks.from_number(untouched.number ^ 1, installation_id.BLOCKS)),
        "a guessed serial": an_id(replace(never, secret=5)),
        "a key that was never issued": an_id(never),
        "a product that is not sold": an_id(codes.issue(Kind.PRODUCT_KEY, 1023, 9, issuing)),
        "a license code that was never issued": an_id(
            codes.issue(Kind.LICENSE_CODE, SERVER, 1000, issuing), operation=Operation.ADD
        ),
    }


def test_what_was_not_made_with_an_issued_key_gets_one_and_the_same_refusal(
    desk: Desk, strangers: Mapping[str, str]
) -> None:
    answers = {why: desk.confirm(shown, "telephone", NOON) for why, shown in strangers.items()}

    assert answers == dict.fromkeys(strangers, Refusal("not_genuine"))
    assert desk.records.activations(10) == []


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every function of ours that is called, in order, and every one in C that it calls."""
    called: list[str] = []

    def note(frame: FrameType, event: str, function: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("activation_core") and event in ("call", "c_call"):
            called.append(f"{module}.{getattr(function, '__qualname__', frame.f_code.co_name)}")

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


def test_a_guess_costs_the_same_work_whether_its_serial_was_issued_or_not(desk: Desk, ask: Ask, buy: Buy) -> None:
    busy, idle = buy(), buy()
    for counter in range(20):
        ask(busy, counter=counter)
    unknown = codes.issue(Kind.PRODUCT_KEY, SERVER, 77, b"not the issuing key")
    guesses = [an_id(replace(key, secret=5)) for key in (busy, idle, unknown)]

    assert_same_work(lambda guess: desk.confirm(guess, "telephone", NOON), guesses)
    assert_same_work(desk.standing, guesses)


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.REISSUE, Operation.TRANSFER])
@pytest.mark.parametrize("channel", ["telephone", "internet"])
def test_a_guessed_license_code_costs_the_same_work_whether_its_serial_was_issued_or_not(
    desk: Desk, keys: Keys, operation: Operation, channel: Channel
) -> None:
    (issued,) = desk.issue(SERVER, 1, Pack(5, "user"), lambda _: 4, NOON)
    desk.confirm(an_id(issued, operation=Operation.ADD), "telephone", NOON)
    unknown = codes.issue(Kind.LICENSE_CODE, SERVER, 77, keys.issuing)
    guesses = [an_id(replace(code, secret=5), operation=operation) for code in (issued, unknown)]

    assert_same_work(lambda guess: desk.confirm(guess, channel, NOON), guesses)
    assert_same_work(desk.standing, guesses)


def assert_same_work(ask: Callable[[str], object], guesses: Iterable[str]) -> None:
    work = []
    for guess in guesses:
        with counted() as called:
            assert ask(guess) == Refusal("not_genuine")
        work.append(called)

    assert len(work[0]) > 20
    assert all(each == work[0] for each in work)


def test_a_revoked_key_is_refused_even_where_it_was_confirmed(ask: Ask, buy: Buy, desk: Desk) -> None:
    key = buy()
    ask(key)

    assert desk.revoke(key.shown, NOON)

    assert [said(ask(key)), said(ask(key, counter=1)), said(ask(key, BOBS))] == ["revoked"] * 3


def test_revoking_twice_changes_nothing_and_other_keys_are_untouched(ask: Ask, buy: Buy, desk: Desk) -> None:
    key, other = buy(), buy()

    assert desk.revoke(key.text.lower(), NOON)
    assert desk.revoke(key.text, NOON + timedelta(days=1))

    assert said(ask(other)) == "claimed"


def test_a_key_that_was_never_issued_cannot_be_revoked(desk: Desk, buy: Buy, keys: Keys) -> None:
    issued = buy()
    forged = replace(issued, secret=issued.secret ^ 1)
    never = codes.issue(Kind.PRODUCT_KEY, SERVER, 9, keys.issuing)

    assert not desk.revoke(forged.shown, NOON)
    assert not desk.revoke(never.shown, NOON)
    assert said(desk.confirm(an_id(issued), "telephone", NOON)) == "claimed"


def test_an_epoch_that_is_not_in_use_is_refused(ask: Ask, buy: Buy) -> None:
    assert said(ask(buy(), epoch=2)) == "wrong_epoch"


def test_a_reactivation_moves_its_place_and_takes_no_other_one(ask: Ask, buy: Buy, desk: Desk) -> None:
    key = buy(TEAM)
    ask(key, ALICES)
    assert said(ask(key, BOBS, operation=Operation.REACTIVATE)) == "reactivated"
    assert {given.place for given in desk.activations_of(key)} == {0}


def test_beyond_the_budget_a_reactivation_takes_a_free_place_if_there_is_one(ask: Ask, buy: Buy) -> None:
    key = buy(TEAM)
    ask(key, ALICES)
    computers = [0x11111111 * n for n in range(3, 9)]
    answers = [said(ask(key, hardware, operation=Operation.REACTIVATE)) for hardware in computers]
    assert answers[-3:] == ["claimed", "claimed", "out_of_budget"]


def test_terms_that_were_sold_and_then_removed_stop_the_confirmation_before_anything_is_kept(
    desk: Desk, keys: Keys
) -> None:
    sold = codes.issue(Kind.PRODUCT_KEY, SERVER, 6, keys.issuing)
    desk.records.add_licences(Kind.PRODUCT_KEY, SERVER, [6], 5, NOON)
    with pytest.raises(ValueError, match="fewer terms than were sold"):
        desk.confirm(an_id(sold), "telephone", NOON)
    assert desk.activations_of(sold) == []


def test_every_refusal_that_can_be_told_on_the_telephone_is_tested_in_this_folder() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert [code for code, reason in REASONS.items() if reason.on_the_telephone and f'"{code}"' not in text] == []


@pytest.mark.parametrize("hardware", [BOBS, 0])
def test_rule_9_a_key_belongs_to_the_computer_that_it_activated(ask: Ask, buy: Buy, hardware: int) -> None:
    key = buy()
    assert said(ask(key, ALICES)) == "claimed"

    assert said(ask(key, hardware)) == "in_use"
    assert said(ask(key, ALICES, counter=1)) == "same_machine"


def test_rule_12_the_installation_id_shows_that_its_key_is_tied_to_other_hardware(ask: Ask, buy: Buy) -> None:
    """Nothing but the Installation ID is asked for, on whichever line, and nothing is kept of the attempt."""
    key = buy()
    ask(key, ALICES)

    answers = {said(ask(key, BOBS, counter=attempt)) for attempt in range(3)}

    assert answers == {"in_use"}


# Durable first


@pytest.fixture
def no_commit(records: SqlRecords, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Every COMMIT after an activation fails, until the returned function mends it."""
    with sqlite3.connect(tmp_path / "clearinghouse.db") as db:
        db.executescript(
            "CREATE TABLE trap (licence REFERENCES licences DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER sprung AFTER INSERT ON activations BEGIN INSERT INTO trap VALUES (-1); END"
        )
    yield lambda: db.execute("DROP TRIGGER sprung") and None
    db.close()


def test_a_confirmation_that_could_not_be_kept_is_not_given(
    desk: Desk, buy: Buy, ask: Ask, no_commit: Callable[[], None]
) -> None:
    key = buy()

    with pytest.raises(StoreDown, match="FOREIGN KEY"):
        ask(key)

    assert desk.records.activations(10) == []
    assert desk.records.activations_of(key.kind, key.product, key.serial) == []


def test_after_a_failed_commit_the_same_thread_goes_on(ask: Ask, buy: Buy, no_commit: Callable[[], None]) -> None:
    key = buy()
    with pytest.raises(StoreDown, match="FOREIGN KEY"):
        ask(key)

    no_commit()

    assert said(ask(key, BOBS)) == "claimed"


# Issuing


def test_issued_keys_are_different_and_genuine(desk: Desk, keys: Keys) -> None:
    drawn = iter([7, 7, 8, 8, 9])

    made = desk.issue(SERVER, 3, "standard", lambda _: next(drawn), NOON)

    assert sorted(key.serial for key in made) == [7, 8, 9]
    assert all(codes.parse(key.shown) == codes.issue(key.kind, SERVER, key.serial, keys.issuing) for key in made)


@pytest.mark.parametrize(("product", "terms", "told"), [(9, "standard", "no product 9"), (TEAM, "gold", "site")])
def test_what_is_not_sold_cannot_be_issued(desk: Desk, product: int, terms: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        desk.issue(product, 1, terms, lambda _: 1, NOON)


def test_staff_see_a_code_masked(desk: Desk, ask: Ask, buy: Buy) -> None:
    key = buy()
    ask(key)

    assert desk.masked(desk.records.activations(1)[0]) == key.masked
    assert desk.activations_of(key) == desk.records.activations(1)
    assert desk.activations_of(replace(key, secret=key.secret ^ 1)) == []


def test_rule_16_a_person_at_the_desk_gives_the_answer_that_the_line_gives(desk: Desk, buy: Buy) -> None:
    shown = an_id(buy())

    by_line, by_person = (desk.confirm(shown, channel, NOON) for channel in ("telephone", "operator"))

    assert isinstance(by_line, Confirmation)
    assert isinstance(by_person, Confirmation)
    assert by_line.blocks == by_person.blocks
