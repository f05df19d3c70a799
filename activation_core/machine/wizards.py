"""Activation and the four license wizards, declared as data: which pages there are, what they say, in which order.

The pages under `/machine` and the guided command line are views of this declaration. What is done on a page is
the library's affair: `server`, `cal_store`, `backup`, `internet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from activation_core.installation_id import Operation
from activation_core.roles import Task

PageId = Literal[
    "welcome",
    "prerequisites",
    "product_key",
    "kind",
    "method",
    "codes",
    "region",
    "internet",
    "confirmation",
    "registration",
    "file",
    "done",
]
WizardId = Literal["activate", "add", "transfer", "back_up", "restore"]
Method = Literal["internet", "telephone"]


@dataclass(frozen=True)
class Choice:
    """One answer of a page that asks; the first one is proposed."""

    id: str
    name: str
    words: str


@dataclass(frozen=True)
class Page:
    """One page: its paragraphs, what to have ready, what can be chosen. `method`: shown for this one only."""

    id: PageId
    title: str
    words: tuple[str, ...]
    checklist: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    method: Method | None = None


@dataclass(frozen=True)
class Wizard:
    """A wizard, from its first page, where the privacy policy is named, to `done`."""

    id: WizardId
    name: str
    purpose: str  # why somebody would start it
    task: Task  # what the person's role must allow
    pages: tuple[Page, ...]

    def __post_init__(self) -> None:
        ids = [page.id for page in self.pages]
        if len(set(ids)) < len(ids) or ids[0] not in ("welcome", "prerequisites") or ids[-1] != "done":
            raise ValueError(f"{self.name}: each page once, a welcome first and `done` last, not {ids}")

    def page(self, id: str) -> Page:
        """KeyError where this wizard has no such page."""
        return {page.id: page for page in self.pages}[id]  # type: ignore[index]  # any text may be asked for

    def pages_by(self, method: Method | None) -> tuple[Page, ...]:
        """Those that somebody sees who has chosen this method; None as long as nothing was chosen."""
        return tuple(page for page in self.pages if page.method in (None, method))

    def after(self, id: PageId, method: Method | None) -> Page:
        """The page behind `Next`."""
        return self._beside(id, method, 1)

    def before(self, id: PageId, method: Method | None) -> Page:
        """The page behind `Back`."""
        return self._beside(id, method, -1)

    def _beside(self, id: PageId, method: Method | None, step: int) -> Page:
        pages = self.pages_by(method)
        place = [page.id for page in pages].index(id) + step
        return pages[min(max(place, 0), len(pages) - 1)]


PRIVACY = "No name and no other personal data is needed."  # rule 2, for the server and for licenses alike

# What the kinds of the Add License Wizard ask for. A transfer has a wizard of its own (rules 28 to 32).
KINDS: Mapping[str, Operation] = {"new": Operation.ADD, "reissue": Operation.REISSUE}

_KIND = Page(
    "kind",
    "Which licenses",
    ("Choose what you want to do with your license codes.",),
    choices=(
        Choice("new", "Add new licenses", "The license codes were never activated before."),
        Choice(
            "reissue",
            "Install lost licenses again",
            "The licenses were on this computer, were deleted or damaged, and there is no backup.",
        ),
    ),
)
_METHOD = Page(
    "method",
    "How to activate",
    ("The Internet is the quicker way: the answer is put in by itself, in a few seconds.",),
    choices=(
        Choice("internet", "By Internet", "Preferred. Over a secure connection to the clearinghouse."),
        Choice("telephone", "By telephone", "Only if you do not have an Internet connection."),
    ),
)
_CODES = Page(
    "codes",
    "License codes",
    (
        "Type a license code and add it to the list. Each stands on a paper license and is 25 characters long.",
        "Check the list against the paper. Delete a code that is wrong and type it again; then go on.",
    ),
)
_REGION = Page(
    "region",
    "Where you call from",
    ("Choose your country or region. The next page shows the number to call, free of charge where possible.",),
    method="telephone",
)
_INTERNET = Page(
    "internet",
    "Ask the clearinghouse",
    ("Each license code gets its Confirmation ID over the Internet, and its licenses are installed at once.",),
    method="internet",
)
_CONFIRMATION = Page(
    "confirmation",
    "Confirmation information",
    (
        "Call the number, give the Installation ID, and type the Confirmation ID that you hear.",
        "Each license code has an Installation ID of its own. Stay on the line: one call serves them all.",
    ),
    checklist=("A pen and paper to write the Confirmation IDs down, or this page, printed",),
    method="telephone",
)

ACTIVATE = Wizard(
    "activate",
    "Activate Your Server",
    "Activation ties the product key to this computer. It is needed to go on working after the first days.",
    "activate",
    (
        Page(
            "welcome",
            "Activate your server",
            (
                "Best activate before you rely on this server. Nothing stops while you do.",
                f"{PRIVACY} Registration is another matter, and optional.",
            ),
            checklist=("The product key, on the license document",),
        ),
        Page(
            "product_key",
            "Start with the product key",
            ("25 characters in five groups, on your license document. Capitals and hyphens do not matter.",),
        ),
        _METHOD,
        Page(
            "internet",
            "Activate by Internet",
            ("The Installation ID is sent to the clearinghouse, and the Confirmation ID is put in by itself.",),
            method="internet",
        ),
        _REGION,
        Page(
            "confirmation",
            "Confirmation information",
            ("Call the number, give the Installation ID, and type the Confirmation ID that you hear.",),
            checklist=("A pen and paper to write the Confirmation ID down, or this page, printed",),
            method="telephone",
        ),
        Page(
            "registration",
            "Register now or later",
            (
                "If you like, tell who uses the product. Activation does not need it, and the two are never linked:"
                " what you type is kept in a file of its own on this computer and sent nowhere.",
            ),
            choices=(
                Choice("later", "Later", "You can register at any time, or never."),
                Choice("now", "Now", "Type a name and, if you like, an address."),
            ),
        ),
        Page("done", "Your server is activated", ("Now client access licenses can be added.",)),
    ),
)
ADD = Wizard(
    "add",
    "Add License Wizard",
    "Add client access licenses that you bought, or install lost ones again on this computer.",
    "add",
    (
        Page(
            "welcome",
            "Welcome to the Add License Wizard",
            (
                "It adds client access licenses to this server, or installs them again after they were lost.",
                "Back up the licenses that you have first: to restore a backup is quicker than to install again.",
                "To move licenses here from another computer, or after a significant change of the hardware, use the"
                " Transfer License Wizard instead.",
                PRIVACY,
            ),
            checklist=("This server, activated", "The license codes, on the paper licenses"),
        ),
        _KIND,
        _METHOD,
        _CODES,
        _REGION,
        _INTERNET,
        _CONFIRMATION,
        Page(
            "done",
            "The wizard is finished",
            (
                "Refresh Manage Your Licenses to see the new licenses.",
                "Back them up now: then nothing needs to be installed again if they are lost.",
            ),
        ),
    ),
)
TRANSFER = Wizard(
    "transfer",
    "Transfer License Wizard",
    "Move licenses to this computer from another one, or keep them after a significant change of the hardware.",
    "transfer",
    (
        Page(
            "prerequisites",
            "Before you transfer licenses",
            (
                "Licenses are transferred by telephone only. Start this wizard on the computer that the licenses"
                " move to; on the old one, if it still runs, they are given up.",
                PRIVACY,
            ),
            checklist=(
                "This server, activated",
                "The license codes, at hand",
                "A telephone: you will give an Installation ID for each license code; several codes stand on"
                " several pages, one after the other",
                "A pen and paper to write the Confirmation IDs down",
            ),
        ),
        _CODES,
        _REGION,
        _CONFIRMATION,
        Page(
            "done",
            "The wizard is finished",
            (
                "Refresh Manage Your Licenses to see the licenses.",
                "If the old computer still runs, give the licenses up there. An older backup does not hold for this"
                " computer: back up now.",
            ),
        ),
    ),
)
BACK_UP = Wizard(
    "back_up",
    "Back Up License Wizard",
    "Save the licenses of this computer in a file, so that they can be restored if they are lost.",
    "back_up",
    (
        Page(
            "welcome",
            "Welcome to the Back Up License Wizard",
            (
                "It saves the client access licenses only: no system files and no documents.",
                "The backup can be restored on this computer only. It holds license codes, so keep it where you keep"
                " the paper licenses.",
                PRIVACY,
            ),
            checklist=("This server, activated",),
        ),
        Page(
            "file",
            "File name and location",
            ("Choose a place that outlives this computer's disk, such as a removable or a network drive.",),
        ),
        Page("done", "The licenses are backed up", ("Make a new backup whenever you have added licenses.",)),
    ),
)
RESTORE = Wizard(
    "restore",
    "Restore License Wizard",
    "Bring licenses back that were lost or damaged on this computer, from a backup.",
    "restore",
    (
        Page(
            "welcome",
            "Welcome to the Restore License Wizard",
            (
                "It works on the computer that the backup was made on, and only if the Back Up License Wizard was"
                " used before.",
                "Without a valid backup the licenses may not be recoverable this way: use the Add License Wizard"
                " and install lost licenses again.",
                PRIVACY,
            ),
            checklist=("This server, activated", "The file of the backup"),
        ),
        Page("file", "The backup", ("Name the file that the Back Up License Wizard wrote.",)),
        Page("done", "The licenses are restored", ("Refresh Manage Your Licenses to see them.",)),
    ),
)

WIZARDS: Mapping[str, Wizard] = {wizard.id: wizard for wizard in (ACTIVATE, ADD, TRANSFER, BACK_UP, RESTORE)}
TO_DO = (ACTIVATE, ADD)  # the two tasks of the To Do List, in their order (rules 27 and 47)
