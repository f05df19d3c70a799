"""The page `/desk/today`: a day of calls, drawn from what was counted. Behind whatever guards the blueprint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from flask import Blueprint, render_template, request

from ivr.dialogue import Flow
from ivr.tally import day, plots
from ivr.tally.counting import BUCKET, LAST_BUCKET
from ivr.tally.day import BUCKETS, HOURS, Day, in_words

ENDED: Mapping[str, str] = {
    "confirmed": "got a Confirmation ID",
    "put_through": "put through",
    "nobody": "nobody was there",
    "refused": "refused",
    "gave_up": "gave up",
    "out_of_order": "out of order",
}
MISSED = {"nomatch": "wrong keys", "noinput": "silence"}
_ONE_DAY = timedelta(days=1)


class Counted(Protocol):
    """What was counted, by the hour; `activation_core.clearinghouse.tallies` in real life."""

    def between(self, since: datetime, until: datetime) -> Mapping[tuple[int, str, str], int]: ...
    def confirmed(self, since: datetime, until: datetime) -> Mapping[str, int]: ...


def today(flow: Flow, counted: Counted, guard: Callable[[Blueprint], None], now: Callable[[], datetime]) -> Blueprint:
    blueprint = Blueprint(
        "today", __name__, url_prefix="/desk/today", template_folder="templates", static_folder="static"
    )
    guard(blueprint)

    @blueprint.get("")
    def page() -> str:
        latest = now().astimezone(UTC)
        asked = request.args.get("day", "")
        shown, fault = _day(asked, latest.date())
        since = datetime.combine(shown, time(0), UTC)
        figures = day.of_day(
            shown, counted.between(since, since + _ONE_DAY), counted.confirmed(since, since + _ONE_DAY), flow
        )
        return render_template(
            "tally/today.html",
            day=figures,
            latest=latest,
            fault=fault,
            before=shown - _ONE_DAY if shown > date.min else None,
            after=shown + _ONE_DAY if shown < latest.date() else None,
            plots=_plots(figures),
            ended=ENDED,
            missed=MISSED,
            tables=_tables(figures),
            lasted=lasted,
            share=share,
        )

    return blueprint


def _day(asked: str, latest: date) -> tuple[date, str]:
    """The day that is shown, and what is wrong with the one that was asked for."""
    if not asked:
        return latest, ""
    try:
        wanted = date.fromisoformat(asked)
    except ValueError:
        return latest, "Write a day as 2026-05-04. This is today."
    return (wanted, "") if wanted <= latest else (latest, "That day is still to come. This is today.")


def _plots(figures: Day) -> dict[str, object]:
    return {
        "hours": plots.columns(figures.hours, [f"{hour:02}" for hour in HOURS], ENDED, every=3),
        "left": plots.rows(
            [(stretch.words, parts, str(sum(parts.values()))) for stretch, parts in figures.left], ENDED
        ),
        "seconds": plots.columns(
            [{"confirmed": number} for number in figures.seconds],
            [str(begins) for begins in BUCKETS],
            {"confirmed": "calls"},
            every=60 // BUCKET,
            tick=0,
        ),
        "misses": plots.rows(
            [
                (in_words(step), _shares(parts, ("nomatch", "noinput")), share(_missed(parts), sum(parts.values())))
                for step, parts in figures.misses
            ],
            MISSED,
        ),
        "refusals": plots.rows(
            [(in_words(code), {"refused": number}, str(number)) for code, number in figures.refusals], ENDED
        ),
    }


def _tables(figures: Day) -> dict[str, list[list[str | int]]]:
    """The same numbers as in the plots."""
    return {
        "hours": [[f"{n:02}:00", *hour.values()] for n, hour in enumerate(figures.hours) if any(hour.values())],
        "left": [[stretch.words, *parts.values()] for stretch, parts in figures.left],
        "seconds": [[_bucket(b), number] for b, number in zip(BUCKETS, figures.seconds, strict=True) if number],
        "heard": [[in_words(step), *parts.values()] for step, parts in figures.heard],
    }


def _missed(parts: Mapping[str, int]) -> int:
    return parts["nomatch"] + parts["noinput"]


def _shares(parts: Mapping[str, int], kinds: tuple[str, ...]) -> dict[str, float]:
    """In percent of all that was heard."""
    return {kind: round(100 * parts[kind] / sum(parts.values()), 1) for kind in kinds}


def _bucket(begins: int) -> str:
    return f"{begins} to {begins + BUCKET}" if begins < LAST_BUCKET else f"{begins} and more"


def lasted(seconds: float | None) -> str:
    if seconds is None:
        return f"more than {LAST_BUCKET // 60} min"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"
