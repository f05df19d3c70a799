"""Calls in one file, to be handed on: HTML for people, JSON for programs, JUnit XML for build servers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ivr.simulator.junit import junit
from ivr.simulator.masking import masked_call
from ivr.simulator.played import Played, as_json
from ivr.simulator.why import rows
from ivr.simulator.why_page import Told, page
from ivr.wording import Books

__all__ = ["FORMS", "call_file"]

# Its type, and how its name ends.
FORMS: Mapping[str, tuple[str, str]] = {
    "html": ("text/html; charset=utf-8", ".html"),
    "json": ("application/json", ".json"),
    "junit": ("application/xml", ".xml"),
}


def call_file(form: str, calls: Sequence[Played], books: Books, *, show_digits: bool) -> str:
    """The text of the file, of one of the FORMS; digits are masked unless asked for."""
    if not show_digits:
        calls = [masked_call(each, books) for each in calls]
    match form:
        case "html":
            told = [
                Told(each.name, each.seconds, each.difference or "", rows(each.events, books, show_digits=True))
                for each in calls
            ]
            return page(told, digits_shown=show_digits)
        case "json":
            return json.dumps([as_json(each) for each in calls], indent=2, ensure_ascii=False) + "\n"
        case "junit":
            return junit(calls, books)
    raise ValueError(f"{form}: a file of calls is one of {', '.join(FORMS)}")
