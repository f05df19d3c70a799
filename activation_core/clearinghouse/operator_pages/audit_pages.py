"""The audit log on a page: what was done lately, and by whom."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from activation_core.clearinghouse.audit import Audit, in_words

_AT_ONCE = 200


def add_audit(blueprint: Blueprint, audit: Audit) -> None:
    """`/desk/audit`, newest first; `?before=` is how a reader goes further back."""

    @blueprint.get("/audit")
    def audit_log() -> str:
        entries = audit.entries(_AT_ONCE, before=request.args.get("before", type=_number))
        older = entries[-1].number if entries and entries[-1].number > 1 else None
        return render_template("desk/audit.html", entries=entries, older=older, in_words=in_words)


def _number(text: str) -> int:
    """Of an entry. ValueError where no database could hold it."""
    if not text.isdecimal() or len(text) > 18:
        raise ValueError("no number of an entry")
    return int(text)
