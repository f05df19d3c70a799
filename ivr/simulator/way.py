"""The way of a call through its flow, read off what goes over the wire, event by event.

Two things tell where a call stands: the address that a Gather sends its keys to names the step that listens, and the
prompt of an ending is said at no other step. Between two of those a call passes steps that trouble nobody; which they
are follows from the declaration, from the keys, and from what the document says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivr.dialogue import Asking, Decide, End, Flow
from ivr.dialogue import Say as Spoken
from ivr.simulator.carrier import FALLBACK
from ivr.simulator.document import Document, parse
from ivr.simulator.events import Event
from ivr.simulator.markup import spoken_words
from ivr.simulator.verbs import Gather, Say
from ivr.wording import Books

__all__ = ["Way"]

_STEP = re.compile(r"/step/(?P<name>\w+)")


class Way:
    """Where one call stands. Give it every event, in order."""

    def __init__(self, flow: Flow, books: Books) -> None:
        self._flow, self._books = flow, books
        self._endings = {step.prompt: name for name, step in flow.steps.items() if isinstance(step, End)}
        self._said: set[str] = set()  # the prompts of the present document
        self._hops: Sequence[str] = [flow.start]  # where the present step may lead, the likeliest first
        self.present = ""

    def passed(self, event: Event) -> Sequence[str]:
        """The steps that the call has come to with this event, the present one last; none where it stands as before."""
        told = event.details
        match event.kind:
            case "response" if told["body"]:
                self._said = self._prompts_of(told["body"])
            case "listen" if found := _STEP.search(told["action"]):
                return self._reach(found["name"])
            case "say" if ending := self._ending(told["text"], told["language"]):
                return self._reach(ending)
            case "gathered" if isinstance(self._flow.steps.get(self.present), Asking):
                self._hops = self._led_by(told["digits"])
            case "request" if told["why"] == FALLBACK and self.present:
                self._hops = [self._flow.failure]
            case "dial" if told["outcome"] != "completed" and self.present:
                self._hops = list(self._flow.ways[self.present].values())
        return ()

    def _ending(self, text: str, language: str) -> str | None:
        return self._endings.get(self._prompt(text, language))

    def _prompt(self, text: str, language: str) -> str:
        book = self._books.get(language)
        said = book.recognise(text) if book else None
        return said.prompt if said else ""

    def _prompts_of(self, body: str) -> set[str]:
        document = parse(body)
        verbs = [read.verb for read in document.verbs] if isinstance(document, Document) else []
        says = [each for verb in verbs for each in (verb.prompts if isinstance(verb, Gather) else [verb])]
        return {self._prompt(spoken_words(say.speech), say.language) for say in says if isinstance(say, Say)}

    def _reach(self, name: str) -> Sequence[str]:
        if name not in self._flow.steps:
            return ()
        ways = (self._silently(hop, name) for hop in self._hops)
        steps = next(filter(None, ways), (name,))
        if steps == (self.present,):
            return ()  # said again, or the next part of a recital
        self.present, self._hops = name, ()
        return steps

    def _led_by(self, keys: str) -> Sequence[str]:
        """Where these keys may lead: what is declared for them, else what their reading found; or they were a miss."""
        step, ways = self._flow.steps[self.present], self._flow.ways[self.present]
        if keys in ways:
            led = [ways[keys]]
        elif keys:
            led = [to for outcome, to in ways.items() if len(outcome) > 1]
        else:
            led = [step.silence] if isinstance(step, Asking) and step.silence else []
        return [*led, self.present, self._flow.failure]

    def _silently(self, start: str, end: str) -> Sequence[str]:
        """The shortest way between two steps over such as need no answer; empty where there is none."""
        todo: list[tuple[str, ...]] = [(start,)]
        for way in todo:
            if way[-1] == end:
                return way
            step = self._flow.steps[way[-1]]
            if isinstance(step, Decide) or (isinstance(step, Spoken) and step.prompt in self._said):
                todo += [(*way, to) for to in step.on.values() if to not in way]
        return ()
