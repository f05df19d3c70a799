"""Verbs → TwiML, with twilio's own classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twilio.twiml.voice_response import Gather as GatherElement
from twilio.twiml.voice_response import VoiceResponse

from ivr import wording
from ivr.dialogue import Dial, Gather, Hangup, Speak, Verb
from ivr.wording import Books, Pause

Action = Callable[[Gather | Dial], str]


def render(verbs: Sequence[Verb], books: Books, locale: str, action: Action, operator: str) -> str:
    """The document for these verbs. `action` gives the URL that is told how one ended, `operator` is whom to dial."""
    response = VoiceResponse()
    for verb in verbs:
        match verb:
            case Speak():
                _say(response, books, locale, verb)
            case Gather():
                _gather(response, books, locale, verb, action)
            case Dial():
                response.dial(operator, action=action(verb), method="POST", answer_on_bridge=True)
            case Hangup():
                response.hangup()
    return str(response)


def _gather(response: VoiceResponse, books: Books, locale: str, verb: Gather, action: Action) -> None:
    """Where the gather goes on by itself, `#` alone falls through just as silence does, without a webhook.

    A single key that must be answered takes `#` for a key like the others; several digits end with it.
    """
    finish = "#" if verb.goes_on or verb.digits > 1 else ""
    gather = response.gather(
        input="dtmf",
        num_digits=verb.digits,
        finish_on_key=finish,
        timeout=verb.timeout,
        action_on_empty_result=not verb.goes_on,
        action=action(verb),
        method="POST",
    )
    for prompt in verb.prompts:
        _say(gather, books, locale, prompt)


def _say(parent: VoiceResponse | GatherElement, books: Books, locale: str, prompt: Speak) -> None:
    words = wording.words(books, locale, prompt)
    say = parent.say(voice=words.voice, language=words.locale)
    for fragment in words.fragments:
        if isinstance(fragment, Pause):
            say.break_(time=f"{fragment.milliseconds}ms")
        else:
            # Spaces keep words apart for engines that ignore the breaks.
            say.append(f" {fragment} ")
