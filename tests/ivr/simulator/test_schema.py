"""The tables of elements and attributes are those of Twilio's own library: what is new there fails here."""

import inspect
import re

import pytest
from calling import call
from conformance import fact
from twilio.twiml import TwiML, voice_response

from ivr.simulator.document import _READERS
from ivr.simulator.schema import ATTRIBUTES, CHILDREN, NOT_PLAYED_YET

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def source(cls):
    return inspect.getsource(cls.__init__)


def element(cls):
    return re.search(r'self\.name = "([^"]+)"', source(cls))[1]


def children(cls):
    """The classes that a class of the library can nest, each with the method that does it."""
    for name, method in vars(cls).items():
        nested = re.search(r"self\.nest\(\s*(\w+)\(", inspect.getsource(method)) if inspect.isfunction(method) else None
        if nested and not name.startswith("_"):
            yield getattr(voice_response, nested[1]), method


def attribute(parameter):
    name = TwiML.MAP.get(parameter, parameter)
    return _XML_LANG if name == "xml:lang" else re.sub(r"_(\w)", lambda m: m[1].upper(), name)


def library():
    """Every element that the library can write, with its attributes and what it holds."""
    attributes, holds = {"Response": set()}, {}
    met, left = {voice_response.VoiceResponse}, [voice_response.VoiceResponse]
    while left:
        parent = left.pop()
        for child, method in children(parent):
            contents = set(re.findall(r"self\.value = (\w+)", source(child))) | {"self", "kwargs"}
            names = {attribute(name) for name in inspect.signature(method).parameters if name not in contents}
            attributes.setdefault(element(child), set()).update(names)
            holds.setdefault(element(parent), set()).add(element(child))
            if child not in met:
                met.add(child)
                left.append(child)
    return attributes, holds


LIBRARY, HOLDS = library()


@fact("8: verbs and attributes are those of twilio-python's own classes, introspected at test time")
def test_the_table_of_elements_is_that_of_twilios_library():
    assert set(ATTRIBUTES) == set(LIBRARY)
    assert {name: set(held) for name, held in CHILDREN.items()} == HOLDS


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_the_attributes_are_those_of_twilios_library(name):
    assert ATTRIBUTES[name] == LIBRARY[name]


def test_every_verb_of_twilios_library_is_played_or_named_as_not_played_yet():
    assert set(_READERS) | NOT_PLAYED_YET == HOLDS["Response"]
    assert not set(_READERS) & NOT_PLAYED_YET


@fact("5: SSML in a Say: break, emphasis, lang, p, phoneme, prosody, s, say-as, sub, w")
def test_every_ssml_element_of_the_library_is_known_in_a_say():
    assert CHILDREN["Say"] == {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}


@pytest.mark.parametrize("name", sorted(CHILDREN["Say"] - {"break", "sub"}))
def test_the_words_in_every_ssml_element_are_said(name):
    played = call(f"<Say>a <{name}>b</{name}> c</Say>")
    assert (played.said(), played.codes()) == (["a b c"], [])


def test_a_paragraph_and_a_sentence_without_a_full_stop_are_followed_by_a_pause():
    plain = call("<Say>one two</Say>").one("say")["seconds"]
    assert call("<Say><p>one two</p></Say>").one("say")["seconds"] == pytest.approx(plain + 1.0)
    assert call("<Say><s>one two</s></Say>").one("say")["seconds"] == pytest.approx(plain + 0.7)
    ended = call("<Say>one two.</Say>").one("say")["seconds"]
    assert call("<Say><s>one two.</s></Say>").one("say")["seconds"] == pytest.approx(ended)


def test_words_in_another_language_are_said_at_its_pace():
    korean = '<Say><lang xml:lang="ko-KR">mean while</lang></Say>'
    assert call(korean).one("say")["seconds"] == pytest.approx(10 / 5.9, abs=0.01)


@pytest.mark.parametrize("attribute", sorted(ATTRIBUTES["Gather"]))
def test_no_attribute_of_a_gather_is_unknown(attribute):
    assert 12200 not in call(f'<Gather {attribute}="x"/>').codes()


def test_a_message_is_told_where_it_belongs():
    assert call("<Message>a</Message>").one("warning")["message"].endswith("the answer to a message")
