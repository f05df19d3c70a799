"""The queue: callers who were put through, and what they had keyed."""

from __future__ import annotations

from flask import Blueprint, render_template


def add_queue(blueprint: Blueprint) -> None:
    @blueprint.get("")
    def queue() -> str:
        return render_template("desk/queue.html")
