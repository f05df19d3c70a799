"""The whole activation in a terminal: a computer, its Installation ID, the number, the call, the Confirmation ID."""

from __future__ import annotations

from collections.abc import Callable

from activation_core import blocks
from activation_core.access_numbers import AccessNumber, Choice, Directory
from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier
from ivr.simulator.rehearsal import dialling, number_to_call
from ivr.simulator.stage import Stage
from ivr.simulator.transcript import clock, transcript
from ivr.wording import Books

_BLOCKS_A_LINE = 4


def demo(
    region: str,
    locale: str,
    *,
    stage: Stage,
    carrier: Carrier,
    directory: Directory,
    books: Books,
    say: Callable[[str], None],
) -> bool:
    """Activate a computer by telephone, told line by line; whether it accepted the Confirmation ID."""
    computer, shown = stage.set("genuine")
    choice, number = directory.number_for(region), number_to_call(directory, region, locale)
    say("Installation ID")
    _say_blocks(shown, say)
    say(
        f"Number to call from {choice.region} ({_why(choice, number, locale)}): {number.as_dialled_from(choice.region)}"
    )
    say("\nThe call")
    caller = AttentiveCaller(shown, locale, books)
    events = carrier.place(dialling(choice.region, number.e164, f"demo {region} {locale}"), caller.line())
    for line in transcript(events, books):
        say(f"  {line}")
    say("\nConfirmation ID, as it was written down")
    _say_blocks(caller.confirmation_id, say)
    activated = stage.activated(computer, caller.confirmation_id)
    say("The computer checked it by itself: " + ("activated." if activated else "NOT activated."))
    say(f"On a real line this call takes about {clock(events[-1].at).strip()} minutes.")
    return activated


def _why(choice: Choice, number: AccessNumber, locale: str) -> str:
    """Why the call goes to this number, which need not be the one that this region is given."""
    if number == choice.number:
        return choice.why
    if choice.number is None:
        return "for show: computers there activate with the web form"
    return f"answers in {locale}, which {choice.number.as_dialled_from(choice.region)} does not"


def _say_blocks(digits: str, say: Callable[[str], None]) -> None:
    shown = [blocks.show(digits[i : i + blocks.LENGTH]) for i in range(0, len(digits), blocks.LENGTH)]
    for i in range(0, len(shown), _BLOCKS_A_LINE):
        say("  " + "   ".join(shown[i : i + _BLOCKS_A_LINE]))
    say("")
