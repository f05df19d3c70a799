"""Every reason for a no has a stable code, plain words and a next step."""

import pytest

from activation_core.refusals import REASONS, Refusal


def test_the_codes_are_stable() -> None:
    assert {
        "mistyped",
        "malformed",
        "not_genuine",
        "revoked",
        "wrong_epoch",
        "in_use",
        "out_of_budget",
        "too_few_components",
        "no_product_key",
        "wrong_code",
        "not_the_answer",
        "no_public_key",
    } <= set(REASONS)


@pytest.mark.parametrize("code", REASONS)
def test_each_is_said_in_whole_sentences_and_names_a_next_step(code: str) -> None:
    refusal = Refusal(code)

    assert refusal.words == REASONS[code].words
    assert refusal.next_step == REASONS[code].next_step
    for sentence in (refusal.words, refusal.next_step):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize("code", REASONS)
def test_a_code_can_be_the_name_of_a_prompt(code: str) -> None:
    assert f"refused_{code}".isidentifier()
    assert code == code.lower()


def test_a_reason_that_nobody_foresaw_cannot_be_given() -> None:
    with pytest.raises(ValueError, match="no such refusal: 'because'"):
        Refusal("because")


def test_two_refusals_for_the_same_reason_are_equal() -> None:
    assert Refusal("mistyped", {"blocks": [3]}) == Refusal("mistyped", {"blocks": [3]}) != Refusal("mistyped")
