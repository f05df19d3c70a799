"""The prompt book without a page: where prompts are said, what is missing, and the takes of a voice talent."""

from dataclasses import replace

import pytest

from ivr.activation_call import ACTIVATION_CALL
from ivr.prompt_book.entries import PromptBooks, Sought
from ivr.prompt_book.takes import takes
from ivr.prompt_book.uses import Use, uses
from ivr.webhooks import LAST_RESORT
from ivr.wording import Value


def without(book, *names):
    return replace(book, prompts={name: text for name, text in book.prompts.items() if name not in names})


def test_every_prompt_of_the_call_has_a_use_and_every_step_is_one():
    found = uses(ACTIVATION_CALL)
    assert set(found) == ACTIVATION_CALL.prompts() | set(LAST_RESORT)
    named = {step for each in found.values() for use in each for step in use.steps}
    assert {name for name, step in ACTIVATION_CALL.steps.items() if getattr(step, "prompt", "")} <= named


def test_a_use_says_what_happens_and_where():
    found = uses(ACTIVATION_CALL)
    assert found["enter_id"] == (Use("asks for 49 digits", ("enter_id",)),)
    assert found["block_mistyped"] == (Use("a key, or digits, that do not fit", ("repair", "enter_block")),)
    assert found["call_again"] == (Use("something went wrong on our side"),)


def test_what_a_book_lacks_is_missing_and_what_nothing_says_has_no_use(books):
    poor = without(books["ja-JP"], "goodbye")
    rich = replace(books["en-US"], prompts={**books["en-US"].prompts, "spare": "Nobody says this."})
    found = PromptBooks(ACTIVATION_CALL, {"en-US": rich, "ja-JP": poor}, {})
    (goodbye,) = found.find(Sought(wanted="missing"))
    assert (goodbye.name, [entry.locale for entry in goodbye.entries]) == ("goodbye", ["ja-JP"])
    (spare,) = found.find(Sought(words="nobody says"))
    assert (spare.uses, [entry.locale for entry in spare.entries]) == ((), ["en-US"])
    assert [summary.missing for summary in found.summary()] == [[], ["goodbye"]]


def test_a_prompt_that_was_dropped_since_is_shown_as_it_was(books):
    approved = {"en-US": {"prompts": {**books["en-US"].prompts, "old": "Once upon a time."}}}
    (old,) = PromptBooks(ACTIVATION_CALL, {"en-US": books["en-US"]}, approved).find(Sought(words="upon"))
    (entry,) = old.entries
    assert (entry.change.kind, entry.is_missing) == ("removed", False)


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        (Sought(words="SIEBEN"), {"repair", "enter_block", "block_mistyped", "confirmed"}),
        (Sought("en-US", "sieben"), set()),
        (Sought(words="goodbye", locale="de-DE"), {"goodbye"}),
    ],
)
def test_words_are_found_in_texts_and_names(sought, names, books):
    assert {prompt.name for prompt in PromptBooks(ACTIVATION_CALL, books, {}).find(sought)} == names


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_takes_hold_every_text_of_the_book_once_in_a_file_of_its_own(locale, books):
    book, told = books[locale], takes(books[locale])
    assert [take.number for take in told] == list(range(1, len(told) + 1))
    assert len({take.file for take in told}) == len(told)
    for prompt in book.prompts:
        said = "".join(part for part in book.script(prompt) if isinstance(part, str))
        recorded = "".join(take.text for take in told if take.prompt == prompt)
        assert [c for c in recorded if c.isalnum()] == [c for c in said if c.isalnum()]
    assert [take.text for take in told if not take.prompt] == [*book.digit_words, *book.block_names]


def test_dots_show_where_a_value_comes_also_behind_a_pause(books):
    told = {take.file: take.text for take in takes(books["en-US"])}
    assert told["en-US/repair_1.wav"] == "I have kept what was right. Block …"
    assert told["en-US/repair_2.wav"] == "… did not fit, or is missing. Please enter its seven digits."
    assert told["en-US/putting_through.wav"].endswith("Your reference is …")
    assert told["en-US/digit_0.wav"] == "zero"
    assert Value("block", "") in next(t for t in takes(books["en-US"]) if t.prompt == "repair").script
