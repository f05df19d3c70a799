"""The why-transcript as one HTML file that needs nothing beside itself: no script, no request, light and dark.

On a narrow screen the columns stand below each other; roles are written out, since some browsers forget that a table
is one where it is laid out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from ivr.simulator.why import Row, moment

__all__ = ["Told", "page"]


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
.soft, .note { color: var(--soft); }
.verdict { font-weight: 600; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--card);
  border: 1px solid var(--line); }
caption { text-align: left; padding: 0 0 .5rem; color: var(--soft); }
th, td { padding: .45rem .75rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; background: var(--card); border-bottom: 2px solid var(--line); }
tbody tr { border-top: 1px solid var(--line); }
.time { width: 5.5rem; font: .9rem/1.6 var(--digits); color: var(--soft); font-weight: 400; }
td + td { border-left: 1px solid var(--line); }
.asked, .answer { font: .9rem/1.5 var(--digits); }
.asked .note, .answer .note { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }
.hears .words::before { content: "« " / ""; color: var(--soft); }
.enters .words::before { content: "» " / ""; }
.asked .words::before { content: "→ " / ""; color: var(--soft); }
.answer .words::before { content: "← " / ""; color: var(--soft); }
.enters .words, .lost .words { font-weight: 600; }
.enters .words { color: var(--accent); }
.note { display: block; font-size: .9rem; }
.lost, .error, .warning { background: var(--bad-ground); }
.lost .words, .error .words, .warning .words { color: var(--bad); font-weight: 600; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
@media (max-width: 40rem) {
  table, tbody, caption { display: block; }
  caption { padding: .5rem .75rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr); }
  .time { width: auto; padding-right: 0; }
  td { padding-left: 0; }
  td + td { border-left: 0; }
  td:empty { display: none; }
  tr.server td { padding-left: .75rem; border-left: 3px solid var(--accent); margin: .3rem 0; padding-block: .15rem; }
}
@media print { body { background: none; padding: 0; } tr { break-inside: avoid; } }
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
            f"<style>{_STYLE}</style>",
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
    yield '<table role="table">'
    yield f"<caption>A call of {moment(call.seconds)}</caption>"
    yield '<thead role="rowgroup"><tr role="row"><th class="time" scope="col" role="columnheader">Time</th>'
    yield '<th scope="col" role="columnheader">The caller heard and did</th>'
    yield '<th scope="col" role="columnheader">The server was asked and answered</th></tr></thead>'
    yield '<tbody role="rowgroup">'
    yield from map(_row, call.rows)
    yield "</tbody></table></section>"


def _row(row: Row) -> str:
    cell = f'<td role="cell" class="{row.kind}">{_words(row)}</td>'
    empty = '<td role="cell"></td>'
    cells = cell + empty if row.side == "caller" else empty + cell
    time = f'<th class="time" scope="row" role="rowheader">{moment(row.at)}</th>'
    return f'<tr role="row" class="{row.side}">{time}{cells}</tr>'


def _words(row: Row) -> str:
    who = "" if row.kind in _SPOKEN_OUT else _WHO.get(row.kind, "")
    hidden = f'<span class="hidden">{who} </span>' if who else ""
    language = f' lang="{escape(row.language)}"' if row.language else ""
    notes = "".join(f'<span class="note">{escape(note)}</span>' for note in row.notes)
    return f'{hidden}<span class="words"{language}>{escape(row.words)}</span>{notes}'
