"""The frame around each page of a license wizard: the steps, what was chosen before, where Back and Next lead.

What was chosen travels in the address, so that Back, reload and a second window do what their user expects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from activation_core.installation_id import Operation
from activation_core.machine.pages.number_to_call import wished_region
from activation_core.machine.pages.screen import Screen
from activation_core.machine.wizards import KINDS, WIZARDS, Method, Page, Wizard


@dataclass(frozen=True)
class Journey:
    """One wizard at one of its pages, with the choices of the pages before."""

    wizard: Wizard
    page: Page
    kind: str
    method: Method | None

    @property
    def operation(self) -> Operation:
        return KINDS.get(self.kind, Operation.TRANSFER)

    @property
    def chosen(self) -> Mapping[str, str]:
        """What the address carries on."""
        if self.wizard.id not in ("add", "transfer"):
            return {}
        chosen = {"region": request.values.get("region", "")}
        if self.wizard.id == "add":
            chosen |= {"kind": self.kind, "method": self.method or ""}
        return {name: value for name, value in chosen.items() if value}

    def to(self, page: str, anchor: str = "", **more: Any) -> str:
        """The address of another page of this wizard."""
        return address(self.wizard, page, anchor, **{**self.chosen, **more})

    def go(self, page: str, anchor: str = "", **more: Any) -> AnyResponse:
        """There; a reload sends nothing again."""
        return redirect(self.to(page, anchor, **more), HTTPStatus.SEE_OTHER)

    @property
    def next_page(self) -> str:
        return self.wizard.after(self.page.id, self.method).id

    def frame(self, screen: Screen) -> dict[str, Any]:
        """What each template of a wizard is made with."""
        first = self.page is self.wizard.pages[0]
        return {
            "wizard": self.wizard,
            "page": self.page,
            "steps": self.wizard.pages_by(self.method),
            "journey": self,
            "back": None if first else self.to(self.wizard.before(self.page.id, self.method).id),
            "next": self.to(self.next_page),
            "blocked": screen.computer.cals.refused(screen.actor(), self.wizard.task, screen.now()),
            "region": wished_region(),
        }


def journey(wizard_id: str, page_id: str) -> Journey:
    """What this request asks for; 404 where there is no such page."""
    wizard = WIZARDS[wizard_id.replace("-", "_")]
    try:
        page = wizard.page(page_id)
    except KeyError:
        abort(HTTPStatus.NOT_FOUND)
    kind = request.values.get("kind", "")
    chosen: Method = "telephone" if request.values.get("method") == "telephone" else "internet"
    if wizard.id == "transfer":
        return Journey(wizard, page, "", "telephone")
    if wizard.id == "add":
        return Journey(wizard, page, kind if kind in KINDS else next(iter(KINDS)), page.method or chosen)
    return Journey(wizard, page, "", None)


def address(wizard: Wizard, page: str = "", anchor: str = "", **chosen: Any) -> str:
    """Where a wizard begins, or one of its pages."""
    name = wizard.id.replace("_", "-")
    return url_for(
        "machine.wizard", wizard_id=name, page_id=page or wizard.pages[0].id, _anchor=anchor or None, **chosen
    )
