"""Applications that know nothing of us, over real HTTP: they check Twilio's signatures, and are called as they are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import app

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def auth_token():
    """Whoever knows this is Twilio. The applications and `app.py call` take it from the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TWILIO_AUTH_TOKEN", "a token of these tests")
        yield "a token of these tests"


@pytest.fixture
def play(auth_token, monkeypatch, tmp_path):
    """Plays a file, perhaps with something in it replaced, as `app.py call --url` does in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wiring.settings.dotenv_values", lambda *_: {})

    def play(name, url, old="", new=""):
        text = (HERE / name).read_text("utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new) if old else text, "utf-8")
        result = CliRunner().invoke(app.main, ["call", name, "--url", url])
        assert [path.name for path in tmp_path.iterdir()] == [name], "no key is issued, and no database is opened"
        return result

    return play
