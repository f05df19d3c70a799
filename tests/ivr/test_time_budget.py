"""The time that a call may take, in every language, and where the seconds go."""

import httpx
import pytest
from click.testing import CliRunner

import app
from ivr.activation_call import ACTIVATION_CALL
from ivr.dialogue import Speak
from ivr.simulator.caller import AttentiveCaller
from ivr.simulator.carrier import Carrier
from ivr.simulator.events import Event
from ivr.simulator.personas import EXPERT, FIRST_TIMER, PERSONAS
from ivr.simulator.rehearsal import dialling, number_to_call
from ivr.simulator.time_budget import (
    EVERYWHERE,
    PHASES,
    phase_of,
    seconds_by_phase,
    seconds_to_the_last_block,
)
from ivr.webhooks import LAST_RESORT
from wiring.rehearsed_world import open_world

LOCALES = sorted(path.stem for path in app.DATA.glob("prompts/*.toml"))
# From the answer to the last block. One well-known line announced six minutes and took one caller nearly nineteen.
BUDGET = {EXPERT: 120.0, FIRST_TIMER: 270.0}
SHORTEST = str(app.DATA / "scenarios/shortest_way.call")


@pytest.fixture(scope="module")
def world():
    with open_world(1, "lab-bench", "") as world:
        yield world


def calls(world, persona, locale):
    """From a region whose number has several languages, and from one whose number has one."""
    with httpx.Client(transport=world.transport) as client:
        for region in ("US", "GB", "DE"):
            shown = world.stage.set("genuine")[1]
            caller = AttentiveCaller(shown, locale, world.books, persona)
            number = number_to_call(world.directory, region, locale).e164
            carrier = Carrier(client, auth_token=world.auth_token, voice_url=world.voice_url)
            yield carrier.place(dialling(region, number, f"{persona.name} {region}"), caller.line())
            assert caller.confirmation_id


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("persona", BUDGET, ids=lambda persona: persona.name)
def test_the_call_stays_within_its_budget(persona, locale, world):
    for events in calls(world, persona, locale):
        assert seconds_to_the_last_block(events, world.books) <= BUDGET[persona]


def test_every_prompt_of_the_call_belongs_to_a_phase_or_to_all():
    prompts = ACTIVATION_CALL.prompts() | set(LAST_RESORT)
    assert {prompt for prompt in prompts if phase_of(prompt) is None} == EVERYWHERE


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
def test_the_phases_are_the_whole_call(persona, world):
    for events in calls(world, persona, "en-US"):
        spent = seconds_by_phase(events, world.books)
        answered = next(event.at for event in events if event.kind == "answered")
        assert tuple(spent) == PHASES
        assert sum(spent.values()) == pytest.approx(events[-1].at - answered, abs=0.01)
        assert all(seconds > 0 for seconds in spent.values())


def test_each_phase_begins_with_its_prompt_and_the_desk_with_its_request(world):
    book = world.books["en-US"]

    def say(at, prompt):
        text = book.words(Speak(prompt)).text
        return Event(at, "say", {"text": text, "language": "en-US", "seconds": 1.0, "gather": True})

    events = [Event(1.0, "answered"), say(1.0, "welcome"), say(4.0, "noinput"), say(5.0, "enter_id")]
    events += [say(8.0, "noinput"), Event(20.0, "request"), say(22.0, "refused_in_use"), Event(30.0, "end")]
    spent = seconds_by_phase(events, world.books)
    assert spent == {"greeting": 4.0, "keying": 15.0, "desk": 2.0, "read-back": 0.0, "end": 8.0}


def test_a_call_without_a_block_has_no_last_one(world):
    with pytest.raises(ValueError, match="no block"):
        seconds_to_the_last_block((Event(0.0, "answered"), Event(9.0, "end")), world.books)


def test_the_command_predicts_the_seconds_of_each_phase():
    result = CliRunner().invoke(app.main, ["call", SHORTEST, "--persona", "expert"])
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.output.splitlines()[1:]] == list(PHASES)


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_scripted_call_goes_as_written_whoever_calls(persona):
    files = [str(app.DATA / f"scenarios/{name}.call") for name in ("shortest_way", "mistyped_block", "in_spanish")]
    assert CliRunner().invoke(app.main, ["call", *files, "--persona", persona]).exit_code == 0


def test_an_expert_takes_less_than_a_first_timer():
    def seconds(persona):
        told = CliRunner().invoke(app.main, ["call", SHORTEST, "--persona", persona]).output.splitlines()[1:]
        return sum(float(line.split()[1]) for line in told)

    assert seconds("expert") < seconds("first-timer") < seconds("slow")
