"""What was approved of a book: a copy of it, compared word by word; and the command that says so."""

import shutil
import tomllib

import pytest
from click.testing import CliRunner

import app
from ivr import wording
from ivr.prompt_book.approval import ApprovedBooks, Change, changes
from ivr.prompt_book.cli import prompts_command
from wiring.data_files import APPROVED


@pytest.fixture
def folder(tmp_path):
    """The books of two languages; nothing of them is approved yet."""
    for locale in ("en-US", "ja-JP"):
        shutil.copy(app.DATA / f"prompts/{locale}.toml", tmp_path)
    return tmp_path


@pytest.fixture
def command(folder):
    def read():
        return {path.stem: wording.parse(path.stem, tomllib.loads(path.read_text("utf-8"))) for path in books()}

    def books():
        return sorted(folder.glob("*.toml"))

    return lambda *args: CliRunner().invoke(prompts_command(read, ApprovedBooks(folder)), args)


def edit(folder, locale, before, after):
    path = folder / f"{locale}.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_what_was_approved_has_not_changed(command):
    assert command("approve", "en-US", "ja-JP").exit_code == 0
    told = command("changed")
    assert (told.exit_code, told.output) == (0, "en-US: as approved\nja-JP: as approved\n")


def test_a_book_that_nobody_approved_is_told(command):
    told = command("changed", "en-US")
    assert (told.exit_code, told.output) == (1, "en-US: never approved\n")


def test_changes_are_shown_word_by_word_and_approved_again(command, folder):
    command("approve", "en-US")
    edit(folder, "en-US", "Welcome to product activation.", "Welcome to software activation!")
    told = command("changed", "en-US")
    assert told.exit_code == 1
    assert "  changed welcome\n    Welcome to [-product-]{+software+} activation[-.-]{+!+}\n" in told.output
    assert command("approve", "en-US").output.startswith("en-US: 1 change approved")
    assert command("changed", "en-US").exit_code == 0


def test_a_language_without_spaces_is_compared_sign_by_sign(command, folder):
    command("approve", "ja-JP")
    edit(folder, "ja-JP", "ゆっくり読み上げます。", "ゆっくり読みます。")
    assert "ゆっくり読み[-上げ-]ます。" in command("changed", "ja-JP").output


def test_a_prompt_can_be_new_or_gone_and_what_is_no_prompt_changes_too(books):
    book = books["en-US"]
    approved = {"en-US": {"prompts": dict(book.prompts, old="Once."), "voice": "Polly.Matthew-Neural"}}
    del approved["en-US"]["prompts"]["welcome"]
    kinds = {change.name: change.kind for change in changes(book, approved)}
    assert (kinds["welcome"], kinds["old"], kinds["voice"]) == ("added", "removed", "changed")
    assert "digit_words" in kinds
    assert "goodbye" not in kinds


def test_an_approved_book_need_not_be_one_that_would_be_read_today(books):
    assert changes(books["en-US"], {"en-US": {"prompts": {"welcome": "Press {", "colour": "blue"}}})
    assert changes(books["en-US"], {"en-US": {"prompts": 1, "block_names": [1, "Bravo"]}})


def test_both_texts_can_be_read_from_the_runs_of_a_change():
    change = Change(
        "a", "Press one, then {key:digits}. [300ms] Thanks.", "Press two, then {key:digits}. [1s] Thank you."
    )
    before = "".join(text for fate, text in change.runs if fate != "added")
    after = "".join(text for fate, text in change.runs if fate != "removed")
    assert (before, after) == (change.before, change.after)
    assert ("same", ", then {key:digits}. ") in change.runs


@pytest.mark.parametrize("args", [("changed", "nl-NL"), ("approve", "nl-NL"), ("approve",)])
def test_a_language_without_a_book_or_none_at_all_is_refused(command, args):
    assert command(*args).exit_code == 2


def test_the_books_of_this_house_can_be_compared():
    """Not that they are approved: whoever changes a prompt leaves that to those who speak the language."""
    for locale, book in app.read_books().items():
        assert len(changes(book, APPROVED.read())) <= len(changes(book, {})), locale
