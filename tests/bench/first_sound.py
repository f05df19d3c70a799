"""
How soon a caption and a sound follow a webhook's answer, in a real browser.
By hand: .venv/bin/python tests/bench/first_sound.py

Calls are placed on the page in their own time and hung up; each has one answer, the first. The clocks of server and
browser are the same machine's. A sound counts from when the page lets it begin; what loudspeakers add is not known to
a page. The first call is that of a new machine: nothing was said before, and Piper started with the page.
"""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

import app
from ivr.webhooks import PREFIX, Webhooks
from wiring import voice
from wiring.settings import settings_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CALLS = 12
# Milliseconds since 1970, of the first caption and of when the first sound begins.
STAMPS = """
  const now = () => performance.timeOrigin + performance.now();
  window.stamps = {};
  new MutationObserver(() => document.querySelector("#lines .said") && (window.stamps.caption ??= now()))
    .observe(document, { childList: true, subtree: true });
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when, offset) {
    window.stamps.sound ??= now() + Math.max(0, when - this.context.currentTime) * 1000;
    return start.call(this, when, offset);
  };
"""


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: str) -> Iterator[tuple[str, list[float]]]:
    """The application on a free port, and when it answered each webhook, in milliseconds since 1970."""
    settings = settings_in(Path(folder), machine_profile="lab-bench")
    answered: list[float] = []

    class Stamped(Webhooks):
        def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            answer = super().__call__(environ, start_response)
            if environ["PATH_INFO"] == PREFIX:
                answered.append(time.time() * 1000)
            return answer

    voice.Webhooks = Stamped  # type: ignore[misc]
    server = make_server("127.0.0.1", 0, app.create_app(settings), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}", answered
    server.shutdown()


def called(page: Page, url: str, answered: list[float]) -> tuple[float, float]:
    """Milliseconds from the answer to the caption, and to the sound."""
    answered.clear()
    page.goto(f"{url}/phone?region=GB")
    page.get_by_role("button", name="Call").click()
    page.wait_for_selector("#lines .said")
    while "sound" not in (stamps := page.evaluate("window.stamps")):
        time.sleep(0.02)
    page.get_by_role("button", name="Hang up").click()
    return stamps["caption"] - answered[0], stamps["sound"] - answered[0]


def measured(url: str, answered: list[float]) -> list[tuple[float, float]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(STAMPS)
        times = [called(page, url, answered) for _ in range(CALLS)]
        browser.close()
    return times


def main() -> None:
    logging.disable()  # the folder is gone before the application has noticed that it is over
    with TemporaryDirectory() as folder, served(folder) as (url, answered):
        first, *others = measured(url, answered)
    print(f"{'after the answer':<20}{'caption':>11}{'sound':>12}")
    captions, sounds = zip(*others, strict=True)
    for what, caption, sound in [
        ("the first call", *first),
        (f"median of {len(others)} more", median(captions), median(sounds)),
        ("the slowest of them", max(captions), max(sounds)),
    ]:
        print(f"{what:<20}{caption:>8.0f} ms {sound:>8.0f} ms")


if __name__ == "__main__":
    main()
