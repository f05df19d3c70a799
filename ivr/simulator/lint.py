"""The rules of a good call, checked against what an explorer saw and against a declared flow with its prompt books.

Each rule is a row of `RULES`: its number, name, severity, where it comes from, and a function over what was
`Seen`. Rules about words know the languages of `menu_words`; what is said in another they leave alone. They
read prompts as text and cannot tell whether a voice is pleasant or a sentence is true.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal
from urllib.parse import quote, urlsplit

from ivr.dialogue import AGAIN, Asking, Collect, End, Flow
from ivr.simulator import document
from ivr.simulator.carrier_errors import Problem
from ivr.simulator.document import Document, Gather, Say
from ivr.simulator.explorer import (
    CUT_OFF,
    SILENCE,
    SILENT_END,
    SPOKEN_END,
    Exploration,
    FindingKind,
    Page,
    State,
)
from ivr.simulator.menu_words import menu_words
from ivr.simulator.prompt_length import sample, seconds
from ivr.simulator.speech_time import Silence, speech_seconds
from ivr.wording import VOICES, Books

__all__ = ["RULES", "Fault", "Rule", "Seen", "lint"]

Severity = Literal["error", "warning"]
Told = tuple[str, str]  # where, and what is wrong there


@dataclass(frozen=True)
class Fault:
    rule: Rule
    where: str
    message: str


@dataclass(frozen=True)
class Said:
    locale: str
    text: str
    seconds: float


@dataclass(frozen=True)
class Offer:
    """What is said before the caller may act: at a stop of the live call, or one prompt of a book."""

    where: str
    said: tuple[Said, ...]
    digits: int | None = 1  # how many are asked for; None is any number
    prompt: str = ""  # its name, where it is one of a book


@dataclass(frozen=True)
class Seen:
    """All that there is to look at: a walk, and for a call of our own its declaration, too."""

    exploration: Exploration
    flow: Flow | None = None
    books: Books | None = None

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        live = [Offer(_place(state), _said(state), state.stop.num_digits) for state in self.exploration.states]
        return (*live, *(_prompts(self.books) if self.books else ()))

    @cached_property
    def pages(self) -> tuple[tuple[Page, ET.Element, Document], ...]:
        """The documents that can be read at all; those that cannot are requests that failed."""
        read = [(page, page.root, document.parse(page.body)) for page in self.exploration.pages]
        return tuple((page, root, doc) for page, root, doc in read if root is not None and isinstance(doc, Document))


@dataclass(frozen=True)
class Rule:
    number: int
    name: str
    severity: Severity
    source: str
    check: Callable[[Seen], Iterator[Told]]


def lint(seen: Seen, rules: Iterable[Rule] = ()) -> tuple[Fault, ...]:
    """Every breach of a rule, each told once; without `rules`, of all."""
    return tuple(
        Fault(rule, where, message) for rule in (rules or RULES) for where, message in dict.fromkeys(rule.check(seen))
    )


def _place(state: State) -> str:
    acts = ", ".join(act.name for act in state.way)
    return f"after {acts}" if acts else "at the start"


def _said(state: State) -> tuple[Said, ...]:
    says = [event.details for event in state.stop.heard if event.kind == "say"]
    return tuple(Said(say["language"], say["text"], say["seconds"]) for say in says)


def _prompts(books: Books) -> Iterator[Offer]:
    for locale, book in books.items():
        for name in book.prompts:
            words = sample(book, name)
            said = Said(locale, words.text, seconds(words))
            yield Offer(f"prompt {name} in {locale}", (said,), prompt=name)


# -- options --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Option:
    key: str
    before: str  # what it is for, said before the key
    after: str
    names_language: bool


def _options(said: Said) -> Iterator[_Option]:
    """Every "to …, press n" and "press n to …"."""
    language = menu_words(said.locale)
    if language is None:
        return
    for sentence in re.split(r"[.!?;¡¿。！？；]+", said.text.lower()):  # noqa: RUF001 - other scripts
        pieces = re.split(language.pressed, sentence)
        for place in range(1, len(pieces), 2):
            before = pieces[place - 1].split(",", 1)[-1] if place > 1 else pieces[place - 1]
            after = re.split(r",", pieces[place + 1])[0]
            key = language.key_named(pieces[place])
            yield _Option(key, before.strip(" ,"), after.strip(), language.named in sentence)


_HELPERS = "0*#9"  # help, repeat or back, go on, end: no commands of a menu (ISO/IEC 13714)


def _data_masked(said: Said) -> str:
    """The words without numbers read out digit by digit."""
    language = menu_words(said.locale)
    digit = "|".join([r"\d", *(language.digits if language else ())])
    return re.sub(rf"(?<!\w)(?:{digit})(?:[ ,.]+(?:{digit}))+(?!\w)", "", said.text.lower())


def _is_data(said: Said) -> bool:
    """More digits than words: something to be written down, which takes the time that it takes."""
    left = len(_data_masked(said).split())
    return left * 2 < len(said.text.split())


# -- rules about words ---------------------------------------------------------------------------------


def _menu_too_long(offer: Offer) -> Iterator[str]:
    commands = [option.key for said in offer.said for option in _options(said) if option.key not in _HELPERS]
    if len(set(commands)) > 4:
        yield f"{len(set(commands))} commands in one menu; at most four can be kept in mind"


def _keys_out_of_order(offer: Offer) -> Iterator[str]:
    """Ascending from 1, no gaps. A choice of languages may begin at 2: 1 would be the one being spoken."""
    options = [option for said in offer.said for option in _options(said) if option.key not in _HELPERS]
    keys = list(dict.fromkeys(int(option.key) for option in options))
    first = (1, 2) if options and all(option.names_language for option in options) else (1,)
    if keys and (keys[0] not in first or any(b != a + 1 for a, b in pairwise(keys))):
        yield f"the keys come as {', '.join(map(str, keys))}, not as 1, 2, 3"


def _key_before_option(offer: Offer) -> Iterator[str]:
    for said in offer.said:
        language = menu_words(said.locale)
        if language is None or _is_data(said):
            continue
        for option in _options(said):
            if option.after and not option.before:
                yield f"“press {option.key} {option.after}” names the key before what it is for"
        bare = rf"(?:^|[,.;:、。]\s*)(?:con\s+)?({language.key}){language.bare}[^,.、。]*"
        for match in re.finditer(bare, said.text.lower()):
            yield f"“{match[0].strip(' ,.;:')}” names the key before what it is for"


def _unusual_keys(offer: Offer) -> Iterator[str]:
    for said in offer.said:
        language = menu_words(said.locale)
        for option in _options(said) if language else ():
            assert language is not None  # noqa: S101 - for mypy
            purpose = f"{option.before} {option.after}".strip()
            usual = language.meanings.get(option.key)
            if usual and purpose and not re.search(usual, purpose):
                yield f"{option.key} is given another meaning: “{purpose}”"
            for answer, key in language.answers.items():
                if re.search(answer, purpose) and option.key != key:
                    yield f"“{purpose}” is on {option.key}; 1 is yes and 2 is no"


def _is_said(word: str, words: str) -> bool:
    """As a word of its own, where a script has spaces between words."""
    return bool(re.search(rf"(?<![a-z0-9ß-ÿ]){word}(?![a-z0-9ß-ÿ])", words))


def _number_of_digits_untold(offer: Offer) -> Iterator[str]:
    known = [language for said in offer.said if (language := menu_words(said.locale))]
    if not known or offer.digits == 1:
        return
    words = " ".join(said.text.lower() for said in offer.said)
    if offer.digits is None:
        ends = [name for key in "#*" for language in known for name in language.keys[key].split("|")]
        if not any(_is_said(name, words) for name in ends):
            yield "any number of digits is taken, and no key is named that ends them"
        return
    if not any(_is_said(number, words) for language in known for number in language.number(offer.digits)):
        yield f"{offer.digits} digits are asked for, and the prompt does not say how many"


def _instruction_seconds(said: Said) -> float:
    if _is_data(said):
        return 0.0
    masked = _data_masked(said)
    return said.seconds if masked == said.text.lower() else speech_seconds(masked, said.locale)


def _instruction_too_long(offer: Offer) -> Iterator[str]:
    seconds = sum(map(_instruction_seconds, offer.said))
    if seconds > 20:
        yield f"{seconds:.0f} seconds of instructions; at most 20"


def _run_of_digits(offer: Offer) -> Iterator[str]:
    for said in offer.said:
        for run in re.findall(r"(?<![\d.])\d{3,}(?![\d.]*%)", said.text):
            yield f"“{run}” is read as one number; put spaces between the digits"


# -- rules about a Gather ------------------------------------------------------------------------------


def _elements_after(state: State) -> list[ET.Element]:
    root = state.stop.page.root
    verbs = [] if root is None else list(root)
    gathers = [place for place, verb in enumerate(verbs) if verb.tag == "Gather"]
    return verbs[gathers[state.stop.place] :] if state.stop.place < len(gathers) else []


def _is_a_pause(state: State) -> bool:
    """A moment to interrupt within one long reading: the same keys are taken by the Gather that follows.

    ISO/IEC 13714 bounds the time in which a caller must answer; here nothing is lost when it is over.
    """
    here = _elements_after(state)
    kind = [(verb.tag, verb.get("numDigits"), verb.get("finishOnKey")) for verb in here[:2]]
    return len(kind) == 2 and kind[0] == kind[1]


def _timeout_out_of_bounds(state: State) -> Iterator[str]:
    seconds = state.stop.timeout
    if seconds > 10 or (seconds < 3 and not _is_a_pause(state)):
        yield f"the caller has {seconds:g} seconds to press a key; 3 to 10 are right"


def _no_empty_result(state: State) -> Iterator[str]:
    here = _elements_after(state)
    if len(here) == 1 and here[0].get("actionOnEmptyResult") != "true":
        yield "silence falls off the end of the document, which hangs up: actionOnEmptyResult is missing"


# -- rules about a document ----------------------------------------------------------------------------

_PROMPTS = ("Say", "Play")


def _prompt_before_gather(root: ET.Element) -> Iterator[str]:
    for before, after in pairwise(root):
        if before.tag in _PROMPTS and after.tag == "Gather":
            yield f"“{_text(before)}” stands before the Gather: keys pressed while it is said are lost"


def _gather_without_action(root: ET.Element) -> Iterator[str]:
    for gather in root.iter("Gather"):
        if not gather.get("action"):
            yield "a Gather without action asks this very document again, for ever"


def _unreachable_verbs(root: ET.Element) -> Iterator[str]:
    for verb, after in pairwise(root):
        if verb.tag in ("Redirect", "Hangup", "Reject"):
            yield f"{after.tag} after {verb.tag} is never reached"
        if verb.tag == "Gather" and verb.get("actionOnEmptyResult") == "true":
            yield f"{after.tag} after a Gather with actionOnEmptyResult is never reached"


def _say_without_language(root: ET.Element) -> Iterator[str]:
    for say in root.iter("Say"):
        if not say.get("language"):
            yield f"“{_text(say)}” names no language, and is read as American English"


# Voices of the carrier by the language that each speaks, beside those of our own books.
_POLLY: Mapping[str, str] = {
    "en-US": "Joanna Matthew Salli Kimberly Kendra Ivy Joey Justin Ruth Stephen Kevin",
    "en-GB": "Amy Brian Emma Arthur",
    "en-AU": "Nicole Russell Olivia",
    "es-US": "Lupe Miguel Penelope Pedro",
    "es-ES": "Conchita Enrique Lucia Sergio",
    "es-MX": "Mia Andres",
    "fr-FR": "Celine Mathieu Lea Remi",
    "fr-CA": "Chantal Gabrielle Liam",
    "de-DE": "Marlene Hans Vicki Daniel",
    "it-IT": "Carla Giorgio Bianca Adriano",
    "pt-BR": "Camila Vitoria Ricardo Thiago",
    "ja-JP": "Mizuki Takumi Kazuha Tomoko",
}
_BASIC_VOICES = {"man": "en es fr de", "woman": "en es fr de", "alice": "en es fr de it pt ja zh"}


def _unknown_voice(root: ET.Element) -> Iterator[str]:
    for say in root.iter("Say"):
        voice, language = say.get("voice", "man"), say.get("language", "en-US")
        if not _speaks(voice, language):
            yield f"the voice {voice} is not known to speak {language}"


def _speaks(voice: str, language: str) -> bool:
    family, _, name = voice.partition(".")
    if voice in _BASIC_VOICES:
        return language.partition("-")[0] in _BASIC_VOICES[voice].split()
    if family == "Google":
        return name.lower().startswith(f"{language.lower()}-")
    return (language, voice) in VOICES or (
        family == "Polly" and name.partition("-")[0] in _POLLY.get(language, "").split()
    )


_BY_NUMBER = frozenset({"digits", "characters", "spell-out", "telephone", "cardinal", "number"})


def _say_as_digits(root: ET.Element) -> Iterator[str]:
    for mark in root.iter("say-as"):
        if mark.get("interpret-as") in _BY_NUMBER:
            yield f"say-as {mark.get('interpret-as')} is read differently by each voice; put each digit in a word"


def _unsupported_ssml(root: ET.Element) -> Iterator[str]:
    for say in root.iter("Say"):
        voice = say.get("voice", "man")
        for mark in (element for element in say.iter() if element is not say):
            if why := _why_not(voice, mark):
                yield f"{mark.tag} {why} {voice}"


def _why_not(voice: str, mark: ET.Element) -> str:
    if voice in _BASIC_VOICES:
        return "is not confirmed for the basic voice"
    if voice.endswith("-Neural") and voice.startswith("Polly."):
        if mark.tag == "emphasis":
            return "does nothing with the neural voice"
        if mark.tag == "prosody" and mark.get("pitch"):
            return "of a pitch does nothing with the neural voice"
    return ""


def _text(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())[:60]


def _address_trap(page: Page, root: ET.Element) -> Iterator[str]:
    """A path without its slash depends on which document it stands in; a loopback address on where it runs."""
    for address in _addresses(root):
        parts = urlsplit(address)
        if not parts.netloc and parts.path and not parts.path.startswith("/"):
            yield f"{address} is relative to this document: begin it with a slash"
        loopback = ("localhost", "127.0.0.1", "::1")
        if parts.hostname in loopback and urlsplit(page.url).hostname not in loopback:
            yield f"{address} is on a machine that the carrier cannot reach"


def _addresses(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        yield from (element.get(name, "").strip() for name in ("action", "url", "waitUrl") if element.get(name))
        if element.tag == "Redirect":
            yield (element.text or "").strip()


def _problems(doc: Document) -> Iterator[Problem]:
    yield from doc.problems
    for read in doc.verbs:
        yield from read.problems


_TOO_LONG, _EMPTY, _NOT_OURS = 13521, 13520, 0


def _text_too_long(doc: Document) -> Iterator[str]:
    for problem in _problems(doc):
        if problem.code == _TOO_LONG:
            yield problem.message
    for say in _says(doc):
        words = document.spoken_words(say.speech)
        if len(quote(words)) > 4500:
            yield f"{len(quote(words))} characters as they stand in an address; at most 4500"


def _empty_say(doc: Document) -> Iterator[str]:
    yield from (problem.message for problem in _problems(doc) if problem.code == _EMPTY)


def _schema(doc: Document) -> Iterator[str]:
    for problem in _problems(doc):
        if problem.code not in (_TOO_LONG, _EMPTY, _NOT_OURS):
            yield f"{problem.code} {problem.about.title}: {problem.message}"


def _says(doc: Document) -> Iterator[Say]:
    for read in doc.verbs:
        verbs = read.verb.prompts if isinstance(read.verb, Gather) else (read.verb,)
        yield from (verb for verb in verbs if isinstance(verb, Say))


def _read_without_pauses(doc: Document) -> Iterator[str]:
    """More than four digits one after the other: nobody keeps a fifth in mind while writing."""
    for say in _says(doc):
        run = longest = 0
        for is_digit in _are_digits(say):
            run = run + 1 if is_digit else 0
            longest = max(longest, run)
        if longest > 4:
            yield f"{longest} digits are read without a pause: “{document.spoken_words(say.speech)[:60]}”"


def _are_digits(say: Say) -> Iterator[bool]:
    """For each word and each pause, whether it is a digit."""
    language = menu_words(say.language)
    for part in say.speech:
        if isinstance(part, Silence):
            yield False
            continue
        for word in part.text.lower().split():
            bare = word.strip(",.;:")
            yield (bare.isdecimal() and len(bare) == 1) or (language is not None and bare in language.digits)
            if bare != word:
                yield False


def _long_silence(page: Page, root: ET.Element, doc: Document) -> Iterator[str]:
    for pause in root.iter("Pause"):
        if pause.get("length", "1").isdecimal() and int(pause.get("length", "1")) > 3:
            yield f"a Pause of {pause.get('length')} seconds, in which callers think that the line is dead"
    for say in _says(doc):
        for part in say.speech:
            if isinstance(part, Silence) and part.seconds > 3:
                yield f"a break of {part.seconds:g} seconds, in which callers think that the line is dead"


# -- rules about the walk ------------------------------------------------------------------------------


def _slow_answers(seen: Seen) -> Iterator[Told]:
    for edge in seen.exploration.edges:
        for event in edge.events:
            if event.kind == "response" and event.details["seconds"] > 3:
                yield (
                    event.details["url"],
                    f"{event.details['seconds']:g} seconds until the answer, and no word meanwhile",
                )


def _digits_lost_on_redirect(seen: Seen) -> Iterator[Told]:
    for edge in seen.exploration.edges:
        asked = [event.details for event in edge.events if event.kind == "request"]
        for before, after in pairwise(asked):
            if before["why"] == "Gather action" and str(after["why"]).startswith("HTTP redirect"):
                yield before["url"], "the action is redirected, and Digits are not sent again"


def _too_large(seen: Seen) -> Iterator[Told]:
    for edge in seen.exploration.edges:
        for event in edge.events:
            if event.kind == "error" and event.details["code"] == 11750:
                yield event.details["url"], f"the document has {event.details['message']}; at most 64 kB"


def _explored(*kinds: FindingKind) -> Callable[[Seen], Iterator[Told]]:
    """What the explorer itself has found."""

    def check(seen: Seen) -> Iterator[Told]:
        for finding in seen.exploration.findings():
            if finding.kind in kinds:
                way = ", ".join(finding.way)
                yield f"after {way}" if way else "at the start", finding.message

    return check


def _hung_up_on_silence(seen: Seen) -> Iterator[Told]:
    """A caller who does nothing comes to a person; or to an end that the last prompt announced.

    The rule is against callers who are thrown out in the middle (Kortum, plumvoice: "never just hang up").
    Whoever has been told that the call ends now, and says nothing, has been asked.
    """
    walk = seen.exploration
    for edge in walk.edges:
        if edge.act != SILENCE or edge.to not in (SPOKEN_END, SILENT_END, CUT_OFF):
            continue
        state = walk.state(edge.at)
        language = menu_words(state.stop.locale)
        if not (language and re.search(language.call_ends, state.stop.words.lower())):
            yield _place(state), f"silence is hung up on, and “{state.stop.words[-60:]}” did not say so"


def _error_ends_call(seen: Seen) -> Iterator[Told]:
    for edge in seen.exploration.edges:
        key = edge.act.keys.rstrip("#")
        if edge.to not in (SPOKEN_END, SILENT_END, CUT_OFF) or len(key) != 1 or key not in "12345678":
            continue
        state = seen.exploration.state(edge.at)
        offered = {option.key for said in _said(state) for option in _options(said)}
        if menu_words(state.stop.locale) and key not in offered:
            yield _place(state), f"the key {key}, which no prompt names, ends the call"


def _goodbye_at_the_end(seen: Seen) -> Iterator[Told]:
    yield from _explored("no_goodbye", "cut_off")(seen)


# -- rules about the declaration -----------------------------------------------------------------------


def _declared_attempts(seen: Seen) -> Iterator[Told]:
    if seen.flow is None:
        return
    if seen.flow.tries > 3:
        yield "the flow", f"{seen.flow.tries} attempts before a person; three are enough"
    if not _reaches_a_person(seen.flow, seen.flow.failure):
        yield seen.flow.failure, "too many misses lead to no person"


def _reaches_a_person(flow: Flow, start: str) -> bool:
    """Whoever does nothing more; a step that asks only once may lie on the way."""
    step = flow.steps[start]
    if isinstance(step, End):
        return step.dial
    if isinstance(step, Asking):
        return not step.silence and flow.tries_at(start) == 1 and _reaches_a_person(flow, flow.failure)
    return any(_reaches_a_person(flow, to) for to in flow.ways[start].values())


def _declared_keys(seen: Seen) -> Iterator[Told]:
    """At every step that asks: 0 (and nothing more) is a person, * again or back, and 9 the end.

    The key table of ISO/IEC 13714 is one of commands. Where several digits are keyed, nine is a digit like the
    others: somebody who stops after one must not be hung up on (W3C COGA: an error never ends the call).
    """
    flow = seen.flow
    for name, step in flow.steps.items() if flow else ():
        assert flow is not None  # noqa: S101 - for mypy
        if not isinstance(step, Asking):
            continue
        ways = flow.ways[name]
        if "0" not in ways or not _reaches_a_person(flow, ways["0"]):
            yield name, "0 leads to no person"
        if step.digits == 1 and not ("9" in ways and isinstance(flow.steps[ways["9"]], End)):
            yield name, "9 does not end the call"
        if "*" not in ways:
            yield name, f"* neither goes back nor says it {AGAIN}"


def _named_keys_that_do_nothing(seen: Seen) -> Iterator[Told]:
    """Every key that the prompt of a step names is one that the step knows; `#` is one wherever it goes on."""
    flow, books = seen.flow, seen.books or {}
    asking = [(n, s) for n, s in flow.steps.items() if isinstance(s, Asking)] if flow else []
    for name, step in asking:
        assert flow is not None  # noqa: S101 - for mypy
        known = {*flow.ways[name], *("#" if step.silence or step.digits > 1 else "")}
        for offer in _prompts(books):
            named = (
                {option.key for said in offer.said for option in _options(said)} if offer.prompt == step.prompt else ()
            )
            for key in sorted(set(named) - known):
                if not isinstance(step, Collect):  # what it reads, only itself knows
                    yield name, f"{offer.where} names the key {key}, which does nothing here"


# -- the table -----------------------------------------------------------------------------------------


def _each_offer(check: Callable[[Offer], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return lambda seen: ((offer.where, message) for offer in seen.offers for message in check(offer))


def _each_stop(check: Callable[[State], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return lambda seen: ((_place(state), message) for state in seen.exploration.states for message in check(state))


def _each_root(check: Callable[[ET.Element], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return lambda seen: ((page.url, message) for page, root, _ in seen.pages for message in check(root))


def _each_document(check: Callable[[Document], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return lambda seen: ((page.url, message) for page, _, doc in seen.pages for message in check(doc))


def _each_page(check: Callable[[Page, ET.Element, Document], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return lambda seen: ((page.url, message) for page, root, doc in seen.pages for message in check(page, root, doc))


def _ignoring_document(check: Callable[[Page, ET.Element], Iterator[str]]) -> Callable[[Seen], Iterator[Told]]:
    return _each_page(lambda page, root, _: check(page, root))


_ISO = "ISO/IEC 13714 summary (itams.co.uk/ivr-standards)"
_COGA = "W3C COGA, voice menus (o6p04)"
_GATHER = "Twilio: Gather"
_SAY = "Twilio: Say"
_ATTEMPTS = "plumvoice, alpines, ivrsworld: three attempts, then a person"

RULES: tuple[Rule, ...] = (
    # What is said.
    Rule(1, "menu-too-long", "error", _ISO, _each_offer(_menu_too_long)),
    Rule(2, "keys-out-of-order", "error", _ISO, _each_offer(_keys_out_of_order)),
    Rule(3, "key-before-option", "error", f"{_COGA}; {_ISO}", _each_offer(_key_before_option)),
    Rule(4, "unusual-keys", "error", f"{_ISO}; AS/NZS 4263:2003", _each_offer(_unusual_keys)),
    Rule(5, "digits-not-counted", "error", "Kortum, HCI Beyond the GUI, p. 28", _each_offer(_number_of_digits_untold)),
    Rule(6, "instruction-too-long", "error", "plumvoice; alpines", _each_offer(_instruction_too_long)),
    Rule(7, "unspaced-digits", "error", _SAY, _each_offer(_run_of_digits)),
    Rule(8, "read-without-pauses", "error", "Kortum, HCI Beyond the GUI, p. 28", _each_document(_read_without_pauses)),
    Rule(9, "long-silence", "error", "ivrsworld", _each_page(_long_silence)),
    Rule(10, "slow-answer", "error", "Avaya IR design guide 15492: “please wait” after 2-3 s", _slow_answers),
    # How the caller is listened to.
    Rule(20, "timeout", "error", _ISO, _each_stop(_timeout_out_of_bounds)),
    Rule(21, "silence-not-counted", "error", f"{_GATHER}, actionOnEmptyResult", _each_stop(_no_empty_result)),
    Rule(22, "no-zero", "error", f"{_COGA}: a person at any point", _explored("no_zero")),
    Rule(23, "silence-hung-up-on", "error", _ATTEMPTS, _hung_up_on_silence),
    Rule(24, "error-ends-call", "error", f"{_COGA}: an error never ends the call", _error_ends_call),
    Rule(25, "dead-end", "error", "issue 3, explorer", _explored("dead_end")),
    Rule(26, "loop", "error", "issue 3, explorer", _explored("loop")),
    Rule(27, "silent-loop", "error", f"{_ATTEMPTS}; {_GATHER}, without an action", _explored("silent_loop")),
    Rule(28, "no-goodbye", "error", "plumvoice: never just hang up", _goodbye_at_the_end),
    Rule(29, "failed-request", "error", "Twilio: error codes 11xxx and 12xxx", _explored("failed")),
    # TwiML.
    Rule(40, "prompt-outside-gather", "error", "Twilio: support article 223180068", _each_root(_prompt_before_gather)),
    Rule(41, "gather-without-action", "error", _GATHER, _each_root(_gather_without_action)),
    Rule(42, "action-redirected", "error", "Twilio: Gather, troubleshooting table", _digits_lost_on_redirect),
    Rule(43, "text-too-long", "error", f"{_SAY}; error 13521", _each_document(_text_too_long)),
    Rule(44, "empty-say", "error", f"{_SAY}; error 13520", _each_document(_empty_say)),
    Rule(45, "no-language", "warning", _SAY, _each_root(_say_without_language)),
    Rule(46, "unknown-voice", "warning", f"{_SAY}: a wrong pair may fail", _each_root(_unknown_voice)),
    Rule(47, "unsupported-ssml", "warning", "Amazon Polly: supported SSML tags", _each_root(_unsupported_ssml)),
    Rule(48, "say-as-digits", "warning", "ecosystem.md 1.3 and 5, tried; Amazon Polly", _each_root(_say_as_digits)),
    Rule(49, "document-too-large", "error", "Twilio: error 11750", _too_large),
    Rule(50, "unreachable-verb", "error", f"{_GATHER}; Twilio: Redirect", _each_root(_unreachable_verbs)),
    Rule(
        51, "address", "warning", "Twilio: Gather, relative to the current document", _ignoring_document(_address_trap)
    ),
    Rule(52, "schema", "error", "Twilio: error 12200 and those of each verb", _each_document(_schema)),
    # What is declared.
    Rule(60, "attempts", "error", _ATTEMPTS, _declared_attempts),
    Rule(61, "keys-everywhere", "error", f"{_ISO}; {_COGA}", _declared_keys),
    Rule(62, "named-key-missing", "error", "issue 3: what a prompt names must work", _named_keys_that_do_nothing),
)
