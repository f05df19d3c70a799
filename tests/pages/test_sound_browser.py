"""The call aloud in a real browser: what is heard is measured where it leaves the page."""

import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from visitor import Faults, LiveServer, OpenPage

# A meter beside the loudspeaker, and a list of what was started: its length, and how far into it.
METER = """
  window.started = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when, offset) {
    window.started.push({ seconds: this.buffer.duration, offset });
    return start.call(this, when, offset);
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (node, ...rest) {
    if (node === this.context.destination) {
      window.meter = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, window.meter);
    }
    return connect.call(this, node, ...rest);
  };
  window.loudness = () => {
    if (!window.meter) return 0;
    const samples = new Float32Array(2048);
    window.meter.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  };
  window.until = (holds) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`not in five seconds: ${holds}`)), 5000);
    const look = () => (holds(window.loudness()) ? resolve() : setTimeout(look, 20));
    look();
  });
"""

pytestmark = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="there is no espeak-ng here (Debian: apt-get install espeak-ng)"
)


@pytest.fixture(scope="module")
def said_before(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said in one test need not be made again in the next."""
    return str(tmp_path_factory.mktemp("speech"))


@pytest.fixture
def listening(open_page: OpenPage, live_server: LiveServer, said_before: str) -> Page:
    """A tab with a meter; the server has a voice."""
    live_server.restart(replace(live_server.settings, speech="espeak", speech_folder=said_before))
    page = open_page()
    page.add_init_script(METER)
    return page


def call(page: Page, speed: str = "1") -> None:
    page.goto("/phone?region=SE")
    page.locator(f"[name=speed][value='{speed}']").check(force=True)
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("log")).to_contain_text("Welcome to product activation.")


def hear(page: Page) -> None:
    page.evaluate("until((loudness) => loudness > 0.05)")


def hang_up(page: Page) -> None:
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()


def test_a_call_is_heard_from_when_it_is_placed_until_a_key_cuts_it(listening: Page, faults: Faults) -> None:
    call(listening)
    hear(listening)
    listening.evaluate("until(() => window.started.length === 2)")  # "Please enter …"
    hear(listening)

    listening.keyboard.press("4")
    expect(listening.locator(".keyed")).to_be_visible()
    listening.evaluate("until((loudness) => loudness === 0)")

    first, second = listening.evaluate("window.started")
    assert (first["offset"], second["offset"]) == (0, 0)  # from their first word on
    assert 1 < first["seconds"] < 4
    assert second["seconds"] > 5
    assert faults(listening) == ""
    hang_up(listening)


def test_nothing_is_heard_before_the_call(listening: Page) -> None:
    listening.goto("/phone?region=SE")
    listening.get_by_label("Where are you calling from?").click()
    assert listening.evaluate("[window.started, window.meter]") == [[], None]


def test_the_sound_can_be_turned_down_and_off_and_stays_so(listening: Page) -> None:
    call(listening)
    hear(listening)
    listening.get_by_label("Sound").uncheck()
    listening.evaluate("until((loudness) => loudness === 0)")
    listening.get_by_label("Volume").fill("20")
    listening.get_by_label("Sound").check()
    listening.evaluate("until((loudness) => loudness > 0.01)")
    assert listening.evaluate("window.loudness()") < 0.25
    listening.reload()
    expect(listening.get_by_label("Volume")).to_have_value("20")
    hang_up(listening)


def test_a_reload_in_mid_call_joins_at_the_right_place(listening: Page) -> None:
    call(listening)
    expect(listening.get_by_text("Listening: up to 49 keys")).to_be_visible()
    listening.wait_for_timeout(300)
    listening.reload()
    expect(listening.get_by_text("To hear the call, click anywhere or press a key.")).to_be_visible()

    listening.get_by_role("heading", name="Captions").click()
    hear(listening)

    (joined,) = listening.evaluate("window.started")
    assert 0.3 < joined["offset"] < joined["seconds"]
    expect(listening.get_by_text("To hear the call")).not_to_be_visible()
    hang_up(listening)


@pytest.mark.parametrize("speed", ["4", "instant"])
def test_faster_than_life_the_call_is_silent_and_says_so(listening: Page, speed: str) -> None:
    call(listening, speed)
    expect(listening.get_by_text("At this speed the call is silent.")).to_be_visible()
    assert listening.evaluate("window.started") == []
    hang_up(listening)


def test_a_browser_without_sound_shows_the_call_all_the_same(listening: Page) -> None:
    listening.add_init_script("delete window.AudioContext")
    call(listening)
    expect(listening.get_by_text("This browser plays no sound: captions only.")).to_be_visible()
    hang_up(listening)


def test_a_server_without_a_voice_says_so(page: Page) -> None:
    call(page)
    expect(page.get_by_text("No voice is ready for this: captions only.")).to_be_visible()
    hang_up(page)
