"""Where a call stands, read off its events: as the dialogue itself says, in every scripted call."""

from itertools import chain, groupby

import app
from ivr.activation_call import ACTIVATION_CALL
from ivr.simulator import coverage, scenario
from ivr.simulator.events import Event
from ivr.simulator.trouble import NO_TROUBLE
from ivr.simulator.way import Way

SCRIPTS = [scenario.parse(path.name, path.read_text("utf-8")) for path in sorted(app.DATA.glob("scenarios/*.call"))]


def way_of(events, books):
    way = Way(ACTIVATION_CALL, books)
    return list(chain.from_iterable(way.passed(event) for event in events))


def once_each(steps):
    """A step that leads to itself is stood at, not come to anew."""
    return [step for step, _ in groupby(steps)]


def test_the_way_is_the_one_that_the_dialogue_takes(rehearsal):
    for script in (each for each in SCRIPTS[::3] if each.trouble == NO_TROUBLE):
        taken = coverage.take(ACTIVATION_CALL, script, rehearsal.stage, rehearsal.directory, rehearsal.books)

        way = way_of(rehearsal.play(script).events, rehearsal.books)

        assert way == once_each(to for _, _, to in taken.branches), script.name


def test_a_breakdown_leads_on_from_where_it_happened(rehearsal):
    led = {each.name: way_of(rehearsal.play(each).events, rehearsal.books) for each in SCRIPTS if each.trouble}

    assert led["desk_down.call"][-3:] == ["out_of_order", "hand_over", "operator"]
    assert led["desk_down.call"].count("one_moment") == 2
    assert led["desk_too_slow.call"][-3:] == ["enter_id", "hand_over", "operator"]
    assert led["desk_slow.call"][-3:] == ["confirm", "confirmed", "read_back"]
    assert led["database_locked.call"][-1] == "one_moment"  # the last resort is no step of the call


def test_the_call_of_another_application_has_no_way(books):
    way = Way(ACTIVATION_CALL, books)

    assert way.passed(Event(0.0, "listen", {"action": "https://elsewhere.example/step/unknown"})) == ()
    assert way.passed(Event(0.0, "say", {"text": "Hello", "language": "en-GB"})) == ()
    assert way.present == ""
