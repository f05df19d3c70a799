"""The simulated calls that are over: kept in a file of their own, found, searched, and bounded."""

import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ivr.simulator.events import Event
from ivr.simulator.gist import gist
from ivr.simulator.kept_calls import CallsUnreadable, KeptCall, KeptCalls, Sought

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
KEYED = "0123456"


@pytest.fixture
def kept(tmp_path: Path, books) -> KeptCalls:
    return KeptCalls(tmp_path / "instance/calls.db", books)


def call(call_id: str, *events: Event, at: datetime = NOON, dialled: str = "+18005550199", **more) -> KeptCall:
    wish = {"dialled": dialled, "caller_region": "US", "caller": None, "speed": 4.0, "faults": {"line": "noisy"}}
    return KeptCall(call_id, at, wish, (*events, ended()), **more)


def ended(by: str = "caller") -> Event:
    return Event(9.5, "end", {"by": by, "why": "hung up", "status": "completed"})


def says(text: str, language: str = "en-US") -> Event:
    return Event(1.0, "say", {"text": text, "language": language, "voice": "", "seconds": 1.0, "gather": True})


def listens(step: str, part: str = "") -> Event:
    asked = {"numDigits": 7, "finishOnKey": "#", "timeout": 5, "input": "dtmf", "action": f"/voice/step/{step}{part}"}
    return Event(1.0, "listen", asked)


def keys(digits: str) -> Event:
    return Event(2.0, "gathered", {"digits": digits, "key": "#", "why": "finish key"})


def warning() -> Event:
    told = {"code": 12200, "title": "Schema", "message": "Say has no attribute loud", "cause": "c", "cure": "Mend it"}
    return Event(3.0, "warning", {**told, "url": "https://voice.example/voice"})


def ids(kept: KeptCalls, **sought) -> list[str]:
    return [entry.id for entry in kept.search(Sought(**sought), 50)[0]]


def test_a_call_is_found_as_it_was_kept(kept: KeptCalls) -> None:
    one = call("one", says("Grüße, 日本"), keys(KEYED), scenario="a.call", difference="line 3 …", line=3)
    kept.keep(one)

    assert kept.find("one") == one
    assert kept.find("two") is None


def test_a_call_that_is_kept_already_stays_as_it_is(kept: KeptCalls) -> None:
    kept.keep(call("one", says("first")))
    kept.keep(call("one", says("second")))

    assert kept.find("one") == call("one", says("first"))


def test_a_call_that_is_not_over_is_not_kept(kept: KeptCalls) -> None:
    with pytest.raises(ValueError, match="not over"):
        kept.keep(KeptCall("one", NOON, {"dialled": "+1"}, (says("still talking"),)))


def test_the_file_is_for_its_owner_alone(kept: KeptCalls) -> None:
    kept.keep(call("one"))

    assert kept.path.stat().st_mode & 0o077 == 0


def test_the_latest_stay(kept: KeptCalls) -> None:
    few = KeptCalls(kept.path, kept.books, most=3)
    for n in range(5):
        few.keep(call(str(n), at=NOON + timedelta(minutes=n)))

    assert ids(few) == ["4", "3", "2"]
    assert few.find("1") is None


def test_they_are_listed_page_by_page_and_counted(kept: KeptCalls) -> None:
    for n in range(5):
        kept.keep(call(str(n), at=NOON + timedelta(minutes=n)))

    page, total = kept.search(Sought(), 2, 2)

    assert ([entry.id for entry in page], total) == (["2", "1"], 5)


def test_words_are_found_in_any_order_and_case_and_all_of_them_count(kept: KeptCalls) -> None:
    kept.keep(call("one", says("Welcome to product ACTIVATION."), says("Straße", "de-DE")))
    kept.keep(call("two", says("Welcome")))

    assert ids(kept, words="activation  welcome") == ["one"]
    assert ids(kept, words="STRASSE") == ["one"]
    assert ids(kept, words="welcome") == ["two", "one"]
    assert ids(kept, words="100% of_it") == []


def test_digits_are_not_found(kept: KeptCalls) -> None:
    kept.keep(call("one", listens("enter_id"), keys(KEYED), says("Bravo. zero one two three four five six.")))

    assert ids(kept, words=KEYED) == []
    assert ids(kept, words="0") == []
    assert ids(kept, words="zero") == []
    assert ids(kept, words="bravo") == ["one"]


def test_calls_are_found_by_number_step_problem_scenario_and_day(kept: KeptCalls) -> None:
    kept.keep(call("number", dialled="+493023125142"))
    kept.keep(call("step", listens("enter_id"), listens("read_back", "?part=3")))
    kept.keep(call("warned", warning()))
    kept.keep(call("differs", difference="line 3", scenario="Night.call"))
    kept.keep(call("old", at=NOON - timedelta(days=2)))

    assert ids(kept, number="2312514") == ["number"]
    assert ids(kept, step="read_back") == ["step"]
    assert ids(kept, step="back") == []
    assert ids(kept, with_problems=True) == ["differs", "warned"]
    assert ids(kept, words="loud") == ["warned"]
    assert ids(kept, words="night.call") == ["differs"]
    assert ids(kept, until=date(2026, 11, 25)) == ["old"]
    assert ids(kept, since=date(2026, 11, 24), until=date(2026, 11, 24)) == ["old"]
    assert "old" not in ids(kept, since=date(2026, 11, 26), until=date(9999, 12, 31))
    assert kept.steps() == ["enter_id", "read_back"]


def test_days_are_those_of_utc(kept: KeptCalls) -> None:
    kept.keep(call("late", at=datetime.fromisoformat("2026-11-26T01:00+09:00")))

    assert ids(kept, since=date(2026, 11, 25), until=date(2026, 11, 25)) == ["late"]


def test_what_a_call_comes_to_is_listed(kept: KeptCalls) -> None:
    kept.keep(
        call("one", listens("enter_id"), listens("repair"), listens("enter_id"), warning(), says("Hola", "es-US"))
    )

    (entry,), _ = kept.search(Sought(outcome="left"), 10)

    assert (entry.gist.words, entry.gist.step, entry.gist.steps) == (
        "The caller hung up",
        "enter_id",
        ("repair", "enter_id"),
    )
    assert (entry.gist.seconds, entry.gist.languages, entry.gist.problems) == (9.5, ("es-US",), 1)
    assert entry.wish["faults"] == {"line": "noisy"}


@pytest.mark.parametrize(
    ("prompts", "dialled", "by", "words"),
    [
        (["confirmed"], "", "caller", "Confirmed, 0 of 13 blocks read"),
        (["refused_in_use"], "", "application", "Refused: in use"),
        (["refused_in_use", "confirmed"], "", "caller", "Confirmed, 0 of 13 blocks read"),
        (["refused_in_use"], "completed", "application", "Refused: in use, then put through"),
        (["welcome"], "completed", "application", "Put through"),
        (["welcome"], "no-answer", "application", "Ended by the application"),
        (["welcome"], "", "caller", "The caller hung up"),
        ([], "", "carrier", "Cut off by the carrier"),
    ],
)
def test_the_outcome_is_told_in_words(books, prompts: list[str], dialled: str, by: str, words: str) -> None:
    dials = [Event(5.0, "dial", {"number": "+1", "outcome": dialled, "seconds": 1.0})] if dialled else []

    assert (
        gist(
            [*(says(books["en-US"].prompts[each].replace("[300ms] ", "")) for each in prompts), *dials, ended(by)],
            books,
        ).words
        == words
    )


def test_calls_that_end_at_once_in_many_threads_are_all_kept(kept: KeptCalls) -> None:
    threads = [threading.Thread(target=kept.keep, args=[call(str(n))]) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kept.search(Sought(), 1)[1] == 12


def test_a_file_that_is_no_database_is_said_to_be_unreadable(kept: KeptCalls) -> None:
    kept.path.parent.mkdir()
    kept.path.write_text("no database, but a text of some length that somebody has put here by mistake")

    with pytest.raises(CallsUnreadable, match=r"calls\.db: file is not a database"):
        kept.search(Sought(), 1)


def test_a_call_that_cannot_be_written_leaves_the_others(kept: KeptCalls) -> None:
    kept.keep(call("one"))
    with sqlite3.connect(kept.path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    other.close()

    with pytest.raises(CallsUnreadable, match="disk is full"):
        kept.keep(call("two"))
    assert ids(kept) == ["one"]
