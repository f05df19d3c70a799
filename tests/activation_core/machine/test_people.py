"""Who is known over HTTP: by a token that is never kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from activation_core.machine.kept_file import read_from, write_to
from activation_core.machine.people import KeptPeople, _People
from activation_core.roles import Actor

KIM = Actor("kim", "administrator")
TOKEN, OTHER_TOKEN = "a" * 43, "b" * 43


@pytest.fixture
def people(tmp_path: Path) -> KeptPeople:
    people = KeptPeople(tmp_path)
    assert people.admit("Kim", "administrator", TOKEN, KIM) is None
    return people


def test_whoever_shows_a_token_is_known(people: KeptPeople) -> None:
    assert people.whose(TOKEN) == KIM
    assert people.whose(OTHER_TOKEN) is None
    assert people.whose("") is None


def test_only_a_hash_of_the_token_is_kept(people: KeptPeople, tmp_path: Path) -> None:
    assert TOKEN not in (tmp_path / "roles.json").read_text()
    assert people.whose(people.people[0].token_hash) is None


def test_what_is_no_hash_belongs_to_nobody(people: KeptPeople, tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    kept = read_from(path, _People, "roles")
    assert kept is not None
    write_to(path, _People((replace(kept.people[0], token_hash="ß" * 64),)), "roles")

    assert people.whose(TOKEN) is None


def test_a_new_token_takes_the_place_of_the_old_one(people: KeptPeople) -> None:
    assert people.admit("KIM", "delegated", OTHER_TOKEN, KIM) is None

    assert people.whose(TOKEN) is None
    assert people.whose(OTHER_TOKEN) == Actor("kim", "delegated")


def test_whoever_is_removed_is_unknown(people: KeptPeople) -> None:
    assert people.remove("Kim", KIM) is None

    assert people.whose(TOKEN) is None


def test_rule_61_only_an_administrator_gives_roles(people: KeptPeople) -> None:
    delegated = Actor("dora", "delegated")
    for refusal in (people.admit("Eve", "administrator", OTHER_TOKEN, delegated), people.remove("Kim", delegated)):
        assert refusal
        assert refusal.code == "not_allowed"
    assert [person.name for person in people.people] == ["kim"]


def test_an_administrator_is_known_by_name_however_it_is_spelt(people: KeptPeople) -> None:
    assert people.is_administrator("KIM")
    assert not people.is_administrator("eve")


def test_a_token_that_could_be_guessed_is_an_error(people: KeptPeople) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        people.admit("Eve", "user", "secret", KIM)
