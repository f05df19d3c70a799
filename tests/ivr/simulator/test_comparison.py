"""Two calls line by line: what counts as the same, and what stands beside what."""

from hypothesis import given
from hypothesis import strategies as st

from ivr.simulator.comparison import Part, compared, parts
from ivr.simulator.why import Row


def hears(words, at=0.0):
    return Row(at, "caller", "hears", words)


def presses(keys):
    return Row(0.0, "caller", "enters", f"presses {keys}")


def asked(path):
    return Row(0.0, "server", "asked", f"POST {path}")


def marks(a, b):
    return [(pair.mark, pair.a and pair.a.words, pair.b and pair.b.words) for pair in compared(a, b)]


def test_times_seconds_and_the_digits_of_ids_do_not_count():
    a = [
        hears("Alpha. 1 2 3 4 5 6 7.", 1.0),
        Row(2.0, "server", "answer", "200 after 0.25 s: Say"),
        presses("1234567 1"),
    ]
    b = [
        hears("Alpha. • • • • • • •.", 9.0),
        Row(9.9, "server", "answer", "200 after 1.50 s: Say"),
        presses("7654321 2"),
    ]

    assert [pair.mark for pair in compared(a, b)] == ["same"] * 3


def test_a_choice_in_a_menu_counts():
    assert marks([presses("1")], [presses("2")]) == [("differs", "presses 1", "presses 2")]


def test_a_line_of_one_call_alone_stands_alone():
    a, b = [hears("Welcome."), hears("Goodbye.")], [hears("Welcome."), presses("1"), hears("Goodbye.")]

    assert marks(a, b) == [
        ("same", "Welcome.", "Welcome."),
        ("only_b", None, "presses 1"),
        ("same", "Goodbye.", "Goodbye."),
    ]
    assert [mark for mark, *_ in marks(b, a)] == ["same", "only_a", "same"]


def test_lines_that_differ_stand_beside_their_kind():
    a = [hears("Enter the 49 digits."), asked("/old")]
    b = [presses("1"), hears("Enter the digits."), asked("/new")]

    assert marks(a, b) == [
        ("only_b", None, "presses 1"),
        ("differs", "Enter the 49 digits.", "Enter the digits."),
        ("differs", "POST /old", "POST /new"),
    ]


def test_the_words_that_differ_are_told_apart():
    a, b = hears("To hear it slower, press one."), hears("To hear it again, press one.")

    assert parts(a, b) == [Part("To hear it ", False), Part("slower", True), Part(", press one.", False)]
    assert parts(hears("Welcome to product activation."), hears("I am putting you through.")) == [
        Part("Welcome to product activation.", False)
    ]


ROWS = st.lists(st.sampled_from([hears("a b"), hears("a c"), presses("1"), presses("2"), asked("/x")]), max_size=12)


@given(ROWS, ROWS)
def test_no_line_is_lost_or_told_twice(a, b):
    pairs = compared(a, b)

    assert [pair.a for pair in pairs if pair.a] == a
    assert [pair.b for pair in pairs if pair.b] == b
    assert all(pair.a.words == pair.b.words for pair in pairs if pair.mark == "same")
    for pair in pairs:
        if pair.mark == "differs":
            assert "".join(part.text for part in parts(pair.a, pair.b)) == pair.a.words
