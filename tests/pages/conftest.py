"""Pages in a real browser: the application served on a free port, Debian's Chromium in front of it.

`live_server` is the application (`.url`, and `.parts` for what the vendor would do), `page` an open tab,
`open_page(...)` a tab with other options (`java_script_enabled` and the like), `look_closely` judges a page. A test
fails if a page that it opened wrote to the console, threw, or asked another origin for anything.
"""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Request, sync_playwright
from visitor import Faults, LiveServer, LookClosely, OpenPage
from werkzeug.serving import make_server

from app import Parts, Settings, create_app

# Chromium calls home for updates and the like; there is no home here, and the tests watch what leaves.
_QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--js-flags=--no-opt --no-maglev",  # a script that runs for a moment is not worth being optimised
]
_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_RULES_OF_LOOKS = {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}
# Width and colours, and whether only what depends on them is left to judge; what is seen first is judged last.
_LOOKS: list[tuple[int, Literal["light", "dark"], bool]] = [(320, "dark", False), (1280, "light", True)]
# Of what is found only what is wrong, or the rest would cost as much again to hand over; the style sheets are asked for
# again by one rule alone, which is none of these.
_JUDGE = """async rules => {
  const found = await axe.run({runOnly: rules, resultTypes: ["violations"], preload: {assets: ["media"]}});
  return {violations: found.violations};
}"""
_PATIENCE = 5_000  # milliseconds
_POLL = 0.02  # seconds that the server may take to notice its end


@pytest.fixture
def live_server(settings: Settings) -> Iterator[LiveServer]:
    """The application on a free port of this machine, fresh for each test; a demo, so with no carrier's token."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    settings = replace(settings, public_url=url, twilio_auth_token="")
    server.app = create_app(settings)
    thread = threading.Thread(target=server.serve_forever, args=[_POLL], daemon=True)
    thread.start()

    def restart(changed: Settings) -> None:
        server.app = create_app(changed)

    yield LiveServer(url, settings, Parts(settings), restart)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests. Without one they are skipped (and fail where NO_SKIPS is set)."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # a page costs the first a third
    if chromium is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Opens a tab at `/`-relative addresses of the live server; options are those of a browser context."""
    contexts, unwanted = [], []

    def watch(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            unwanted.append(f"asked for {request.url}")

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{"base_url": live_server.url, "locale": "en-US", **options})
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: unwanted.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: unwanted.append(f"thrown: {error}"))
        page.on("request", watch)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert unwanted == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A tab at desktop size (1280 by 720), light, American English."""
    return open_page()


@pytest.fixture
def faults() -> Faults:
    """What axe finds on a page by WCAG 2.0 to 2.2, A and AA, and best practice: '' where nothing.

    `looks_only`: by the rules that depend on colours and sizes, where another look was judged by all.
    """

    def find(page: Page, looks_only: bool = False) -> str:
        if not page.evaluate("'axe' in window"):  # it is half a megabyte, and stays as long as the document
            page.evaluate(Axe().axe_script)
        rules = _RULES_OF_LOOKS if looks_only else _RULES
        found = AxeResults(page.evaluate(_JUDGE, rules))
        return "" if found.violations_count == 0 else str(found.generate_report())

    return find


@pytest.fixture
def look_closely(faults: Faults) -> LookClosely:
    """Judges a page as it stands, narrow and dark, wide and light: by axe, and that nothing sticks out sideways."""

    def look(page: Page) -> None:
        for width, scheme, looks_only in _LOOKS:
            page.set_viewport_size({"width": width, "height": 720})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # or colours would still be on their way
            assert faults(page, looks_only) == "", f"{page.url}, {width} px, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url}, {width} px"

    return look
