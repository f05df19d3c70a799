"""The figures of a day, from what was counted."""

from datetime import date

import pytest

from ivr.activation_call import ACTIVATION_CALL
from ivr.tally.day import BUCKETS, Day, of_day, stretch


def day(counts, confirmed=()) -> Day:
    return of_day(date(2026, 5, 4), counts, dict(confirmed), ACTIVATION_CALL)


def test_a_day_without_calls_has_figures_all_the_same():
    empty = day({})
    assert (empty.calls, empty.left, empty.misses, empty.refusals, empty.confirmed) == (0, (), (), (), ())
    assert empty.until_confirmed(50) is None


def test_the_ways_of_ending_add_up_to_the_calls_hour_by_hour():
    told = day(
        {
            (9, "confirmed", ""): 3,
            (9, "gave_up", "enter_id"): 1,
            (9, "gave_up", "repair"): 1,
            (23, "nobody", "repair"): 2,
        }
    )
    assert (told.hours[9]["confirmed"], told.hours[9]["gave_up"], told.hours[23]["nobody"]) == (3, 2, 2)
    assert (told.calls, told.endings["gave_up"]) == (7, 2)


def test_where_calls_end_is_told_in_the_order_of_the_call_and_without_those_that_were_confirmed():
    told = day({(1, "gave_up", "repair"): 2, (2, "put_through", "language"): 1, (3, "confirmed", ""): 5})
    assert [(each.step, sum(parts.values())) for each, parts in told.left] == [("language", 1), ("repair", 2)]


def test_a_stretch_says_how_far_silence_leads_on():
    assert stretch(ACTIVATION_CALL, "language").words == "language → enter block"
    assert stretch(ACTIVATION_CALL, "repair").words == "repair"


def test_a_count_that_was_taken_back_twice_is_no_less_than_none():
    told = day({(9, "gave_up", "repair"): -1, (9, "confirmed", ""): 1})
    assert told.left == ()
    assert told.endings["gave_up"] == 0


def test_only_steps_with_silence_or_wrong_keys_are_named_for_them():
    told = day({(1, "understood", "enter_id"): 9, (1, "understood", "repair"): 2, (2, "noinput", "repair"): 1})
    assert told.misses == (("repair", {"understood": 2, "nomatch": 0, "noinput": 1}),)
    assert told.missed == {"understood": 11, "nomatch": 0, "noinput": 1}


def test_refusals_and_channels_come_with_the_most_first():
    told = day({(1, "refusal", "revoked"): 1, (2, "refusal", "in_use"): 2}, {"internet": 4, "telephone": 9})
    assert told.refusals == (("in_use", 2), ("revoked", 1))
    assert told.confirmed == (("telephone", 9), ("internet", 4))


@pytest.mark.parametrize(
    ("buckets", "percent", "seconds"),
    [
        ({"60": 4}, 50, 67.5),  # the middle of 60 to 75
        ({"60": 4}, 100, 75),
        ({"15": 1, "60": 1}, 50, 30),
        ({"15": 9, "60": 1}, 90, 30),
        ({"15": 8, "60": 2}, 90, 67.5),
        ({"15": 1, "300": 9}, 90, None),
    ],
)
def test_the_seconds_within_which_so_many_had_their_confirmation_id(buckets, percent, seconds):
    assert day({(8, "seconds", begins): n for begins, n in buckets.items()}).until_confirmed(percent) == seconds


def test_every_bucket_that_is_counted_has_its_column():
    assert sum(day({(8, "seconds", str(begins)): 1 for begins in BUCKETS}).seconds) == len(BUCKETS)
