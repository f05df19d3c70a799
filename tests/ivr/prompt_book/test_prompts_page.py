"""The pages of the prompt book, and the sound of a prompt."""

import re
from dataclasses import replace

import pytest

import app


@pytest.fixture
def client(settings):
    return app.create_app(settings).test_client()


def test_every_prompt_is_there_in_every_language_with_its_length(client, books):
    page = client.get("/prompts").text
    for name in books["en-US"].prompts:
        assert f'id="{name}"' in page
    for locale in books:
        assert page.count(f'<p lang="{locale}" dir="ltr">') == len(books[locale].prompts)
    assert "Willkommen bei der Produktaktivierung." in page
    assert page.count('class="length"') == sum(len(book.prompts) for book in books.values())


def test_no_prompt_is_measured_before_somebody_looks(settings, monkeypatch):
    monkeypatch.setattr("ivr.prompt_book.entries.seconds", None)
    client = app.create_app(settings).test_client()
    assert client.get("/prompts").status_code == 500


def test_values_and_pauses_can_be_read_and_steps_lead_to_their_calls(client):
    page = client.get("/prompts?locale=en-US&words=enter_id").text
    assert '<span class="visually-hidden">pause of </span>0.3 s' in page
    assert 'Please enter the <bdi dir="ltr">49</bdi> digits' in page
    assert 'href="/calls?step=enter_id"' in page
    assert "{" not in re.sub(r"(?s)<script.*?</script>", "", page)


@pytest.mark.parametrize("query", ["?locale=nl-NL", "?wanted=everything", "?words=&locale=&wanted="])
def test_nonsense_in_the_address_is_passed_over(query, client):
    answer = client.get(f"/prompts{query}")
    assert (answer.status_code, "found</p>" in answer.text) == (200, False)


def test_nothing_found_is_said(client):
    assert "No prompt is like that" in client.get("/prompts?words=xyzzy").text


def test_what_is_missing_is_shown_loudly_and_said_in_the_default_language(settings, books, monkeypatch, caplog):
    poor = replace(books["fr-FR"], prompts={n: t for n, t in books["fr-FR"].prompts.items() if n != "goodbye"})
    monkeypatch.setattr("wiring.parts.read_books", lambda: {**books, "fr-FR": poor})
    client = app.create_app(settings).test_client()
    assert "prompt book fr-FR lacks goodbye" in caplog.text
    page = client.get("/prompts?wanted=missing").text
    assert "✗ Missing. It is said in en-US instead." in page
    assert "✗ 1 missing" in page


def test_what_is_not_as_approved_is_shown_word_by_word(settings, books, monkeypatch):
    changed = replace(books["en-US"], prompts={**books["en-US"].prompts, "goodbye": "Thank you for ringing. Goodbye."})
    monkeypatch.setattr("wiring.parts.read_books", lambda: {**books, "en-US": changed})
    page = app.create_app(settings).test_client().get("/prompts?wanted=changed&locale=en-US").text
    assert re.search(r"<del>.*removed: </span>calling</del>", page)
    assert re.search(r"<ins>.*added: </span>ringing</ins>", page)


def test_the_script_of_a_voice_talent_is_of_one_language(client, books):
    page = client.get("/prompts/takes?locale=de-DE").text
    assert "de-DE/</span><wbr>welcome.wav" in page
    assert "Welcome to product activation" not in page
    assert client.get("/prompts/takes").text.count("en-US/") > 40
    assert client.get("/prompts/takes?locale=nl-NL").status_code == 404


def test_a_prompt_that_is_not_there_has_no_sound(client):
    assert client.get("/prompts/en-US/unknown.wav").status_code == 404
    assert client.get("/prompts/nl-NL/welcome.wav").status_code == 404


def test_a_prompt_is_rendered_when_it_is_asked_for(settings):
    client = app.create_app(replace(settings, speech="auto")).test_client()
    if "Listen" not in client.get("/prompts?locale=en-US").text:
        pytest.skip("no voice is installed here (Debian: apt-get install espeak-ng)")
    assert client.get("/prompts/en-US/nomatch.wav", follow_redirects=True).data[:4] == b"RIFF"


def test_without_a_voice_there_is_nothing_to_listen_to(client):
    assert "Listen" not in client.get("/prompts").text
    assert client.get("/prompts/en-US/nomatch.wav").status_code == 404


def test_nobody_else_reads_it(client):
    for path in ("/prompts", "/prompts/takes", "/prompts/en-US/welcome.wav"):
        assert client.get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
