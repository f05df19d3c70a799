"""Calls of people who are in a hurry, mistaken or gone: written down, and played back as they stand."""

import random
from dataclasses import dataclass

import httpx
import pytest

import app
from activation_core import blocks
from ivr.simulator import scenario
from ivr.simulator.carrier import Carrier
from ivr.simulator.line import HANG_UP, ScriptedLine
from ivr.simulator.rehearsal import Rehearsal, dialling
from ivr.simulator.scenario_writer import NothingHeard, scenario_of

FILES = sorted((app.DATA / "scenarios").glob("*.call"))
LONDON = "+442079460142"


@dataclass
class Person:
    """Somebody on the line, who presses keys at moments of the call and not only when it is their turn."""

    rehearsal: Rehearsal
    region: str = "GB"
    dialled: str = "+448081570142"

    def calls(self, *does):
        """`does` are pairs: what is heard (words of it), and the keys that are pressed half a second into it."""
        todo = list(does)

        def decide(event):
            if todo and event.kind in ("say", "request") and todo[0][0] in event.details.get("text", event.kind):
                keys = todo.pop(0)[1]
                return [(0.5 + 0.2 * n, key) for n, key in enumerate([keys] if keys == HANG_UP else keys)]
            return None

        of = dialling(self.region, self.dialled, "recorded")
        return self.rehearsal.carrier().place(of, ScriptedLine(decide))


@pytest.fixture
def person(rehearsal):
    return Person(rehearsal)


def an_id(world):
    """Genuine, and known again without its 21st digit.

    By chance others than its own block are unsure without it, or the digit before it is the same one.
    """
    while True:
        shown = world.stage.set("genuine")[1]
        kept, _ = blocks.salvage(shown[:20] + shown[21:], 7)
        if [place for place, block in enumerate(kept, 1) if not block] == [3] and shown[19] != shown[20]:
            return shown


@pytest.fixture
def shown(world):
    return an_id(world)


@pytest.fixture
def written(world):
    def written(events, region="GB", dialled="+448081570142"):
        return scenario_of(events, region, dialled, world.directory, world.books)

    return written


@pytest.fixture
def plays_back(rehearsal):
    """Every line but remarks."""

    def plays_back(text):
        played = rehearsal.play(scenario.parse("recorded.call", text))
        assert played.difference is None, f"{played.difference}\n{text}"
        return [line for line in text.splitlines() if not line.startswith("#")]

    return plays_back


# What only the world knows, and no call tells.
UNTOLD = ("at ",)


# A file has one scene only, so a refusal that is followed by a confirmation cannot be told.
TOLD = [path for path in FILES if path.stem != "licenses_transfer_instead"]


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.stem)
def test_a_scripted_call_is_written_down_so_that_it_plays_back(path, rehearsal, world, plays_back):
    read = scenario.parse(path.name, path.read_text("utf-8"))
    played = rehearsal.play(read)
    dialled = rehearsal.dialled(read)
    text = scenario_of(played.events, read.region, dialled, world.directory, world.books, read.trouble)
    untold = [line for line in path.read_text("utf-8").splitlines() if line.startswith(UNTOLD)]
    lines = plays_back("\n".join([*untold, text]))
    assert lines[-1] == (read.expected.text if read.expected else lines[-1])


def test_whoever_keys_before_the_prompt_is_over_has_heard_it_all_in_the_file(person, shown, written, plays_back):
    events = person.calls(("Welcome", shown), ("whole Confirmation ID", "9"))
    assert plays_back(written(events)) == [
        "calls from GB",
        "hears welcome",
        "hears enter_id",
        "presses the Installation ID",
        "hears confirmed",
        "stays silent",
        "writes down 13 blocks",
        "stays silent",
        "hears what_next",
        "presses 9",
        "hears goodbye",
        "is hung up on",
        "expects activated",
    ]


def test_no_digit_of_an_installation_id_stands_in_the_file(person, shown, written):
    text = written(person.calls(("Welcome", shown), ("whole", "9")))
    assert not any(block in text for block in (shown[i : i + 7] for i in range(0, 49, 7)))


def test_the_installation_id_of_another_computer_plays_back_as_well(person, shown, written, world, plays_back):
    """The computer of the recorded call is not that of the file: blocks are named, not told."""
    third = "0000000" if shown[14:21] != "0000000" else "1111111"
    mistyped = shown[:14] + third + shown[21:]
    text = written(
        person.calls(("Welcome", mistyped), ("Block 3", third), ("Block 3", shown[14:21]), ("Alpha", HANG_UP))
    )
    assert "presses the Installation ID with block 3 wrong" in text
    assert "presses block 3 wrong" in text
    assert "presses block 3\n" in text
    plays_back(text)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (lambda shown: shown[:20] + shown[21:], "presses the Installation ID without digit 21"),
        (lambda shown: shown[:14] + shown[21:], "presses the Installation ID without block 3"),
        (lambda shown: shown[:24] + "#", "presses the first 21 digits"),  # what else belongs to it is not known
        (lambda shown: "12*" + shown[:35] + "#", "presses the first 35 digits"),
        (lambda shown: "123#", "presses 123#"),
        (lambda shown: "#", "presses #"),
        (lambda shown: "0#", "presses 0#"),
    ],
)
def test_what_was_keyed_is_said_as_what_it_was(person, shown, written, plays_back, keys, line):
    then = ("Block", HANG_UP) if "Installation" in line or "first" in line else ("nothing", "")
    rest = [("Block", shown[14:21])] if "digit 21" in line or "block 3" in line else []
    text = written(person.calls(("Welcome", keys(shown)), *rest, then))
    assert line in text.splitlines()


def test_blocks_one_by_one_are_blocks_by_their_place(person, shown, written, plays_back):
    one_by_one = [(f"Block {n}.", shown[7 * n - 7 : 7 * n]) for n in range(1, 8)]
    lines = plays_back(written(person.calls(("Welcome", "#"), *one_by_one, ("Bravo", HANG_UP))))
    assert [line for line in lines if "block" in line and "presses" in line] == [
        f"presses block {n}" for n in range(1, 8)
    ]


def test_another_installation_id_in_the_same_call_is_told_apart(person, shown, written, world):
    """Not played back: what else is unsure without a digit depends on the ID that is drawn then."""
    other = an_id(world)
    does = [("Welcome", shown), ("whole", "2"), ("Please enter", other[:20] + other[21:]), ("Block 3", other[14:21])]
    lines = written(person.calls(*does, ("Alpha", HANG_UP))).splitlines()
    pressed = [line for line in lines if line.startswith("presses")]
    assert pressed == [
        "presses the Installation ID",
        "presses 2",
        "presses the Installation ID without digit 21",
        "presses block 3",
    ]


def test_a_block_that_is_read_twice_is_written_down_once(person, shown, written, plays_back):
    reads = [("Welcome", shown), ("Charlie", "*"), ("Golf", "#"), ("whole", "9")]
    lines = plays_back(written(person.calls(*reads)))
    assert lines[5:12] == [
        "stays silent",
        "writes down 3 blocks",
        "presses *",
        'hears "Charlie"',
        "stays silent",
        "writes down 4 blocks",
        "presses #",
    ]
    assert lines[-1] == "expects activated"


def test_keys_that_were_lost_are_a_remark_without_their_digit(person, shown, written, plays_back):
    text = written(person.calls(("Welcome", shown + "#"), ("whole", "9")))
    assert "# pressed # in vain: the request was under way" in text
    plays_back(text)
    text = written(person.calls(("Welcome", shown + "7"), ("whole", "9")))
    assert "# pressed a digit in vain: the request was under way" in text
    plays_back(text)


@pytest.mark.parametrize("moment", ["Welcome", "Please enter", "confirmed", "Delta"])
def test_whoever_hangs_up_in_the_middle_hangs_up_in_the_file(person, shown, written, plays_back, moment):
    keyed = [] if moment in ("Welcome", "Please enter") else [("Welcome", shown)]
    assert "hangs up" in plays_back(written(person.calls(*keyed, (moment, HANG_UP))))


@pytest.mark.parametrize(
    ("moment", "end"), [("Thank you for calling", "is hung up on"), ("putting you", "is put through")]
)
def test_whoever_hangs_up_in_a_last_sentence_hears_it_out_in_the_file(person, shown, written, plays_back, moment, end):
    keyed = [("Welcome", shown), ("whole", "9")] if end == "is hung up on" else [("Welcome", "0#")]
    text = written(person.calls(*keyed, (moment, HANG_UP)))
    assert "# hung up while this was said" in text
    assert plays_back(text)[-2] == end


def test_whoever_hangs_up_before_the_answer_hangs_up_at_once_in_the_file(rehearsal, person, shown, written, plays_back):
    def decide(event):
        first = event.kind == "say" and "Welcome" in event.details["text"]
        keys = [(0.1 * n, key) for n, key in enumerate(shown)] if first else []
        return keys + ([(0.1, HANG_UP)] if event.kind == "request" and "Digits" in event.details["params"] else [])

    events = rehearsal.carrier().place(dialling("GB", person.dialled, "gone"), ScriptedLine(decide))
    assert plays_back(written(events)) == [
        "calls from GB",
        "hears welcome",
        "hears enter_id",
        "hangs up",
        "expects not activated",
    ]


def test_a_call_in_which_nothing_was_said_cannot_be_written_down(person, written):
    line = ScriptedLine(lambda event: [(0.0, HANG_UP)] if event.kind == "request" else [])
    events = person.rehearsal.carrier().place(dialling("GB", person.dialled, "gone"), line)
    with pytest.raises(NothingHeard):
        written(events)


def test_a_number_that_is_not_the_regions_own_is_named(rehearsal, written, plays_back):
    person = Person(rehearsal, dialled=LONDON)
    lines = plays_back(written(person.calls(("Welcome", HANG_UP)), dialled=LONDON))
    assert lines[:3] == [f"calls from GB to {LONDON}", "hears welcome", "hears toll_free"]


@pytest.mark.parametrize("given", ["in_use", "revoked", "not_genuine"])
def test_what_the_desk_knew_is_told_by_its_refusal(world, person, written, plays_back, given):
    _, shown = world.stage.set(given)
    lines = plays_back(written(person.calls(("Welcome", shown), ("press", "0"))))
    assert lines[0] == f"given {given}"


def test_another_application_is_written_down_in_words(world):
    """Its prompts have no names."""
    body = '<Response><Gather numDigits="1" action="/voice"><Say>Press one for “Beta”.</Say></Gather></Response>'
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, headers={"content-type": "text/xml"}, text=body)
    )
    line = ScriptedLine(lambda event: [(0.1, "1")] if event.kind == "say" and event.at < 3 else [])
    with httpx.Client(transport=transport) as client:
        events = Carrier(client, auth_token=None, voice_url="http://other.example/voice").place(
            dialling("DE", "+493023125142", "other"), line
        )
    text = scenario_of(events, "DE", "+493023125142", world.directory, world.books)
    assert text.splitlines()[1:4] == ["calls from DE", 'hears "Press one for “Beta”."', "presses 1"]
    assert scenario.parse("other.call", text)


def test_random_calls_play_back(person, world, written, plays_back):
    """Whatever a person does at random moments of random calls."""
    chance = random.Random(7)
    keys = ["#", "*", "0#", "1", "2", "7", "9", HANG_UP, ""]
    moments = ["Welcome", "Please", "Block", "Thank", "Alpha", "Bravo", "Echo", "whole", "Still", "e"]
    for _ in range(25):
        _, shown = world.stage.set("genuine")
        begins = chance.choice([shown, shown[: chance.randrange(49)] + "#", shown[:7] + shown[14:], "#"])
        does = [("Welcome", begins), *((chance.choice(moments), chance.choice(keys)) for _ in range(5))]
        events = person.calls(*does)
        if sum(1 for e in events if e.kind == "gathered" and len(e.details["digits"]) > 7) < 2:
            plays_back(written(events))
