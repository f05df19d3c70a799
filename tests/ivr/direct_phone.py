"""A telephone without a carrier: the scenario's caller straight at the dialogue. The yardstick for the webhooks."""

from dataclasses import dataclass

from ivr import wording
from ivr.dialogue import Dial, Gather, Hangup, Speak, advance, open_call


@dataclass
class DirectPhone:
    flow: object
    desk: object
    books: object
    arrived: object = tuple  # gives the text messages on the handset

    def place(self, caller, **facts):
        """The words that were heard, in order."""
        self.caller, self.heard, self.received = caller, [], 0
        self.call, verbs = open_call(self.flow, self.desk, **facts)
        while verbs:
            verbs = self._play(verbs)
        return self.heard

    def _play(self, verbs):
        for verb in verbs:
            match verb:
                case Speak():
                    self._hear(verb)
                case Gather():
                    for prompt in verb.prompts:
                        self._hear(prompt)
                    keys = self.caller.presses()
                    if keys is None:
                        self.caller.ends("")
                        return None
                    keys = keys[: verb.digits].partition("#")[0] if verb.goes_on or verb.digits > 1 else keys
                    if keys or not verb.goes_on:
                        return self._advance(verb, keys)
                case Dial():
                    self.caller.ends("is put through")
                    return None
                case Hangup():
                    self.caller.ends("is hung up on")
                    return None
        raise AssertionError("a document that leads nowhere")

    def _advance(self, verb, keys):
        self.call, verbs = advance(self.flow, self.call, keys, self.desk, verb.step, verb.part)
        for message in self.arrived()[self.received :]:
            self.received += 1
            self.caller.receives(message.text)
        return verbs

    def _hear(self, speak):
        words = wording.words(self.books, self.call.facts["locale"], speak)
        self.heard.append(words.text)
        self.caller.hears(words.text, words.locale)
