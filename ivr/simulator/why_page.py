"""The why-transcript as a table, and as one HTML file that needs nothing beside itself: no script, no request.

On a narrow screen the columns stand below each other; roles are written out, since some browsers forget that a table
is one where it is laid out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from activation_core.region_names import text_direction
from ivr.reading_order import numbers
from ivr.simulator.why import Row, moment

__all__ = ["Told", "page", "said_before", "table", "words"]


@dataclass(frozen=True)
class Told:
    """One call and its verdict; `difference` is '' where it went as its file says."""

    name: str
    seconds: float
    difference: str
    rows: Sequence[Row]


# Said before the words, for whoever does not see the columns and colours.
_WHO = {
    "hears": "hears",
    "asked": "is asked",
    "answer": "answers",
    "warning": "Warning:",
    "error": "Error:",
}
_SPOKEN_OUT = frozenset({"warning", "error"})  # their words say it already

_STYLE_OF_TABLES = Path(__file__).parent / "static/why.css"
_STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f7; --card: #fff; --ink: #14191a; --soft: #4c5759; --line: #c3cbcc;
  --accent: #0b5c6b; --good: #17663a; --bad: #a1261d; --bad-ground: #fbeae8;
  --digits: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { :root { --ground: #101617; --card: #192123; --ink: #e8eded; --soft: #a9b5b7;
  --line: #3a474a; --accent: #6cc5d5; --good: #7fd6a0; --bad: #ffaaa1; --bad-ground: #3a1713; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.25rem 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.soft { color: var(--soft); }
.verdict { font-weight: 600; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
@media print { body { background: none; padding: 0; } }
"""


def page(calls: Sequence[Told], *, digits_shown: bool) -> str:
    """The whole file, for one call or several."""
    title = calls[0].name if len(calls) == 1 else f"{len(calls)} calls"
    digits = "Digits are shown." if digits_shown else "Digits that were keyed or read out are masked: •"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Why: {escape(title)}</title>",
            f"<style>{_STYLE}{_STYLE_OF_TABLES.read_text('utf-8')}</style>",
            "</head>",
            "<body>",
            "<main>",
            "<h1>What happened, and why</h1>",
            f'<p class="soft">Times are minutes and seconds since the call was placed. {digits}</p>',
            *(line for number, call in enumerate(calls, 1) for line in _call(call, number)),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _call(call: Told, number: int) -> Iterable[str]:
    verdict = (
        f'<p class="verdict bad">Differs: {escape(call.difference)}</p>'
        if call.difference
        else '<p class="verdict good">As written.</p>'
    )
    yield f'<section aria-labelledby="call-{number}">'
    yield f'<h2 id="call-{number}">{escape(call.name)}</h2>'
    yield verdict
    yield table(call.seconds, call.rows)
    yield "</section>"


def table(seconds: float, rows: Iterable[Row]) -> str:
    """The call of so many seconds, in two columns; `static/why.css` is its look."""
    return "\n".join(_table(seconds, rows))


def _table(seconds: float, rows: Iterable[Row]) -> Iterator[str]:
    yield '<table class="why" role="table">'
    yield f"<caption>A call of {moment(seconds)}</caption>"
    yield '<thead role="rowgroup"><tr role="row"><th class="time" scope="col" role="columnheader">Time</th>'
    yield '<th scope="col" role="columnheader">The caller heard and did</th>'
    yield '<th scope="col" role="columnheader">The server was asked and answered</th></tr></thead>'
    yield '<tbody role="rowgroup">'
    yield from map(_row, rows)
    yield "</tbody></table>"


def _row(row: Row) -> str:
    cell = f'<td role="cell" class="{row.kind}">{words(row)}</td>'
    empty = '<td role="cell"></td>'
    cells = cell + empty if row.side == "caller" else empty + cell
    time = f'<th class="time" scope="row" role="rowheader">{moment(row.at)}</th>'
    return f'<tr role="row" class="{row.side}">{time}{cells}</tr>'


def words(row: Row) -> str:
    """What stands in the cell of a row; its class is the row's kind."""
    who = said_before(row)
    hidden = f'<span class="hidden">{who} </span>' if who else ""
    language = f' lang="{escape(row.language)}" dir="{text_direction(row.language)}"' if row.language else ""
    notes = "".join(f'<span class="note">{escape(note)}</span>' for note in row.notes)
    shown = numbers(row.words) if row.language else escape(row.words)
    return f'{hidden}<span class="words"{language}>{shown}</span>{notes}'


def said_before(row: Row) -> str:
    """Who hears, asks or answers, for whoever does not see the columns and signs; '' where the words say it."""
    return "" if row.kind in _SPOKEN_OUT else _WHO.get(row.kind, "")
