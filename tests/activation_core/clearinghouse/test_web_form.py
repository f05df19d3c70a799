"""/activate without a script: what is typed or pasted, what the desk answers, in which language; nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import app
from activation_core import blocks, codes, installation_id
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.store import StoreDown
from activation_core.clearinghouse.web_form import REFUSALS, whole
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.refusals import REASONS
from app import Parts, Settings

HARDWARE, OTHER = 0x12345678, 0x87654321
Asking = Callable[..., InstallationId]


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return app.create_app(settings).test_client()


@pytest.fixture
def asking(parts: Parts) -> Asking:
    """An Installation ID of a product key that was issued."""
    (key,) = parts.desk.issue(1, 1, "standard", lambda _: 4711, app.now())

    def ask(
        operation: Operation = Operation.ACTIVATE, hardware: int = HARDWARE, code: codes.Code = key
    ) -> InstallationId:
        return installation_id.make(operation, code, 0, hardware, 1)

    return ask


def send(client: FlaskClient, *boxes: str, **fields: str) -> TestResponse:
    return client.post(
        "/activate", data={"asked": "yes", **fields, "block": list(boxes)}, headers={"Accept-Language": "en"}
    )


def words(response: TestResponse) -> str:
    main = re.sub(r"<(script|option).*?</\1>", " ", response.text.partition("<main")[2], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<{main}")).split())


def typed(response: TestResponse) -> list[str]:
    """What stands in the boxes."""
    return re.findall(r'name="block"[^>]*?value="([^"]*)"', response.text)


def read(response: TestResponse) -> list[str]:
    """The blocks of the answer."""
    answer = response.text.partition('id="answer"')[2].partition("</ol>")[0]
    return re.findall(r'aria-hidden="true">(\d{3} \d{4})<', answer)


def test_an_installation_id_gets_its_confirmation_id_in_thirteen_named_blocks(
    client: FlaskClient, parts: Parts, asking: Asking
) -> None:
    asked = asking()
    response = send(client, *asked.blocks)
    confirmed = parts.desk.confirm(asked.digits, "operator", app.now())
    assert read(response) == [blocks.show(block) for block in confirmed.blocks]  # type: ignore[union-attr]
    assert re.findall(r'block-name">(\w+)<', response.text)[::12] == ["Alpha", "Mike"]
    assert parts.records.activations(1)[0].channel == "internet"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_form_that_a_page_elsewhere_sends_fills_the_boxes_and_asks_nothing(
    client: FlaskClient, parts: Parts, asking: Asking
) -> None:
    form = {"asked": "yes", "block": list(asking().blocks)}
    response = client.post("/activate", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert typed(response) == form["block"]
    assert parts.records.activations(1) == []
    assert read(client.post("/activate", data=form, headers={"Sec-Fetch-Site": "same-origin"})) != []


def in_digits_from(zero: int, text: str) -> str:
    return "".join(chr(zero + int(digit)) for digit in text)


@pytest.mark.parametrize(
    "write",
    [
        lambda each: ["".join(each)],
        lambda each: ["-".join(each)],
        lambda each: ["  ".join(map(blocks.show, each)), "", ""],
        lambda each: ["\n".join(f"{place}. {blocks.show(block)}" for place, block in enumerate(each, 1))],
        lambda each: [f"Block {place}: {block}" for place, block in enumerate(each, 1)],
        lambda each: [in_digits_from(0x0660, "".join(each))],
        lambda each: [in_digits_from(0xFF10, block) for block in each],
    ],
    ids=["in one", "dashes", "as shown", "numbered lines", "named boxes", "Arabic digits", "full width"],
)
def test_it_may_be_typed_or_pasted_in_many_ways(
    client: FlaskClient, asking: Asking, write: Callable[[tuple[str, ...]], list[str]]
) -> None:
    assert len(read(send(client, *write(asking().blocks)))) == 13


def test_a_wrong_block_is_named_and_the_others_stay(client: FlaskClient, asking: Asking) -> None:
    boxes = list(asking().blocks)
    boxes[2] = "12345"
    response = send(client, *boxes)
    assert "1 of 7 blocks need another look. Block 3 : Fewer than 7 digits" in words(response)
    assert typed(response) == boxes
    assert response.text.count('aria-invalid="true"') == 1


def test_an_empty_form_says_which_blocks_are_missing(client: FlaskClient) -> None:
    assert words(send(client)).count("Still empty") == 14  # in the list, and under each box


@given(st.lists(st.text(max_size=40), max_size=9))
def test_whatever_is_typed_is_read_or_shown_again(boxes: list[str]) -> None:
    """The reading alone; the page is tried with some of it."""
    kept, faults = blocks.salvage(whole(boxes), installation_id.BLOCKS)
    assert len(kept) == installation_id.BLOCKS
    assert bool(faults) == ("" in kept)


@given(st.integers(0, 10**42 - 1), st.sampled_from(["", " ", "-", "\t", "\n", " . ", "\u200b", "/"]), st.booleans())
def test_an_installation_id_is_read_whatever_stands_between_its_blocks(number: int, between: str, named: bool) -> None:
    asked = blocks.from_number(number, 7)
    text = between.join(f"{place}{between}{block}" if named else block for place, block in enumerate(asked, 1))
    assert blocks.salvage(whole([text]), 7) == (asked, ())


@pytest.mark.parametrize(
    "boxes", [["<script>alert(1)</script>"], ['" autofocus onfocus="x'], ["9" * 60_000], ["\0" * 9]]
)
def test_a_hostile_entry_is_shown_as_text(client: FlaskClient, boxes: list[str]) -> None:
    response = send(client, *boxes)
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert ' onfocus="' not in response.text


def refused_in_use(parts: Parts, asking: Asking) -> InstallationId:
    parts.desk.confirm(asking().digits, "operator", app.now())
    return asking(hardware=OTHER)


def refused_transfer(parts: Parts, asking: Asking) -> InstallationId:
    pack = parts.products[1].packs[0]
    (code,) = parts.desk.issue(1, 1, pack, lambda _: 4712, app.now())
    return asking(Operation.TRANSFER, code=code)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        pytest.param(refused_in_use, "in_use", id="in_use"),
        pytest.param(refused_transfer, "transfer_by_telephone", id="transfer"),
    ],
)
def test_a_refusal_says_what_to_do_and_hands_a_person_what_was_typed(
    client: FlaskClient, parts: Parts, asking: Asking, case: Callable[[Parts, Asking], InstallationId], code: str
) -> None:
    asked = case(parts, asking)
    response = send(client, *asked.blocks, region="US")
    handed = parts.records.hand_overs(9)
    assert REASONS[code].words in words(response)
    assert REASONS[code].next_step in words(response)
    assert [(each.keyed, each.refusal, each.step) for each in handed] == [(asked.digits, code, "web_form")]
    assert f"Your reference: {blocks.show(handed[0].reference)}" in words(response)
    assert "From United States , dial 1 (800) 555-0199" in words(response)
    assert "text relay" in words(response)
    assert typed(response) == [blocks.show(block) for block in asked.blocks]


def test_a_reference_stays_the_same(client: FlaskClient, parts: Parts, asking: Asking) -> None:
    asked = refused_in_use(parts, asking)
    assert words(send(client, *asked.blocks)) == words(send(client, *asked.blocks))
    assert len(parts.records.hand_overs(9)) == 1


def test_what_was_made_with_no_code_is_handed_over_to_nobody(client: FlaskClient, parts: Parts, asking: Asking) -> None:
    stranger = codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"somebody else's issuing key")
    response = send(client, *asking(code=stranger).blocks)
    assert REASONS["not_genuine"].words in words(response)
    assert "Your reference" not in words(response)
    assert parts.records.hand_overs(1) == []


@pytest.mark.parametrize("fails", ["settle", "hand_over"])
def test_while_the_records_are_down_nothing_is_lost(
    client: FlaskClient, parts: Parts, asking: Asking, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def down(*_: object) -> None:
        raise StoreDown("the records are locked")

    asked = refused_in_use(parts, asking)
    monkeypatch.setattr(SqlRecords, fails, down)
    response = send(client, *asked.blocks)
    assert "Nothing is lost: try again in a minute, or call." in words(response)
    assert typed(response) == [blocks.show(block) for block in asked.blocks]


def test_another_language_keeps_what_was_typed(client: FlaskClient) -> None:
    response = client.post("/activate", data={"block": ["12", "x"], "lang": "en-US", "to": "de-DE"})
    assert typed(response)[:2] == ["12", "x"]
    assert '<html lang="de-DE" dir="ltr">' in response.text
    assert "Bestätigungs-ID abrufen" in words(response)
    assert "Noch leer" not in words(response)


def test_an_answer_in_another_language_is_the_same_answer(client: FlaskClient, parts: Parts, asking: Asking) -> None:
    asked = asking()
    english, japanese = send(client, *asked.blocks), send(client, *asked.blocks, lang="en-US", to="ja-JP")
    assert read(english) == read(japanese) != []
    assert "確認ID" in words(japanese)
    assert len(parts.records.activations(9)) == 1


@pytest.mark.parametrize("locale", ["de-DE", "es-US", "fr-FR", "ja-JP", "pt-BR"])
def test_every_refusal_is_said_in_the_language_of_the_reader(
    client: FlaskClient, parts: Parts, asking: Asking, locale: str
) -> None:
    response = send(client, *refused_in_use(parts, asking).blocks, lang=locale)
    assert REASONS["in_use"].words not in words(response)
    assert parts.languages[locale](REASONS["in_use"].words) in words(response)


def test_the_language_is_that_of_the_browser(client: FlaskClient) -> None:
    response = client.get("/activate", headers={"Accept-Language": "pt-PT, en;q=0.5"})
    assert 'lang="pt-BR"' in response.text
    assert "Accept-Language" in response.headers["Vary"]


def test_a_region_shows_its_number_and_asks_nothing(client: FlaskClient, parts: Parts, asking: Asking) -> None:
    asked = asking()
    response = client.post("/activate", data={"block": list(asked.blocks), "region": "DE", "call": "yes"})
    assert "030 23125142" in words(response)
    assert typed(response) == list(asked.blocks)
    assert parts.records.activations(1) == []


@pytest.mark.parametrize("answer", [{"place": "1", "digits": "1234567"}, {"place": "14"}, {"digits": "x"}])
def test_only_a_block_is_read_aloud(client: FlaskClient, answer: dict[str, str]) -> None:
    assert client.post("/activate/aloud?lang=en-US", data=answer).status_code == 404


def test_whoever_guesses_is_told_how_long_to_wait(client: FlaskClient, asking: Asking) -> None:
    stranger = codes.issue(Kind.PRODUCT_KEY, 1, 4711, b"somebody else's issuing key")
    for hardware in range(1, 30):
        response = send(client, *asking(hardware=hardware, code=stranger).blocks)
        if REASONS["slow_down"].words in words(response):
            break
    assert re.search(r"Seconds to wait: \d+ ", words(response))
    assert len([block for block in typed(response) if block]) == installation_id.BLOCKS


def test_every_refusal_of_the_desk_has_words_on_the_page() -> None:
    assert {code for code, reason in REASONS.items() if reason.on_the_telephone} <= set(REFUSALS)
