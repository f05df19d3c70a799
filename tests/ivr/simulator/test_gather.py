"""What a Gather takes in: words, keys against words, prompts that are not to be interrupted."""

import pytest
from calling import both, call, gathering, press, say
from conformance import fact

from ivr.simulator.line import LiveLine, Words

SPOKEN = 'input="speech"'
EITHER = 'input="dtmf speech"'


@fact("4: input speech: SpeechResult, and Confidence from 0.0 to 1.0")
def test_words_are_sent_with_a_confidence_and_without_digits():
    played = call(gathering(SPOKEN), say("yes please"))
    form = played.asked[1]["form"]
    assert (form["SpeechResult"], form["msg"]) == ("yes please", "Gather End")
    assert 0 <= float(form["Confidence"]) <= 1
    assert not {"Digits", "FinishedOnKey"} & set(form)
    assert (played.one("gathered")["why"], played.one("gathered")["speech"]) == ("speech", "yes please")


def test_words_stop_the_prompt():
    played = call(gathering(SPOKEN, "<Say>a long story, told at length</Say><Say>b</Say>"), say("no", on="say"))
    assert played.said() == ["a long story, told at length"]


@fact("4: input: dtmf, speech or both; of both, the kind that comes first wins and then finishOnKey is ignored")
def test_of_keys_and_words_what_comes_first_wins():
    words_first = call(gathering(EITHER), both(say("one two three"), press("4#", after=0.2)))
    assert words_first.asked[1]["form"]["SpeechResult"] == "one two three"
    assert [lost["why"] for lost in words_first.of("lost")] == ["the caller was speaking"] * 2
    keys_first = call(gathering(EITHER), both(press("4"), say("five", after=0.2)))
    assert keys_first.asked[1]["form"]["Digits"] == "4"
    assert keys_first.one("lost")["why"] == "keys were being entered"


def test_a_gather_of_keys_hears_no_words():
    played = call(gathering(), say("four"))
    assert (played.one("lost")["key"], played.one("lost")["why"]) == ("four", "only keys were asked for")
    assert played.one("gathered")["why"] == "silence"


def test_a_gather_of_speech_alone_hears_no_keys():
    played = call(gathering(SPOKEN, "<Say>speak</Say>"), press("1"))
    assert (played.one("lost")["why"], played.one("gathered")["why"]) == ("nothing was listening", "silence")


@fact("4: speechTimeout is the timeout where none is given; a positive whole number or auto")
@pytest.mark.parametrize(
    ("attributes", "silence"),
    [("", 5.0), ('timeout="3"', 3.0), ('speechTimeout="2"', 2.0), ('speechTimeout="auto"', 1)],
)
def test_words_end_after_the_speech_timeout(attributes, silence):
    played = call(gathering(f"{SPOKEN} {attributes}"), say("yes"))
    words, gathered = played.one("words"), played.one("gathered")
    assert gathered["at"] == pytest.approx(words["at"] + words["seconds"] + silence, abs=0.002)


def test_words_that_follow_in_time_belong_to_the_same_answer():
    played = call(gathering(SPOKEN), both(say("one"), say("two", on="words", after=1.0)))
    assert played.one("gathered")["speech"] == "one two"


@fact("4: speech lasts at most 60 seconds")
def test_nobody_is_heard_for_longer_than_a_minute():
    played = call(gathering(SPOKEN), say("on and on " * 200))
    assert played.one("gathered")["at"] == pytest.approx(played.one("words")["at"] + 60, abs=0.002)


def test_the_longest_speech_may_be_shorter():
    played = call(gathering(f'{SPOKEN} maxSpeechTime="4"'), say("on and on " * 200))
    assert played.one("gathered")["at"] == pytest.approx(played.one("words")["at"] + 4, abs=0.002)


@fact("4: partialResultCallback (POST by default) is told of words before the Gather ends")
def test_words_so_far_are_told_to_the_partial_result_callback():
    pages = gathering(f'{SPOKEN} partialResultCallback="/partly"') | {"/partly": ""}
    played = call(pages, both(say("one"), say("two", on="words", after=1.0)))
    assert [asked["form"].get("StableSpeechResult") for asked in played.asked] == [None, "one", "one two", None]
    assert played.paths() == ["/voice", "/partly", "/partly", "/keys"]


def test_silence_where_words_were_asked_for_is_told_only_if_it_is_to_be():
    assert call(gathering(SPOKEN)).paths() == ["/voice"]
    told = call(gathering(f'{SPOKEN} actionOnEmptyResult="true"'))
    assert told.asked[1]["form"]["SpeechResult"] == ""


@fact("4: bargeIn is true by default")
def test_prompts_that_are_not_to_be_interrupted_play_on_while_keys_count():
    prompts = "<Say>a long story, told at length</Say><Say>and another</Say>"
    played = call(gathering('bargeIn="false"', prompts), press("12", on="say", after=0.3))
    assert len(played.said()) == 2
    assert played.one("gathered")["digits"] == "12"
    assert played.one("gathered")["at"] > played.of("say")[1]["at"] + 5


@fact("4: hints: at most 500, each at most 100 characters")
@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        (f'hints="{",".join(["a"] * 501)}"', 13330),
        (f'hints="{"a" * 101}"', 13330),
        ('speechTimeout="0"', 13327),
        ('maxSpeechTime="61"', 13328),
        ('partialResultCallbackMethod="PUT"', 13329),
        ('language="?"', 13331),
        ('bargeIn="perhaps"', 13332),
        ('profanityFilter="no"', 13333),
        ('speechModel="best"', 13334),
    ],
)
def test_a_wrong_attribute_of_recognition_is_told_and_the_call_goes_on(attribute, code):
    played = call(gathering(f"{EITHER} {attribute}"), press("12#"))
    assert (played.codes("warning"), played.asked[1]["form"]["Digits"]) == ([code], "12")


@fact("4: speechModel, language and profanityFilter have the documented values and defaults")
@pytest.mark.parametrize(
    "attributes",
    [
        f'hints="{",".join(["a" * 100] * 500)}"',
        'speechModel="phone_call" language="de-DE" profanityFilter="false" enhanced="true" debug="true"',
        'speechModel="googlev2_telephony" maxSpeechTime="60"',
        'speechModel="deepgram_nova-2"',
        'speechModel="numbers_and_commands" timeout="auto"',
    ],
)
def test_what_is_documented_of_recognition_is_accepted(attributes):
    assert call(gathering(f"{EITHER} {attributes}"), press("1#")).codes() == []


@fact("7: in a Gather a prompt's problems have codes of their own: 13321 voice, 13322 loop")
@pytest.mark.parametrize(
    ("prompt", "code"),
    [('<Say loop="x">a</Say>', 13322), ('<Say voice="x">a</Say>', 13321), ('<Play loop="x">a.mp3</Play>', 13322)],
)
def test_a_problem_of_a_nested_prompt_has_a_code_of_its_own(prompt, code):
    assert call(gathering(prompts=prompt), press("1#")).codes() == [code]


def test_a_person_can_speak_on_a_live_line():
    line = LiveLine()
    line.says("hangup")
    assert line.wait(1.0) == Words("hangup")


def test_the_word_hangup_hangs_nothing_up():
    played = call(gathering(SPOKEN), say("hangup"))
    assert played.asked[1]["form"]["SpeechResult"] == "hangup"
