"""The wizards as they are declared: their pages and their order."""

from dataclasses import replace

import pytest

from activation_core.machine.wizards import ACTIVATE, ADD, KINDS, PRIVACY, TO_DO, TRANSFER, WIZARDS, Wizard


def ids(wizard: Wizard, method: str | None) -> list[str]:
    return [page.id for page in wizard.pages_by(method)]  # type: ignore[arg-type]


def test_rule_47_there_are_four_license_wizards_and_two_tasks_to_do() -> None:
    assert [wizard.name for wizard in WIZARDS.values() if wizard is not ACTIVATE] == [
        *("Add License Wizard", "Transfer License Wizard", "Back Up License Wizard", "Restore License Wizard")
    ]
    assert [wizard.id for wizard in TO_DO] == ["activate", "add"]


def test_rule_28_the_add_wizard_knows_new_and_reissue_and_the_transfer_has_its_own() -> None:
    assert [choice.id for choice in ADD.page("kind").choices] == list(KINDS) == ["new", "reissue"]


def test_rule_32_a_transfer_has_no_choice_of_method() -> None:
    assert ids(TRANSFER, "telephone") == ["prerequisites", "codes", "region", "confirmation", "done"]


def test_rule_36_the_internet_is_proposed_and_the_telephone_for_those_without() -> None:
    internet, telephone = ADD.page("method").choices
    assert internet.id == "internet"
    assert telephone.words == "Only if you do not have an Internet connection."


@pytest.mark.parametrize(
    ("method", "seen"),
    [("internet", ["codes", "internet", "done"]), ("telephone", ["codes", "region", "confirmation", "done"])],
)
def test_rule_38_the_method_decides_what_follows_the_codes(method: str, seen: list[str]) -> None:
    assert ids(ADD, method)[3:] == seen


@pytest.mark.parametrize("wizard", WIZARDS.values(), ids=list(WIZARDS))
def test_rule_2_the_first_page_of_each_wizard_says_that_no_personal_data_is_needed(wizard: Wizard) -> None:
    assert any(PRIVACY in words for words in wizard.pages[0].words)


def test_next_and_back_lead_along_the_pages_and_stop_at_the_ends() -> None:
    assert ADD.after("codes", "telephone").id == "region"
    assert ADD.before("internet", "internet").id == "codes"
    assert ADD.before("welcome", None).id == "welcome"
    assert ADD.after("done", "internet").id == "done"


def test_a_wizard_without_an_end_is_refused_where_it_is_declared() -> None:
    with pytest.raises(ValueError, match="`done` last"):
        replace(ADD, pages=ADD.pages[:-1])
