"""The declared call itself: each decision, and what no scenario shows."""

from collections import deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation_core import blocks, codes, installation_id
from activation_core.clearinghouse.calls_under_way import UNHEARD
from activation_core.refusals import REASONS, Refusal
from ivr.activation_call import ACTIVATION_CALL, DeskDown, facts
from ivr.dialogue import Asking, Collect, Decide, Dial, End, Gather, Hangup, advance, open_call, unanswered
from ivr.simulator.prompt_length import seconds
from ivr.wording import words

SHOWN = blocks.from_number(12345678901234567890123456789012345678901, 7)
BEGINS_WITH_ZERO = "".join(blocks.from_number(98765432109876543210987654321098765432109, 7))
SPOKEN = blocks.from_number(987654321, 13)


@dataclass
class FakeDesk:
    answer: object = field(default_factory=lambda: SimpleNamespace(blocks=SPOKEN))
    down: int = 0  # how often it is asked in vain
    has_operator: bool = True
    takes_texts: bool = False
    no_text: object = None  # why none is sent
    asked: list = field(default_factory=list)
    handed_over: list = field(default_factory=list)

    admits: str = "admitted"

    def admit(self, call, line=""):
        return self.admits

    def confirm(self, installation_id, line=""):
        self.asked.append(installation_id)
        if len(self.asked) <= self.down:
            raise DeskDown
        return self.answer

    texted: list = field(default_factory=list)

    def text(self, *told):
        self.texted.append(told)
        return self.no_text

    def hand_over(self, *told):
        self.handed_over.append(told)
        return "0000011"


def outcomes(decision):
    """The outcomes in a decision's return type: tuple[Call, Literal[...]], with or without None."""
    returns = get_type_hints(decision)["return"]
    pair = next(t for t in (returns, *get_args(returns)) if get_origin(t) is tuple)
    return set(get_args(get_args(pair)[1]))


@pytest.mark.parametrize(
    ("name", "step"), [(n, s) for n, s in ACTIVATION_CALL.steps.items() if isinstance(s, Decide | Collect)]
)
def test_every_outcome_of_a_decision_leads_somewhere_and_nothing_else_does(name, step):
    keys = set("0123456789*#")
    assert outcomes(step.by if isinstance(step, Decide) else step.read) == set(step.on) - keys


def test_every_refusal_of_the_telephone_has_its_place_in_the_flow():
    spoken = {code for code, reason in REASONS.items() if reason.on_the_telephone}
    assert {f"refused_{code}" for code in spoken} <= ACTIVATION_CALL.steps.keys()


@pytest.mark.parametrize("busy", ["line_busy", "all_busy"])
def test_whoever_is_turned_away_hears_it_in_each_language_of_the_number(busy):
    told = facts("CA1", "en-US", ["es-US", "fr-FR"], "", [])
    _, verbs = open_call(ACTIVATION_CALL, FakeDesk(admits=busy), **told)
    assert [(verb.prompt, verb.locale) for verb in verbs[:-1]] == [
        (busy, "en-US"),
        (busy, "es-US"),
        (busy, "fr-FR"),
    ]
    assert verbs[-1] == Hangup()


def test_a_person_can_be_reached_from_every_step_that_asks():
    for name, step in ACTIVATION_CALL.steps.items():
        if isinstance(step, Asking):
            assert ACTIVATION_CALL.ways[name]["0"] == ("zero" if name in BEFORE_THE_ID else "hand_over")


BEFORE_THE_ID = {"language", "toll_free"}


@pytest.mark.parametrize("place", sorted(BEFORE_THE_ID))
def test_zero_is_a_person_before_the_installation_id_too_unless_the_rest_of_it_follows(place):
    languages, toll_free = (["es-US"], "") if place == "language" else ([], "0800")
    desk = FakeDesk()
    call, _ = calling(desk, (place, "0"), languages=languages, toll_free=toll_free)
    assert advance(ACTIVATION_CALL, call, "", desk)[0].step == "operator"
    rest = BEGINS_WITH_ZERO[1:]
    assert advance(ACTIVATION_CALL, call, rest, desk)[0].step == "confirmed"
    assert desk.asked == [BEGINS_WITH_ZERO]


def test_every_installation_id_begins_with_zero_or_one():
    """So that no other key, where a language is chosen, can be the beginning of one."""
    code = {kind: codes.issue(kind, 1, 1, b"any key") for kind in codes.Kind}
    for operation in installation_id.Operation:
        kind = codes.Kind.PRODUCT_KEY if operation.name in ("ACTIVATE", "REACTIVATE") else codes.Kind.LICENSE_CODE
        for epoch, hardware in ((0, 0x11111111), (15, 0xFFFFFFFF)):
            assert installation_id.make(operation, code[kind], epoch, hardware, 1).digits[0] in "01"


def test_every_step_can_come_to_an_end():
    ends = {name for name, step in ACTIVATION_CALL.steps.items() if isinstance(step, End)}
    for name in ACTIVATION_CALL.steps:
        seen, todo = set(), deque([name])
        while todo:
            at = todo.popleft()
            if at not in seen:
                seen.add(at)
                todo.extend(to for source, _, to in ACTIVATION_CALL.edges() if source == at)
        assert seen & ends, name


def calling(desk, *keys, languages=(), toll_free="", free_in=("en-US",)):
    """The call after these keys, each pressed where the document listens last."""
    told = facts("CA1", "en-US", languages, toll_free, free_in if toll_free else ())
    call, verbs = open_call(ACTIVATION_CALL, desk, **told)
    for step, pressed in keys:
        call, verbs = advance(ACTIVATION_CALL, call, pressed, desk, step)
    return call, verbs


def test_no_document_lasts_so_long_that_its_call_seems_to_be_over(books):
    """The longest reads all blocks slowly to a caller who listens in silence."""
    _, verbs = calling(FakeDesk(), ("enter_id", "".join(SHOWN)), ("confirmed", "1"))
    for locale in books:
        gathers = [verb for verb in verbs if isinstance(verb, Gather)]
        spoken = [words(books, locale, prompt) for gather in gathers for prompt in gather.prompts]
        waited = sum(gather.timeout for gather in gathers)
        assert 2 * 60 < sum(map(seconds, spoken)) + waited < UNHEARD.total_seconds() / 2, locale


def test_the_digits_that_were_keyed_are_asked_of_the_desk():
    desk = FakeDesk()
    calling(desk, ("enter_id", "".join(SHOWN)))
    assert desk.asked == ["".join(SHOWN)]


def test_only_the_blocks_that_are_wrong_are_asked_for_again_in_their_order():
    desk = FakeDesk()
    keyed = list(SHOWN)
    keyed[1], keyed[5] = "0000001", "0000001"
    call, _ = calling(desk, ("enter_id", "".join(keyed)))
    assert (call.step, call.facts["block"]) == ("repair", 2)
    call, _ = advance(ACTIVATION_CALL, call, SHOWN[1], desk)
    assert (call.step, call.facts["block"]) == ("repair", 6)
    advance(ACTIVATION_CALL, call, SHOWN[5], desk)
    assert desk.asked == ["".join(SHOWN)]


def test_two_neighbouring_blocks_that_were_swapped_are_both_asked_for_again():
    call, _ = calling(FakeDesk(), ("enter_id", "".join((SHOWN[1], SHOWN[0], *SHOWN[2:]))))
    assert (call.step, call.facts["keyed"][:3]) == ("repair", ["", "", SHOWN[2]])


def test_star_takes_the_slow_path_a_block_back():
    call, _ = calling(FakeDesk(), ("enter_block", SHOWN[0]), ("enter_block", SHOWN[1]), ("enter_block", "*"))
    assert (call.facts["block"], call.facts["keyed"][:2]) == (2, [SHOWN[0], ""])


def test_the_language_of_a_call_is_chosen_by_one_key():
    call, _ = calling(FakeDesk(), ("language", "2"), languages=["es-US"])
    assert (call.step, call.facts["locale"]) == ("enter_id", "es-US")


def test_a_key_that_names_no_language_is_a_miss():
    call, _ = calling(FakeDesk(), ("language", "3"), languages=["es-US"])
    assert (call.step, call.misses) == ("language", 1)


def test_a_free_number_is_told_once():
    desk = FakeDesk()
    call, verbs = calling(desk, toll_free="0808 157 0142")
    assert next(verb.step for verb in verbs if isinstance(verb, Gather)) == "toll_free"
    call, _ = calling(desk, ("enter_id", "".join(SHOWN)), toll_free="0808 157 0142")
    call, verbs = advance(ACTIVATION_CALL, call, "2", desk, "what_next")
    assert next(verb.step for verb in verbs if isinstance(verb, Gather)) == "enter_id"


def test_a_desk_that_is_down_is_asked_three_times_before_a_person_is():
    desk = FakeDesk(down=3)
    call, _ = calling(desk, ("enter_id", "".join(SHOWN)), ("one_moment", ""))
    assert (call.step, len(desk.asked)) == ("one_moment", 2)
    call, verbs = advance(ACTIVATION_CALL, call, "", desk)
    assert (call.step, verbs[-1], len(desk.asked)) == ("operator", Dial(), 3)


def test_every_installation_id_of_a_call_has_its_moments():
    desk = FakeDesk(down=2)
    call, _ = calling(desk, ("enter_id", "".join(SHOWN)), ("one_moment", ""), ("one_moment", ""))
    assert call.step == "confirmed"
    desk.down = 10
    call, _ = advance(ACTIVATION_CALL, call, "2", desk, "what_next")
    call, _ = advance(ACTIVATION_CALL, call, "".join(SHOWN), desk)
    call, _ = advance(ACTIVATION_CALL, call, "", desk)
    assert (call.step, len(desk.asked)) == ("one_moment", 5)


def test_nobody_is_sent_to_a_free_number_that_does_not_speak_their_language():
    spanish = {"languages": ["es-US"], "toll_free": "0808 157 0142", "free_in": ["en-US"]}
    call, _ = calling(FakeDesk(), ("language", "2"), **spanish)
    assert (call.facts["locale"], call.step) == ("es-US", "enter_id")
    call, _ = calling(FakeDesk(), ("language", "1"), **spanish)
    assert (call.facts["locale"], call.step) == ("en-US", "toll_free")


def test_a_caller_who_is_put_through_leaves_what_was_keyed_and_why():
    desk = FakeDesk(answer=Refusal("in_use"))
    call, verbs = calling(desk, ("enter_id", "".join(SHOWN)), ("refused_in_use", "0"))
    assert desk.handed_over == [("CA1", "".join(SHOWN), "in_use", "refused_in_use", "en-US")]
    assert (call.step, verbs[-1]) == ("operator", Dial())


def test_where_there_is_no_operator_the_caller_gets_a_reference_and_other_help():
    call, verbs = calling(FakeDesk(has_operator=False), ("enter_id", "0"))
    assert (call.step, call.facts["reference"], verbs[-1]) == ("nobody", "0000011", Hangup())


def test_an_operator_who_does_not_answer_is_as_if_there_were_none():
    desk = FakeDesk()
    call, _ = calling(desk, ("enter_id", "0"))
    call, verbs = unanswered(ACTIVATION_CALL, call, desk)
    assert (call.step, verbs[-1]) == ("nobody", Hangup())


def test_star_while_blocks_are_read_says_the_same_again_and_then_the_one_before():
    desk = FakeDesk()
    call, _ = calling(desk, ("enter_id", "".join(SHOWN)))
    call, _ = advance(ACTIVATION_CALL, call, "*", desk, "read_back", 5)
    assert call.facts["part"] == 5
    call, verbs = advance(ACTIVATION_CALL, call, "*", desk, "read_back", 5)
    assert call.facts["part"] == 4
    assert [verb.part for verb in verbs if isinstance(verb, Gather)][:2] == [4, 5]


def test_the_read_back_is_one_document_up_to_the_end_of_the_call():
    _, verbs = calling(FakeDesk(), ("enter_id", "".join(SHOWN)))
    steps = [verb.step for verb in verbs if isinstance(verb, Gather)]
    assert steps == ["confirmed", *["read_back"] * 13, "what_next", "still_there"]
    assert verbs[-1] == Hangup()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["", "0", "1", "2", "9", "*", "123", "".join(SHOWN), *SHOWN]), max_size=25), st.data())
def test_whatever_is_pressed_wherever_the_call_goes_on_or_ends_properly(presses, data):
    answer = data.draw(st.sampled_from([Refusal("in_use"), SimpleNamespace(blocks=SPOKEN)]))
    desk = FakeDesk(answer, down=data.draw(st.integers(0, 4)))
    call, verbs = open_call(ACTIVATION_CALL, desk, **facts("CA1", "en-US", ["es-US"], "0808", ["en-US"]))
    for keys in presses:
        asking = [verb for verb in verbs if isinstance(verb, Gather)]
        if not asking:
            break
        verb = data.draw(st.sampled_from(asking))
        if keys or not verb.goes_on:
            call, verbs = advance(ACTIVATION_CALL, call, keys[: verb.digits], desk, verb.step, verb.part)
    last = verbs[-1]
    assert isinstance(last, Hangup | Dial) or (isinstance(last, Gather) and not last.goes_on)
    assert len(call.facts["keyed"]) == installation_id.BLOCKS
