"""What each webhook of a call adds to the numbers of the day."""

from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation_core import blocks
from activation_core.refusals import REASONS, Refusal
from ivr.activation_call import ACTIVATION_CALL, facts
from ivr.dialogue import End, advance, give_up, open_call, unanswered
from ivr.tally import counting
from ivr.tally.counting import ENDINGS, HEARD

SHOWN = blocks.from_number(12345678901234567890123456789012345678901, 7)
ID = "".join(SHOWN)
WRONG_BLOCK = "2222222"  # in every place

GRANTED = SimpleNamespace(blocks=blocks.from_number(987654321, 13))


class CountedCall:
    """A call whose webhooks are counted as the blueprint counts them."""

    def __init__(self, answer=GRANTED, has_operator=True, languages=(), toll_free="", room="admitted"):
        self.desk = SimpleNamespace(
            admit=lambda call: room,
            takes_texts=False,
            confirm=lambda text: answer,
            hand_over=lambda *told: "0000011",
            has_operator=has_operator,
        )
        told = facts("CA1", "en-US", languages, toll_free, ["en-US"] if toll_free else [])
        self.call, _ = open_call(ACTIVATION_CALL, self.desk, **told, answered=0)
        self.counts = Counter(counting.answered(self.call))

    def press(self, keys, at="", after=60):
        before, step = self.call, at or self.call.step
        self.call, _ = advance(ACTIVATION_CALL, before, keys, self.desk, step)
        self.counts.update(counting.keyed(ACTIVATION_CALL, before, step, keys, self.call, after))
        return self

    def nobody_answers(self):
        before = self.call
        self.call, _ = unanswered(ACTIVATION_CALL, before, self.desk)
        self.counts.update(counting.went_on(before, self.call, 60))
        return self

    def breaks(self):
        before = self.call
        self.call, _ = give_up(ACTIVATION_CALL, before.knowing(out_of_order=True), self.desk)
        self.counts.update(counting.out_of_order(before, self.call, 60))
        return self

    @property
    def endings(self):
        return {count: number for count, number in self.counts.items() if count[0] in ENDINGS and number}

    def counted(self, what):
        return {which: number for (counted, which), number in self.counts.items() if counted == what and number}


def test_a_caller_who_hangs_up_at_once_gave_up_where_the_document_began():
    assert CountedCall(languages=["es-US"]).endings == {("gave_up", "language"): 1}


@pytest.mark.parametrize("busy", ["line_busy", "all_busy"])
def test_a_caller_who_is_turned_away_is_none_of_the_calls(busy):
    assert CountedCall(room=busy).counts == {("turned_away", busy): 1}


def test_whoever_is_confirmed_stays_so_whatever_follows():
    call = CountedCall().press(ID)
    assert call.endings == {("confirmed", ""): 1}
    assert call.press("0", at="read_back").endings == {("confirmed", ""): 1}
    assert call.breaks().endings == {("confirmed", ""): 1}


def test_a_refused_caller_counts_as_refused_until_another_id_is_begun():
    call = CountedCall(Refusal("in_use")).press(ID)
    assert call.endings == {("refused", "refused_in_use"): 1}
    assert call.counted("refusal") == {"in_use": 1}
    assert call.press("1").endings == {("gave_up", "enter_id"): 1}
    assert call.press(ID).counted("refusal") == {"in_use": 2}


def test_a_refused_caller_who_says_goodbye_is_refused_all_the_same():
    call = CountedCall(Refusal("revoked")).press(ID).press("9").press("9")
    assert call.endings == {("refused", "refused_revoked"): 1}


def test_who_is_put_through_counts_at_the_step_where_a_person_was_asked_for():
    assert CountedCall().press(ID[:21]).press("0").endings == {("put_through", "repair"): 1}


def test_who_finds_nobody_there_counts_as_that():
    assert CountedCall().press("0").nobody_answers().endings == {("nobody", "enter_id"): 1}
    assert CountedCall(has_operator=False).press("0").endings == {("nobody", "enter_id"): 1}


def test_a_call_that_broke_is_out_of_order_even_where_nobody_answers_then():
    call = CountedCall().breaks().nobody_answers()
    assert call.endings == {("out_of_order", "enter_id"): 1}
    assert call.counts["defect", ""] == 1


def test_who_answers_a_later_step_of_the_document_did_not_give_up_at_its_first():
    call = CountedCall(languages=["es-US"]).press(SHOWN[0], at="enter_block")
    assert call.endings == {("gave_up", "enter_block"): 1}
    assert call.counted("understood") == {"enter_block": 1}


def test_silence_and_wrong_keys_are_told_apart_and_the_last_try_counts_too():
    call = CountedCall().press(ID[:21]).press("").press(WRONG_BLOCK).press("")
    assert call.counted("noinput") == {"repair": 2}
    assert call.counted("nomatch") == {"repair": 1}
    assert call.endings == {("put_through", "repair"): 1}


def test_keys_that_mean_something_are_no_errors():
    call = CountedCall().press("*").press("9").press("0")
    assert (call.counted("nomatch"), call.counted("noinput")) == ({}, {})
    assert call.counted("understood") == {"enter_id": 3}


def test_silence_behind_a_zero_is_the_wish_for_a_person_and_no_error():
    call = CountedCall(languages=["es-US"]).press("0").press("")
    assert call.endings == {("put_through", "zero"): 1}
    assert call.counted("noinput") == {}


@pytest.mark.parametrize(
    ("keys", "right", "wrong"),
    [
        (ID, 7, 0),
        (ID[:21], 3, 0),  # the others are missing, not wrong
        (ID[:21] + WRONG_BLOCK + ID[28:], 6, 1),
        (ID[:5] + ID[6:], 4, 3),  # a digit was lost in one of these three
        (f"123*{ID}", 7, 0),
        ("123", 0, 1),
        ("*", 0, 0),
    ],
)
def test_blocks_count_as_right_or_wrong(keys, right, wrong):
    call = CountedCall().press(keys)
    assert (call.counts["block", "right"], call.counts["block", "wrong"]) == (right, wrong)


def test_a_block_that_is_keyed_again_counts_once_more_and_a_key_is_no_block():
    call = CountedCall().press(ID[:42] + WRONG_BLOCK).press(WRONG_BLOCK).press(SHOWN[6]).press("0")
    assert call.counted("block") == {"right": 7, "wrong": 2}


@pytest.mark.parametrize(("after", "bucket"), [(-5, "0"), (0, "0"), (29, "15"), (30, "30"), (4000, "300")])
def test_the_seconds_until_a_confirmation_id_are_counted_in_buckets(after, bucket):
    assert CountedCall().press(ID, after=after).counted("seconds") == {bucket: 1}


def test_only_the_first_confirmation_id_of_a_call_is_timed():
    call = CountedCall().press(ID).press("2", at="what_next").press(ID, after=200)
    assert call.counted("seconds") == {"60": 1}
    assert call.counts["seconds_in_all", ""] == 60


def test_every_end_of_the_call_is_a_known_ending():
    ends = {name for name, step in ACTIVATION_CALL.steps.items() if isinstance(step, End)}
    assert ends == {*counting._WAYS_OUT, *counting.TURNED_AWAY}


ANSWERS = [GRANTED, *(Refusal(code) for code, reason in REASONS.items() if reason.on_the_telephone)]
PRESSED = st.sampled_from(["", "0", "1", "2", "5", "9", "*", "#", ID, ID[:21], SHOWN[0], WRONG_BLOCK, "12*3"])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ANSWERS), st.booleans(), st.lists(st.tuples(PRESSED, st.integers(0, 9)), max_size=12))
def test_whatever_is_pressed_every_call_ends_in_one_way_and_every_answer_was_heard(answer, has_operator, pressed):
    call, webhooks = CountedCall(answer, has_operator, ["es-US"], "0800"), 0
    for keys, where in pressed:
        listening = sorted(ACTIVATION_CALL.silent_way(call.call.step))
        if not listening:
            break
        webhooks += 1
        call.press(keys, at=listening[where % len(listening)])
    assert sum(call.endings.values()) == 1
    assert set(call.endings.values()) == {1}
    assert sum(number for (what, _), number in call.counts.items() if what in HEARD) == webhooks
    assert all(number >= 0 for number in call.counts.values())
