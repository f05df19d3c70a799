"""The operator's desk on its pages: the queue, a caller, a case, the answer; and no secret on any of them."""

import logging
import re
from datetime import timedelta

import pytest
from desk_screen import NOON, Caller, Clock, Screen

from activation_core import blocks, codes, installation_id
from activation_core.clearinghouse.audit import Head
from activation_core.clearinghouse.casework import TO_APPROVE, TO_DENY

MISSING = "-" * 7


def keyed(shown: str, *missing: int) -> str:
    return "".join(MISSING if place in missing else part for place, part in enumerate(blocks.cut(shown), 1))


def boxes(html: str) -> list[str]:
    inputs = re.findall(r'<input id="block-[^>]*>', html)
    return [re.search(r'value="([^"]*)"', text)[1] for text in inputs]  # type: ignore[index]


def look_up(desk: Screen, typed: str) -> Screen:
    return desk.open("/look-up").send("/look-up", typed=typed)


# The queue


def test_whoever_is_put_through_is_in_the_queue_with_what_stopped_the_call(
    desk: Screen, caller: Caller, clock: Clock
) -> None:
    assert "Nobody is waiting." in desk.open().words
    _, reference = caller.in_use()
    clock.move(timedelta(minutes=3))
    assert (
        f"{blocks.show(reference)} This product key is in use on another computer. 7 of 7 blocks · Español · 3 min ago"
        in desk.open().words.replace("(Estados Unidos)", "")
    )


def test_the_list_is_told_anew_only_where_something_is_new(desk: Screen, caller: Caller) -> None:
    tag = desk.open("/callers", **{"X-Refresh": "1"}).last.headers["ETag"]
    assert desk.open("/callers", **{"If-None-Match": tag}).last.status_code == 304
    _, reference = caller.in_use()
    assert desk.open("/callers", **{"If-None-Match": tag}).last.status_code == 200
    assert f'data-reference="{reference}"' in desk.html


def test_a_caller_is_found_by_the_reference_however_it_is_typed(desk: Screen, caller: Caller) -> None:
    _, reference = caller.in_use()
    assert desk.open(f"/caller?reference={blocks.show(reference)}").at == f"/callers/{reference}"


@pytest.mark.parametrize("typed", ["", "123", "abc", "0000000"])
def test_what_is_no_reference_is_said_at_once(desk: Screen, typed: str) -> None:
    assert "That is no reference" in desk.open(f"/caller?reference={typed}").words


@pytest.mark.parametrize("path", ["/callers/0000994", "/callers/x"])
def test_a_caller_that_there_is_not_is_said_in_words(desk: Screen, path: str) -> None:
    assert desk.open(path).last.status_code == 404
    assert "There is no caller of this reference." in desk.words


# A caller


def test_the_blocks_that_were_keyed_stand_in_their_boxes_and_the_missing_ones_are_empty(
    desk: Screen, caller: Caller
) -> None:
    shown = caller.shown()
    reference = caller.is_put_through(keyed(shown, 2, 5))
    desk.open(f"/callers/{reference}")
    expected = ["" if place in (2, 5) else blocks.show(part) for place, part in enumerate(blocks.cut(shown), 1)]
    assert boxes(desk.html) == expected
    for told in ("ask for the rest", "just now", "Nothing: wants a person", "enter id", "Español"):
        assert told in desk.words
    assert f"looked up caller {reference}" in desk.open("/audit").words


def fill_in(desk: Screen, reference: str, typed: list[str]) -> Screen:
    return desk.open(f"/callers/{reference}").send("/look-up", reference=reference, block=typed)


def test_a_block_that_does_not_fit_is_named_and_the_others_stay(desk: Screen, caller: Caller) -> None:
    parts = blocks.cut(caller.shown())
    reference = caller.is_put_through(keyed(caller.shown(), 3))
    fill_in(desk, reference, [*parts[:2], parts[3], *parts[3:]])
    assert "Block 3 : This fits in block 4. Swapped?" in desk.words
    assert boxes(desk.html)[:2] == parts[:2]
    assert f'name="reference" value="{reference}"' in desk.html


def test_the_whole_id_pasted_into_one_box_is_read(desk: Screen, caller: Caller) -> None:
    shown = caller.shown()
    reference = caller.is_put_through(keyed(shown, *range(1, 8)))
    assert "The desk says yes" in fill_in(desk, reference, [shown, *[""] * 6]).words


# A case


def test_a_case_says_in_words_what_is_known(desk: Screen, caller: Caller) -> None:
    other, _ = caller.in_use()
    words = look_up(desk, other).words
    for told in (
        "Harbor Server",
        caller.key.masked,
        caller.key.product_id,
        "In force",
        "1 of 1 taken",
        "The desk says no",
        "This product key is in use on another computer.",
        "Alike: the maker's number, the disk, the network adapter.",
        "It counts as another computer.",
        "2026-05-04 12:00 new computer telephone 1",
    ):
        assert told in words, told


def test_a_code_is_looked_up_by_itself_and_nothing_can_be_answered_to_it(desk: Screen, caller: Caller) -> None:
    caller.in_use()
    look_up(desk, caller.key.shown.lower())
    assert caller.key.masked in desk.words
    assert "The desk says" not in desk.words


def test_a_mistyped_code_is_told_by_its_group_and_not_shown_again(desk: Screen, caller: Caller) -> None:
    text = caller.key.text
    look_up(desk, text[:-1] + ("0" if text[-1] != "0" else "1"))
    assert "group 5" in desk.words
    assert not any(text[i : i + 5] in desk.html for i in range(0, 25, 5))


@pytest.mark.parametrize("typed", ["", "   ", "hello", "1" * 49, "'; DROP TABLE audit; --", "<script>", "9" * 3000])
def test_nonsense_is_answered_in_words(desk: Screen, typed: str) -> None:
    look_up(desk, typed)
    assert desk.last.status_code == 200
    assert "<script>" not in desk.html.partition("<main")[2].partition('<script type="application/json"')[0]


def test_a_withdrawn_key_cannot_be_approved_and_the_page_says_so(desk: Screen, caller: Caller) -> None:
    caller.parts.desk.revoke(caller.key.text, NOON)
    look_up(desk, caller.shown())
    assert "Withdrawn" in desk.words
    assert "No operator can change that." in desk.words
    assert 'name="reason" value="repaired"' not in desk.html
    desk.send("/approve", installation_id=caller.shown(), reason="repaired")
    assert "The desk says no" in desk.words
    assert caller.parts.records.activations(9) == []


# The answer


def test_an_approved_caller_gets_thirteen_named_blocks_and_leaves_the_queue(desk: Screen, caller: Caller) -> None:
    other, reference = caller.in_use()
    fill_in(desk, reference, blocks.cut(other))
    desk.send("/approve", installation_id=other, reference=reference, reason="repaired")

    answer = caller.telephones(other)
    rows = re.findall(r'<span lang="es-US">(\w+)</span>(?: <span class="soft">(\w+)</span>)?', desk.html)
    assert ("Eco", "Echo") in rows
    assert ("Bravo", "") in rows
    assert re.findall(r'<span class="digits">([\d ]+)</span>', desk.html) == [blocks.show(b) for b in answer.blocks]  # type: ignore[union-attr]
    assert desk.html.count('<input type="checkbox"') == 13
    assert "Nobody is waiting." in desk.open().words
    assert "Confirmed." in desk.open(f"/callers/{reference}").words


def test_an_approval_needs_a_reason(desk: Screen, caller: Caller) -> None:
    other, _ = caller.in_use()
    look_up(desk, other).send("/approve", installation_id=other)
    assert "Choose a reason first." in desk.words
    assert len(caller.parts.records.activations(9)) == 1


def test_what_the_desk_says_yes_to_is_given_without_a_reason(desk: Screen, caller: Caller) -> None:
    look_up(desk, caller.shown()).send("/confirm", installation_id=caller.shown())
    assert "Confirmation ID" in desk.words
    assert caller.parts.records.activations(1)[0].channel == "operator"


def test_a_denied_caller_leaves_the_queue(desk: Screen, caller: Caller) -> None:
    other, reference = caller.in_use()
    fill_in(desk, reference, blocks.cut(other))
    desk.send("/deny", installation_id=other, reference=reference, reason="no_proof")
    assert "Nobody is waiting." in desk.words
    assert "denied product key" in desk.open("/audit").words


def test_a_caller_without_an_installation_id_is_closed_with_a_reason(desk: Screen, caller: Caller) -> None:
    reference = caller.is_put_through(MISSING * 7)
    desk.open(f"/callers/{reference}").send("/deny", reference=reference)
    assert desk.at == f"/callers/{reference}"
    desk.send("/deny", reference=reference, reason="gone")
    assert "Nobody is waiting." in desk.words
    assert "closed (caller:" in desk.open("/audit").words


@pytest.mark.parametrize("path", ["/look-up", "/confirm", "/approve", "/deny"])
def test_nothing_is_done_without_the_token_of_the_session(desk: Screen, caller: Caller, path: str) -> None:
    other, reference = caller.in_use()
    before = desk.machine.staff.audit.verify()
    desk.post(path, installation_id=other, typed=other, reference=reference, reason="repaired")
    assert desk.last.status_code == 403
    assert desk.machine.staff.audit.verify() == before
    assert len(caller.parts.records.activations(9)) == 1


@pytest.mark.parametrize("before", ["9" * 30, "-1", "nonsense"])
def test_a_number_that_no_entry_has_shows_the_latest_of_the_audit_log(desk: Screen, before: str) -> None:
    assert "signed in" in desk.open(f"/audit?before={before}").words


# A whole day, and every answer of it kept


def test_no_page_no_address_and_no_log_of_a_whole_day_holds_a_secret(
    screen: Screen, caller: Caller, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Codes, their secrets, possession tags, hardware tags, keys, passwords, tokens: nothing of it is ever answered."""
    caplog.set_level(logging.DEBUG)
    answers: list[str] = []

    @screen.machine.app.after_request
    def keep(response):  # type: ignore[no-untyped-def]
        response.direct_passthrough = False
        answers.append(f"{response.headers} {response.get_data(as_text=True)}")
        return response

    other, reference = caller.in_use()
    slip = other[:-1] + str((int(other[-1]) + 1) % 10)
    wrong = codes.issue(caller.key.kind, 1, caller.key.serial, b"another key")
    desk = screen.sign_in().send("/sign-out").sign_in(password="a wrong password").sign_in()
    desk.open().open(f"/caller?reference={reference}").open("/callers")
    fill_in(desk, reference, blocks.cut(slip))
    fill_in(desk, reference, blocks.cut(other))
    for code in (caller.key, wrong):
        look_up(desk, code.shown)
        look_up(desk, code.text[:-1] + "U")
        look_up(desk, code.text[:20])
    desk.send("/confirm", installation_id=other, reference=reference)
    desk.send("/approve", installation_id=other, reference=reference, reason="repaired")
    desk.send("/deny", installation_id=other, reference=reference, reason="no_proof")
    for path in ("/audit", "/nothing-here", "/look-up", "/callers/zzz"):
        desk.open(path)
    desk.last = None  # type: ignore[assignment]
    desk.origin = "https://evil.example"
    desk.post("/look-up", typed=caller.key.shown)

    asked = installation_id.parse(other)
    keys = desk.machine.parts.keys
    secrets = {
        *(caller.key.text[i : i + 5] for i in range(5, 20, 5)),  # its first and last group tell it from another
        *(wrong.text[i : i + 5] for i in range(5, 20, 5)),
        str(caller.key.secret),
        f"{caller.key.secret:x}",
        str(asked.tag),
        f"{asked.tag:x}",
        str(asked.hardware),
        f"{asked.hardware:x}",
        keys.issuing.hex(),
        *(str(key) for key in keys.signing.values()),
        "a wrong password",
        "correct horse battery",
        "$argon2",
    }
    written = "\n".join([*answers, *(record.getMessage() for record in caplog.records), *capfd.readouterr()])
    assert len(answers) > 20
    assert [secret for secret in secrets if secret in written] == []
    locations = re.findall(r"Location: (\S+)", written)
    assert locations
    assert not any(re.search(r"\d{8}", location) for location in locations)
    assert isinstance(desk.machine.staff.audit.verify(), Head)


def test_the_reasons_are_those_that_can_be_chosen(desk: Screen, caller: Caller) -> None:
    other, _ = caller.in_use()
    look_up(desk, other)
    assert re.findall(r'type="radio" name="reason" value="(\w+)"', desk.html) == [*TO_APPROVE]
    assert re.findall(r'<option value="(\w+)"', desk.html) == [*TO_DENY]
