"""The activation call, to be read from top to bottom as the caller lives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, get_args

from activation_core import blocks, confirmation_id, installation_id
from activation_core.refusals import REASONS, Refusal
from ivr.dialogue import AGAIN, Call, Collect, Decide, End, Flow, Menu, Recite, Say, Standing, Values


class DeskDown(Exception):
    """The desk cannot be reached now: its database restarts, say, or another one takes over."""


class Granted(Protocol):
    @property
    def blocks(self) -> tuple[str, ...]: ...


Admission = Literal["admitted", "line_busy", "all_busy"]


class Desk(Protocol):
    """What the call needs of the clearinghouse; `wiring` hands in the real one."""

    def admit(self, call: str, line: str = "") -> Admission:
        """Whether there is room for this call, which is under way from now on; asked again, it says the same.

        `line` is the number that calls, '' where it is not shown; it is kept nowhere.
        """

    def note(self, call: str, standing: Standing) -> None:
        """What has become of a call, whether or not it was admitted."""

    def confirm(self, installation_id: str, line: str = "") -> Granted | Refusal:
        """The answer, durable before it is returned. DeskDown where there is none for now.

        `line` is the number that calls, '' where it is not known; it is kept nowhere.
        """

    def hand_over(self, call: str, keyed: str, refusal: str, step: str, locale: str) -> str:
        """Keep what the caller has done so far, and give the reference under which an operator finds it.

        DeskDown where it cannot be kept now.
        """

    @property
    def has_operator(self) -> bool: ...


class Texting(Protocol):
    """What the call needs to send the blocks as a text message; to whom, only the webhook knows."""

    @property
    def takes_texts(self) -> bool:
        """Whether one is worth offering to this caller."""

    def text(self, call: str, locale: str, confirmation: Sequence[str]) -> Refusal | None:
        """Send it, once a call. None: it is on its way."""


# What the webhooks tell the call when it is answered.
def facts(
    call: str, locale: str, languages: Sequence[str], toll_free: str, free_in: Sequence[str]
) -> dict[str, object]:
    """`languages` are the other locales of the dialled number, `toll_free` a free number for this caller or '',
    `free_in` the locales in which that one answers.
    """
    return {
        "call": call,
        "locale": locale,
        "languages": list(languages),
        "toll_free": toll_free,
        "free_in": list(free_in),
        **_NOTHING_KEYED,
    }


_NOT_KEYED = "-" * blocks.LENGTH  # in the place of a block, for the operator
_NOTHING_KEYED = {"keyed": [""] * installation_id.BLOCKS, "block": 1, "refusal": "", "moments": 0}


# Whether there is room for one more call.
def admit(call: Call, desk: Desk) -> tuple[Call, Admission]:
    return call, desk.admit(call.facts["call"])


def in_each_language(call: Call) -> Sequence[Values]:
    return [{"locale": locale} for locale in (call.facts["locale"], *call.facts["languages"])]


# The language, and a free number for whoever pays for this call.
_FIRST_LANGUAGE_KEY = 2  # 1 is the language that is being spoken


def other_languages(call: Call, desk: Desk) -> tuple[Call, Literal["several", "one"]]:
    return call, "several" if call.facts["languages"] else "one"


def in_their_own_words(call: Call) -> Sequence[Values]:
    languages = enumerate(call.facts["languages"], _FIRST_LANGUAGE_KEY)
    return [{"locale": locale, "key": str(key)} for key, locale in languages]


def choose_language(call: Call, key: str) -> tuple[Call, Literal["chosen"]] | None:
    keys = {str(values["key"]): values["locale"] for values in in_their_own_words(call)}
    return (call.knowing(locale=keys[key]), "chosen") if key in keys else None


def paid_by_the_caller(call: Call, desk: Desk) -> tuple[Call, Literal["needlessly", "no"]]:
    """Nobody is sent to a number that does not speak their language."""
    return call, "needlessly" if call.facts["locale"] in call.facts["free_in"] else "no"


# The Installation ID: all at once, then only what is missing.
def key_in_all(call: Call, digits: str) -> tuple[Call, Literal["complete", "incomplete"]] | None:
    kept, _ = blocks.salvage(digits, installation_id.BLOCKS)
    return _keyed(call, list(kept), "incomplete") if any(kept) else None


def key_in_the_rest(call: Call, digits: str) -> tuple[Call, Literal["complete", "incomplete", "unfit"]]:
    """Behind the 0 that was keyed too early; what was keyed while the line did not listen is missing."""
    return key_in_all(call, "0" + digits) or (call, "unfit")


def key_in_block(call: Call, digits: str) -> tuple[Call, Literal["complete", "incomplete"]] | None:
    place = call.facts["block"]
    if not blocks.is_block(digits, place):
        return None
    return _keyed(call, [*call.facts["keyed"][: place - 1], digits, *call.facts["keyed"][place:]], "incomplete")


def _keyed(
    call: Call, keyed: list[str], otherwise: Literal["incomplete"]
) -> tuple[Call, Literal["complete", "incomplete"]]:
    missing = [place for place, block in enumerate(keyed, 1) if not block]
    call = call.knowing(keyed=keyed, block=missing[0] if missing else 1)
    return call, otherwise if missing else "complete"


def a_block_back(call: Call, desk: Desk) -> tuple[Call, Literal["back"]]:
    place = max(1, call.facts["block"] - 1)
    keyed = [*call.facts["keyed"][: place - 1], "", *call.facts["keyed"][place:]]
    return call.knowing(keyed=keyed, block=place), "back"


def afresh(call: Call, desk: Desk) -> tuple[Call, Literal["afresh"]]:
    return call.knowing(**_NOTHING_KEYED), "afresh"


Answer = Literal[
    "granted",
    "malformed",
    "not_genuine",
    "throttled",
    "revoked",
    "wrong_epoch",
    "in_use",
    "out_of_budget",
    "transfer_needed",
    "not_yet",
    "down",
]
_MOMENTS = 2  # that a caller waits for a desk that is down, before a person takes over


def confirm(call: Call, desk: Desk) -> tuple[Call, Answer]:
    try:
        answer = desk.confirm("".join(call.facts["keyed"]))
    except DeskDown:
        if call.facts["moments"] == _MOMENTS:
            return call.knowing(out_of_order=True), "down"
        return call.knowing(moments=call.facts["moments"] + 1), "not_yet"
    call = call.knowing(moments=0)
    if isinstance(answer, Refusal):
        return call.knowing(refusal=answer.code), answer.code  # type: ignore[return-value]
    return call.knowing(refusal="", confirmation=list(answer.blocks), part=0, pace="normal"), "granted"


# The Confirmation ID, block by block.
def confirmation_blocks(call: Call) -> Sequence[Values]:
    return [
        {"name": place, "digits": block, "pace": call.facts["pace"]}
        for place, block in enumerate(call.facts["confirmation"])
    ]


def slower(call: Call, desk: Desk) -> tuple[Call, Literal["slower"]]:
    return call.knowing(pace="slow"), "slower"


def block_again(call: Call, desk: Desk) -> tuple[Call, Literal["again"]]:
    """The block that is being read; pressed once more on the same block, the one before it."""
    part, repeated = call.facts["part"], call.facts.get("repeated")
    if part == repeated:
        part = max(0, part - 1)
    return call.knowing(part=part, repeated=part), "again"


def from_the_first(call: Call, desk: Desk) -> tuple[Call, Literal["first"]]:
    return call.knowing(part=0), "first"


# The Confirmation ID in writing, for whoever asks for it.
def offer_a_text(call: Call, desk: Texting) -> tuple[Call, Literal["offered", "not"]]:
    return call, "offered" if desk.takes_texts else "not"


TextAnswer = Literal[
    "sent",
    "text_no_mobile",
    "text_opted_out",
    "text_region",
    "text_too_long",
    "text_not_delivered",
    "text_down",
]


def text(call: Call, desk: Texting) -> tuple[Call, TextAnswer]:
    refusal = desk.text(call.facts["call"], call.facts["locale"], call.facts["confirmation"])
    return call, refusal.code if refusal else "sent"  # type: ignore[return-value]


# The ways out.
def hand_over(call: Call, desk: Desk) -> tuple[Call, Literal["operator", "nobody"]]:
    told = call.facts
    keyed = "".join(block or _NOT_KEYED for block in told["keyed"])
    reference = desk.hand_over(told["call"], keyed, told["refusal"], told.get("asked", ""), told["locale"])
    return call.knowing(reference=reference), "operator" if desk.has_operator else "nobody"


# Where digits are keyed, a nine alone is where somebody stopped to look, or a key that was left over.
_NINE_IS_A_DIGIT = {"9": AGAIN}
_NO_TEXT = [answer for answer in get_args(TextAnswer) if answer != "sent"]
_REFUSALS = [code for code, reason in REASONS.items() if reason.on_the_telephone]

ACTIVATION_CALL = Flow(
    start="room",
    failure="hand_over",
    everywhere={"*": AGAIN, "0": "hand_over", "9": "goodbye"},
    # A slip must not end a call: a digit that is left over from an entry, or nine where pound was meant.
    twice={"9": "nine_ends"},
    steps={
        "room": Decide(admit, {"admitted": "welcome", "line_busy": "line_busy", "all_busy": "all_busy"}),
        "line_busy": End("line_busy", each=in_each_language),
        "all_busy": End("all_busy", each=in_each_language),
        "welcome": Say("welcome", then="other_languages"),
        "other_languages": Decide(other_languages, {"several": "language", "one": "fare"}),
        "language": Collect(
            "press_for_language",
            1,
            choose_language,
            {"chosen": "fare", "1": "fare", "0": "zero"},
            silence="fare",
            timeout=3,
            each=in_their_own_words,
        ),
        "fare": Decide(paid_by_the_caller, {"needlessly": "toll_free", "no": "enter_id"}),
        "toll_free": Menu("toll_free", {"1": "enter_id", "0": "zero"}, silence="enter_id", timeout=3),
        # An Installation ID begins with 0, or with 1 (its first six bits). Whoever knows the call keys it before it is
        # asked for, and must not be put through for that: 0 is a person if nothing comes after it.
        "zero": Collect(
            "zero",
            installation_id.DIGITS - 1,
            key_in_the_rest,
            {"complete": "confirm", "incomplete": "repair", "unfit": "enter_id"} | _NINE_IS_A_DIGIT,
            timeout=3,
            tries=1,
        ),
        # the Installation ID
        "enter_id": Collect(
            "enter_id",
            installation_id.DIGITS,
            key_in_all,
            {"complete": "confirm", "incomplete": "repair"} | _NINE_IS_A_DIGIT,
            silence="block_by_block",
            timeout=10,
            nomatch="id_mistyped",
        ),
        "repair": Collect(
            "repair",
            blocks.LENGTH,
            key_in_block,
            {"complete": "confirm", "incomplete": "repair"} | _NINE_IS_A_DIGIT,
            timeout=10,
            nomatch="block_mistyped",
        ),
        "block_by_block": Say("block_by_block", then="enter_block"),
        "enter_block": Collect(
            "enter_block",
            blocks.LENGTH,
            key_in_block,
            {"complete": "confirm", "incomplete": "enter_block", "*": "a_block_back"} | _NINE_IS_A_DIGIT,
            timeout=10,
            nomatch="block_mistyped",
        ),
        "a_block_back": Decide(a_block_back, {"back": "enter_block"}),
        "confirm": Decide(
            confirm,
            {"granted": "confirmed", "not_yet": "one_moment", "down": "out_of_order"}
            | {code: f"refused_{code}" for code in _REFUSALS},
        ),
        # A database that restarts, or another that takes over, is mostly there before the caller minds.
        "one_moment": Menu("one_moment", {"": "confirm", "#": "confirm"}, timeout=3),
        "out_of_order": Say("out_of_order", then="hand_over"),
        **{f"refused_{code}": Menu(f"refused_{code}", {"1": "afresh"}, timeout=8) for code in _REFUSALS},
        "afresh": Decide(afresh, {"afresh": "enter_id"}),
        # the Confirmation ID
        "confirmed": Menu("confirmed", {"1": "slowly"}, silence="read_back", timeout=2),
        "slowly": Say("slowly", then="slower"),
        "read_back": Recite("read_block", confirmation_blocks, "offer_a_text", {"*": "block_again", "1": "slower"}),
        "block_again": Decide(block_again, {"again": "read_back"}),
        "slower": Decide(slower, {"slower": "read_back"}),
        "offer_a_text": Decide(offer_a_text, {"offered": "what_next_or_text", "not": "what_next"}),
        "what_next_or_text": Menu(
            "what_next_or_text",
            {"1": "from_the_first", "2": "afresh", "3": "text", "9": "goodbye"},
            silence="still_there",
            timeout=8,
        ),
        "text": Decide(text, {"sent": "text_sent"} | {code: code for code in _NO_TEXT}),
        "text_sent": Say("text_sent", then="what_next_or_text"),
        **{code: Say(code, then="what_next") for code in _NO_TEXT},
        "what_next": Menu(
            "what_next",
            {"1": "from_the_first", "2": "afresh", "9": "goodbye"},
            silence="still_there",
            timeout=8,
        ),
        "from_the_first": Decide(from_the_first, {"first": "read_back"}),
        "still_there": Menu(
            "still_there",
            {"1": "from_the_first", "2": "afresh", "9": "goodbye"},
            silence="goodbye",
            timeout=10,
        ),
        # the ways out
        "hand_over": Decide(hand_over, {"operator": "operator", "nobody": "nobody"}),
        "operator": End("putting_through", dial=True, on={"unanswered": "nobody"}),
        "nobody": End("nobody"),
        "goodbye": End("goodbye"),
    },
)
assert confirmation_id.BLOCKS == 13, "the prompt books name thirteen blocks"  # noqa: S101
