"""Pictures of every page for docs/screenshots.md: `make screenshots` takes them anew, from a staged world of one seed.

A page that is new needs one line in PICTURES, or one in NO_PAGES that says why there is none; test_screenshots.py holds
that. To take some only: `.venv/bin/python tests/screenshots.py NAME…`.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import httpx
from dotenv import dotenv_values
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, Response, sync_playwright
from werkzeug.serving import make_server

HOUSE = Path(__file__).parents[1]
sys.path.insert(0, str(HOUSE))

import app  # noqa: E402
from ivr.activation_call import ACTIVATION_CALL  # noqa: E402
from ivr.simulator.carrier import Carrier  # noqa: E402
from ivr.simulator.kept_calls import KeptCall, KeptCalls  # noqa: E402
from ivr.simulator.rehearsal import Rehearsal  # noqa: E402
from ivr.simulator.scenario import parse  # noqa: E402
from ivr.webhooks import LAST_RESORT  # noqa: E402
from wiring.rehearsed_world import open_world  # noqa: E402
from wiring.staged_company import staged_site_in  # noqa: E402

FOLDER = HOUSE / "docs/screenshots"
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
# What a picture is taken with: the end of its name, width, colours, and how high it may be.
Look = tuple[str, int, Literal["light", "dark"], int]
LOOKS: list[Look] = [("", 1280, "light", 1100), ("-phone", 390, "dark", 1400)]


def nothing(page: Page) -> None:
    pass


@dataclass(frozen=True)
class Picture:
    """Of the page at `address`, after `prepare`; `words` say what is seen. `server` is whose pages these are."""

    name: str
    address: str
    words: str
    server: str = "pier"
    prepare: Callable[[Page], object] = nothing


# -- ways to what is worth seeing -----------------------------------------------------------------------


def sign_in(page: Page) -> None:
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def calling(page: Page) -> None:
    """A call in the middle of which a block has been keyed."""
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text("Listening: up to 49 keys").wait_for()
    page.keyboard.type("1415581")
    page.get_by_text("7 of 49").wait_for()


def looked_up(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Look up").first.click()


def answered(page: Page) -> None:
    """The web form has got the Installation ID that the computer shows."""
    page.goto("/machine/activate")
    blocks = re.findall(r"\b\d{3} \d{4}\b", page.locator("main").inner_text())[:7]
    page.goto("/activate")
    for number, block in enumerate(blocks, 1):
        page.get_by_label(f"Block {number}").fill(block)
    with page.expect_navigation():
        page.get_by_role("button", name="Get the Confirmation ID").click()


CALLER = "/desk/callers/0000011"  # the reference of the first who is put through

PICTURES = [
    Picture("home", "/", "The first page: where the computer, the telephone and the other pages are"),
    # the licensed computer
    Picture("computer", "/machine", "Manage Your Licenses: a computer that is activated, and its licenses"),
    Picture("computer-new", "/machine", "The To Do List of a computer that is new", "mole"),
    Picture("activate", "/machine/activate", "Activation by Internet or by telephone, the product key first", "mole"),
    Picture("license-information", "/machine/license-information", "What is known of the licenses of this computer"),
    Picture("register", "/machine/register", "Registration, which is optional and apart from activation"),
    Picture("disclosure", "/machine/disclosure", "What leaves the computer when it is activated, and what does not"),
    Picture("give-up", "/machine/give-up", "Giving the activation of this computer up"),
    Picture("history", "/machine/history", "All that was done with the licenses of this computer"),
    Picture("wizard-add", "/machine/add/welcome", "The Add License Wizard begins"),
    Picture("wizard-transfer", "/machine/transfer/prerequisites", "The Transfer License Wizard, for another computer"),
    Picture("wizard-back-up", "/machine/back-up/welcome", "The Back Up License Wizard"),
    Picture("wizard-restore", "/machine/restore/welcome", "The Restore License Wizard"),
    Picture("mode", "/machine/mode", "The licensing mode, and the way from one to the other"),
    Picture("site", "/machine/site", "The servers of the site, and the pool of their licenses"),
    Picture("usage", "/machine/usage", "Which clients are licensed"),
    Picture("logon", "/machine/logon", "A client connects, and is licensed or is not"),
    Picture("agreement", "/machine/agreement", "The license agreement"),
    Picture("sheet", "/machine/sheet", "The sheet to print: number, Installation ID, boxes and a QR code", "mole"),
    Picture("web-form", "/activate", "The web form, for whoever cannot hear or has no telephone"),
    Picture(
        "web-form-answer", "/activate", "Its answer: thirteen blocks, large, read aloud on request", "mole", answered
    ),
    # the telephone and its calls
    Picture("telephone", "/phone?region=DE", "The telephone before a call: where from, and which number"),
    Picture(
        "telephone-calling",
        "/phone?region=DE",
        "The telephone in a call: captions, keypad, notepad, and the call as it is declared",
        prepare=calling,
    ),
    Picture("telephone-ended", "/phone?call=0000000000000001", "A call that is over, with the way that it took"),
    Picture("calls", "/calls", "The calls that are over, to be searched and chosen from"),
    Picture("call", "/calls/0000000000000003", "One call: what happened, and why"),
    Picture(
        "calls-compared",
        "/calls/compare?a=0000000000000003&b=0000000000000004&lines=differences",
        "Two calls beside each other, line by line, and where they differ",
    ),
    # what is said
    Picture(
        "prompts", "/prompts", "The prompt book: every prompt in every language, how long it is and where it is said"
    ),
    Picture("prompts-takes", "/prompts/takes", "The script for a voice talent, to be printed"),
    # the operator's desk
    Picture("sign-in", "/desk/sign-in", "The door of the operator's desk"),
    Picture("desk", "/desk", "The operator's desk: callers who were put through"),
    Picture("caller", CALLER, "A caller who was put through, with what was keyed and why the call stopped"),
    Picture("case", CALLER, "What the desk knows of an Installation ID, and what can be decided", prepare=looked_up),
    Picture("look-up", "/desk/look-up", "An Installation ID or a code is looked up"),
    Picture(
        "audit",
        "/desk/audit",
        "The log of what was done at the desk, each entry sealed to the one before",
    ),
    Picture("today", "/desk/today?day=2026-11-25", "A day of calls: outcomes, and where callers give up"),
]

# What answers a GET and is no page: by the end point, or all of a blueprint.
NO_PAGES = {
    "clearinghouse": "an API, for programs",
    "machine_api": "an API, for programs",
    "health": "for those who watch over the application",
    "metrics": "for those who watch over the application",
    "desk.fresh": "a part of the page, for its script",
    "desk.find": "leads to the caller",
    "machine.number": "a part of the page, for its script",
    "machine.begin": "leads to the first page of a wizard",
    "calls.export": "a file",
    "phone.command": "a text, for the page",
    "phone.call": "JSON, for the page",
    "phone.drawn": "a drawing within the page",
    "phone.events": "a stream, for the page",
    "phone.number": "JSON, for the page",
    "phone.scenario": "a file",
    "prompts.audio": "sound",
    "speech.wav": "sound",
}


def index() -> str:
    """The generated part of docs/screenshots.md."""
    (_, width, _, _), (phone, narrow, _, _) = LOOKS
    rows = []
    for each in PICTURES:
        wide = f'<img src="screenshots/{each.name}.png" width="{width // 2}" alt="{each.words}">'
        small = (
            f'<img src="screenshots/{each.name}{phone}.png" width="{narrow // 2}" alt="The same on a telephone, dark">'
        )
        rows.append(f"**{each.words}** (`{each.address.partition('?')[0]}`)\n\n{wide}\n{small}\n")
    return "\n".join(rows)


# -- the world ------------------------------------------------------------------------------------------


def stage(folder: Path) -> dict[str, app.Settings]:
    """A site of one seed, an operator, a day of calls, and some calls that are kept; the settings by server."""
    staged_site_in(folder, 1)
    found = {name: app.read_settings(dotenv_values(folder / f"{name}.env")) for name in ("pier", "mole")}
    parts = app.Parts(found["pier"])
    parts.staff.accounts.add("ada", PASSWORD, "terminal", NOW - timedelta(days=2))
    keep_calls(KeptCalls(Path(found["pier"].calls_file), parts.books))
    keyed = parts.records.activations(1)[0].installation_id
    parts.records.hand_over("one", keyed, "in_use", "refused_in_use", "en-US", NOW - timedelta(minutes=4))
    parts.records.hand_over("two", keyed[:21] + "-" * 28, "", "repair", "es-US", NOW - timedelta(minutes=1))
    for hour, calls in enumerate((2, 3, 9, 14, 11, 6, 8, 12, 5, 2)):
        at = (NOW - timedelta(days=1)).replace(hour=7 + hour)
        refused, lost = ("refused", "refused_in_use"), ("gave_up", "enter_id")
        counts = {
            ("confirmed", ""): calls,
            refused: calls // 4,
            lost: calls // 6,
            ("put_through", "repair"): calls // 5,
        }
        parts.tallies.add(at, {key: count for key, count in counts.items() if count})
        parts.tallies.add(
            at, {("seconds", "180"): calls, ("nomatch", "repair"): 1 + calls // 3, ("refusal", "in_use"): 1}
        )
    parts.tallies.flush()
    parts.records.store.close()
    return found


def keep_calls(kept: KeptCalls) -> None:
    """The same calls each time, five minutes apart."""
    names = ["shortest_way", "person_at_once", "mistyped_block", "refused_in_use", "in_spanish", "desk_too_slow"]
    prompts = {*ACTIVATION_CALL.prompts(), *LAST_RESORT}
    with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:

        def carrier() -> Carrier:
            token, fallback = world.auth_token, world.fallback_url
            return Carrier(client, auth_token=token, voice_url=world.voice_url, fallback_url=fallback)

        rehearsal = Rehearsal(carrier, world.stage, world.directory, world.books)
        for n, name in enumerate(names, 1):
            text = (app.DATA / f"scenarios/{name}.call").read_text("utf-8")
            scenario = parse(f"{name}.call", text, prompts)
            wish = {"dialled": rehearsal.dialled(scenario), "caller_region": scenario.region}
            played = rehearsal.play(scenario)
            at = NOW - timedelta(minutes=5 * (len(names) - n))
            kept.keep(KeptCall(f"{n:016x}", at, wish, played.events, played.name, played.difference, played.line))


@contextmanager
def served(settings: app.Settings) -> Iterator[str]:
    """The address under which these pages are."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    server.app = app.create_app(settings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


# -- taking them ----------------------------------------------------------------------------------------


def take(browser: Browser, url: str, picture: Picture) -> None:
    for ending, width, scheme, highest in LOOKS:
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
        )
        page = context.new_page()
        watched(page)
        page.goto(picture.address)
        if "/sign-in?" in page.url:
            sign_in(page)
            page.goto(picture.address)
        picture.prepare(page)
        height = min(highest, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(400, height)})
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
        # A page has few colours; of those that cover most, a small dot would lose its own.
        small = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(FOLDER / f"{picture.name}{ending}.png", optimize=True)
        context.close()


def watched(page: Page) -> None:
    """Nobody wants the picture of an error."""

    def look(response: Response) -> None:
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{response.status} at {response.url}")

    page.on("response", look)


def main(wanted: list[str]) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.now = lambda: NOW  # so that no day stands in a picture that is another one tomorrow
    FOLDER.mkdir(exist_ok=True)
    pictures = [each for each in PICTURES if not wanted or each.name in wanted]
    names = {f"{each.name}{ending}.png" for each in PICTURES for ending, *_ in LOOKS}
    for path in FOLDER.glob("*.png"):
        if path.name not in names:
            path.unlink()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = stage(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for server in settings:
            with served(settings[server]) as url:
                for each in pictures:
                    if each.server == server:
                        take(browser, url, each)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
