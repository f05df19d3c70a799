"""Each rule of lint: a bad call that it catches, a good one that passes, and our own call, which breaks none."""

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask import redirect
from tiny_calls import A_PERSON, by_key, walk

import app
from ivr.activation_call import ACTIVATION_CALL
from ivr.dialogue import AGAIN, Collect, End, Flow, Menu
from ivr.simulator.explorer import Exploration, Limits
from ivr.simulator.lint import RULES, Seen, lint
from ivr.simulator.menu_words import menu_words

VOICE = 'voice="Polly.Joanna-Neural" language="en-US"'
GOODBYE = f"<Say {VOICE}>Goodbye.</Say><Hangup/>"
NOTHING = Exploration((), (), (), 0, "")
MENU = "To end the call, press nine. For a person, press zero."


def say(words, marks=VOICE):
    return f"<Say {marks}>{words}</Say>"


def gather(words, *, marks=VOICE, after="", **attributes):
    """A Gather as it should be, but for what is given."""
    good = {"numDigits": "1", "finishOnKey": "", "timeout": "5", "actionOnEmptyResult": "true", "action": "/menu"}
    told = " ".join(f'{name}="{value}"' for name, value in (good | attributes).items() if value is not None)
    return f"<Gather {told}>{say(words, marks)}</Gather>{after}"


def offers(words, **how):
    """An application that says this in its Gather, and is good in everything else."""
    return {"voice": gather(words, **how), "menu": by_key(A_PERSON, _9=GOODBYE)}


def document(verbs):
    """An application whose first document has these verbs, and whose Gather is good."""
    return {"voice": verbs, "menu": by_key(A_PERSON, _9=GOODBYE)}


GOOD = offers(MENU)
DIGITS = {"numDigits": "7", "finishOnKey": "#"}
SPANISH = 'voice="Polly.Lupe-Neural" language="es-US"'

# Name of the rule: bad calls, and a good one that is near.
CASES = {
    "menu-too-long": (
        [offers(" ".join(f"To choose that, press {key}." for key in ("one", "two", "three", "four", "five")))],
        offers(" ".join(f"To choose that, press {key}." for key in ("one", "two", "three", "four", "nine"))),
    ),
    "keys-out-of-order": (
        [
            offers("To buy, press two. To sell, press one."),
            offers("To buy, press one. To sell, press three."),
            offers("To buy, press two."),
            offers("Para comprar, oprima dos. Para vender, oprima uno.", marks=SPANISH),
        ],
        offers("For a person, press zero. To buy, press 1. To sell, press 2. For English, press nine."),
    ),
    "key-before-option": (
        [
            offers("Press one to buy."),
            offers("Pound goes on, star repeats."),
            offers("Con asterisco se vuelve atrás.", marks=SPANISH),
            offers("Oprima uno para comprar.", marks=SPANISH),
        ],
        offers("To buy, press one. To go on, press pound. For a person: press zero, then pound."),
    ),
    "unusual-keys": (
        [
            offers("To buy, press zero."),
            offers("For a person, press nine."),
            offers("To buy, press star."),
            offers("For yes, press two."),
            offers("Para comprar, oprima numeral.", marks=SPANISH),
        ],
        offers("For yes, press one. For no, press two. To hear it again, press star. To go on, press the pound key."),
    ),
    "digits-not-counted": (
        [offers("Enter your number.", **DIGITS), offers("Enter your number.", numDigits=None, finishOnKey="#")],
        offers("Enter the seven digits of your number.", **DIGITS),
    ),
    "instruction-too-long": ([offers("Please listen to all of this before you do anything. " * 8)], GOOD),
    "unspaced-digits": ([offers("Your number is 4711.")], offers("Your number is 4 7, 1 1. It has 49 digits.")),
    "read-without-pauses": (
        [offers("Your number is 4 7 1 1 0."), offers("Alpha. four seven one one zero.")],
        offers('four <break time="300ms"/> seven, one one zero. nine nine'),
    ),
    "long-silence": (
        [document('<Pause length="4"/>' + GOOD["voice"]), offers('So <break time="5s"/> much.')],
        document('<Pause length="2"/>' + GOOD["voice"]),
    ),
    "timeout": ([offers(MENU, timeout="2"), offers(MENU, timeout="12")], offers(MENU, timeout="10")),
    "silence-not-counted": (
        [document(gather(MENU, actionOnEmptyResult=None))],
        document(gather(MENU, actionOnEmptyResult=None, after="<Redirect>/menu</Redirect>")),
    ),
    "no-zero": ([{"voice": GOOD["voice"], "menu": GOODBYE}], GOOD),
    "silence-hung-up-on": (
        [{"voice": GOOD["voice"], "menu": by_key(GOODBYE)}],
        {"voice": gather("Are you still there? Otherwise the call ends now."), "menu": by_key(GOODBYE)},
    ),
    "error-ends-call": ([{"voice": GOOD["voice"], "menu": by_key(A_PERSON, _4=GOODBYE)}], GOOD),
    "dead-end": ([{"voice": GOOD["voice"], "menu": GOOD["voice"]}], GOOD),
    "loop": (
        [{"voice": GOOD["voice"], "menu": gather("This way.", action="/other"), "other": GOOD["voice"]}],
        GOOD,
    ),
    "silent-loop": ([{"voice": GOOD["voice"], "menu": by_key(GOOD["voice"], _9=GOODBYE)}], GOOD),
    "no-goodbye": ([{"voice": GOOD["voice"], "menu": by_key(A_PERSON, _9="<Hangup/>")}], GOOD),
    "failed-request": ([{"voice": GOOD["voice"], "menu": by_key(A_PERSON, _9="<Unclosed>")}], GOOD),
    "prompt-outside-gather": ([document(say("Welcome.") + GOOD["voice"])], GOOD),
    "gather-without-action": ([offers(MENU, action=None)], GOOD),
    "action-redirected": ([{**GOOD, "menu": lambda digits: redirect("/there"), "there": GOODBYE}], GOOD),
    "text-too-long": ([offers("So much to say. " * 240)], GOOD),
    "empty-say": ([document(say(" ") + "<Pause/>" + GOOD["voice"])], GOOD),
    "no-language": ([offers(MENU, marks='voice="Polly.Joanna-Neural"')], GOOD),
    "unknown-voice": (
        [offers(MENU, marks=marks) for marks in ('voice="Polly.Lupe" language="en-US"', 'voice="x" language="en-US"')],
        offers(MENU, marks='voice="Google.en-US-Neural2-A" language="en-US"'),
    ),
    "unsupported-ssml": (
        [
            offers("<emphasis>Now</emphasis>"),
            offers('Now <break time="1s"/> then', marks='voice="man" language="en-US"'),
            offers('<prosody pitch="high">Now</prosody>'),
        ],
        offers('<prosody rate="slow">Now</prosody> <break time="1s"/> then'),
    ),
    "say-as-digits": (
        [offers('<say-as interpret-as="digits">4711</say-as>')],
        offers('<say-as interpret-as="date">2030-01-01</say-as>'),
    ),
    "document-too-large": ([{**GOOD, "menu": f"<!--{'x' * 70_000}-->" + GOODBYE}], GOOD),
    "unreachable-verb": (
        [
            document(gather(MENU, after=GOODBYE)),
            {**GOOD, "menu": by_key(A_PERSON, _9=say("Goodbye.") + "<Hangup/><Say>Never.</Say>")},
        ],
        document(gather(MENU, actionOnEmptyResult=None, after=GOODBYE)),
    ),
    "address": (
        [offers(MENU, action="menu"), offers(MENU, action="http://localhost/menu")],
        offers(MENU, action="https://tiny.example/menu"),
    ),
    "schema": ([offers(MENU, numdigits="1"), offers(MENU, timeout="soon"), document(GOOD["voice"] + "<Sai/>")], GOOD),
}


def rule(name):
    return next(each for each in RULES if each.name == name)


def broken(name, pages):
    """The breaches of one rule that the walk over this application shows."""
    return lint(Seen(walk(pages, limits=Limits(calls=60))), [rule(name)])


@pytest.mark.parametrize(
    ("name", "bad"),
    [pytest.param(name, bad, id=name) for name, (bads, _) in CASES.items() for bad in bads],
)
def test_a_rule_catches_a_call_that_breaks_it(name, bad):
    assert broken(name, bad)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_passes_a_call_that_keeps_it(name):
    assert broken(name, CASES[name][1]) == ()


def test_a_good_call_breaks_no_rule():
    assert lint(Seen(walk(GOOD))) == ()


def test_a_slow_answer_is_caught():
    slow = walk(GOOD)
    edges = []
    for edge in slow.edges:
        events = [replace(e, details={**e.details, "seconds": 4}) if e.kind == "response" else e for e in edge.events]
        edges.append(replace(edge, events=tuple(events)))
    assert lint(Seen(slow), [rule("slow-answer")]) == ()
    assert lint(Seen(replace(slow, edges=tuple(edges))), [rule("slow-answer")])


def test_a_fault_says_which_rule_where_and_what():
    (fault,) = broken("unspaced-digits", offers("Your number is 4711."))
    assert (fault.where, fault.message) == (
        "at the start",
        "“4711” is read as one number; put spaces between the digits",
    )
    assert (fault.rule.number, fault.rule.source) == (7, "Twilio: Say")


# A short timeout is a moment to interrupt within one reading, where the next Gather takes the same keys.


def test_a_pause_within_a_reading_may_be_short_and_one_before_another_question_not():
    first = gather("One.", timeout="1", actionOnEmptyResult=None, finishOnKey="#")
    same, other = gather("Two.", finishOnKey="#"), gather("Enter seven digits.", **DIGITS)
    assert broken("timeout", document(first + same)) == ()
    assert broken("timeout", document(first + other))


# A choice of languages begins at 2: 1 would be the language that is being spoken.


def test_only_a_choice_of_languages_may_begin_at_two():
    assert broken("keys-out-of-order", offers("Para español, oprima dos.", marks=SPANISH)) == ()
    assert broken("keys-out-of-order", offers("Para comprar, oprima dos.", marks=SPANISH))


def test_what_is_read_out_to_be_written_down_is_no_instruction():
    number = " ".join(["seven,"] * 120)
    assert broken("instruction-too-long", offers(number)) == ()


def test_a_language_that_the_rules_cannot_read_is_left_alone():
    dutch = 'voice="Polly.Laura-Neural" language="nl-NL"'
    assert broken("key-before-option", offers("Press one to buy.", marks=dutch)) == ()


# A key before what it is for; a key in its unusual meaning; an order that is none; and the three in order.
IN_EACH_LANGUAGE = {
    "de-DE": (
        "Drücken Sie die Eins zum Kaufen.",
        "Zum Kaufen drücken Sie Raute.",
        "Zum Kaufen drücken Sie die Zwei.",
        "Zum Kaufen drücken Sie die Eins. Um es noch einmal zu hören, drücken Sie Stern. "
        "Zum Beenden drücken Sie die Neun.",
    ),
    "en-US": (
        "Press one to buy.",
        "To buy, press pound.",
        "To buy, press two.",
        "To buy, press one. To hear it again, press star. To end the call, press nine.",
    ),
    "es-US": (
        "Oprima uno para comprar.",
        "Para comprar, oprima numeral.",
        "Para comprar, oprima dos.",
        "Para comprar, oprima uno. Para oírlo otra vez, oprima asterisco. Para terminar, oprima nueve.",
    ),
    "fr-FR": (
        "Appuyez sur un pour acheter.",
        "Pour acheter, appuyez sur dièse.",
        "Pour acheter, appuyez sur deux.",
        "Pour acheter, appuyez sur la touche un. Pour réécouter, appuyez sur étoile. "
        "Pour terminer, appuyez encore une fois sur neuf.",
    ),
    "ja-JP": (
        "1は購入です。",
        "購入するには、シャープを押してください。",
        "購入するには、2を押してください。",
        "購入するには1を、もう一度聞くにはこめじるしを、終えるには9を押してください。",
    ),
    "pt-BR": (
        "Tecle um para comprar.",
        "Para comprar, tecle jogo da velha.",
        "Para comprar, tecle dois.",
        "Para comprar, tecle um. Para ouvir de novo, tecle asterisco. Para encerrar, tecle nove.",
    ),
}


@pytest.mark.parametrize("locale", IN_EACH_LANGUAGE)
def test_a_menu_is_read_in_each_language_of_the_books(locale, books):
    def told(rule, words):
        return broken(rule, offers(words, marks=f'voice="{books[locale].voice}" language="{locale}"'))

    assert set(IN_EACH_LANGUAGE) == set(books)
    before, unusual, order, good = IN_EACH_LANGUAGE[locale]
    assert told("key-before-option", before)
    assert told("unusual-keys", unusual)
    assert told("keys-out-of-order", order)
    for rule in ("key-before-option", "unusual-keys", "keys-out-of-order"):
        assert told(rule, good) == ()
    assert re.search(menu_words(locale).call_ends, books[locale].prompts["still_there"].lower())


# What is declared


def flow(**how):
    steps = {
        "ask": Menu("ask", {"1": "bye"}),
        "bye": End("bye"),
        "person": End("person", dial=True, on={"unanswered": "bye"}),
    }
    return Flow(
        **{
            "start": "ask",
            "steps": steps,
            "failure": "person",
            "everywhere": {"*": AGAIN, "0": "person", "9": "bye"},
        }
        | how
    )


DECLARED = {
    "attempts": [flow(tries=5), flow(failure="bye")],
    "keys-everywhere": [
        flow(everywhere={"*": AGAIN, "9": "bye"}),
        flow(everywhere={"*": AGAIN, "0": "bye", "9": "bye"}),
        flow(everywhere={"0": "person", "9": "bye"}),
        flow(everywhere={"*": AGAIN, "0": "person"}),
    ],
}


@pytest.mark.parametrize(("name", "bad"), [(name, bad) for name in DECLARED for bad in DECLARED[name]])
def test_a_rule_catches_a_declaration_that_breaks_it(name, bad):
    assert lint(Seen(NOTHING, bad), [rule(name)])
    assert lint(Seen(NOTHING, flow()), [rule(name)]) == ()


@pytest.mark.parametrize(("tries", "faults"), [(1, 0), (None, 1)])
def test_zero_may_lead_to_a_step_that_asks_once_before_a_person(tries, faults):
    more = Collect("more", 7, lambda call, keys: (call, "read"), {"read": "bye", "9": AGAIN}, tries=tries)
    steps = {**flow().steps, "ask": Menu("ask", {"1": "bye", "0": "more"}), "more": more}
    assert len(lint(Seen(NOTHING, flow(steps=steps)), [rule("keys-everywhere")])) == faults


def test_nine_is_a_digit_where_several_are_keyed():
    def with_digits(digits):
        ask = Collect("ask", digits, lambda call, keys: (call, "read"), {"read": "bye", "9": AGAIN})
        return flow(steps={**flow().steps, "ask": ask})

    assert lint(Seen(NOTHING, with_digits(7)), [rule("keys-everywhere")]) == ()
    assert lint(Seen(NOTHING, with_digits(1)), [rule("keys-everywhere")])


def test_a_key_that_a_prompt_names_and_its_step_does_not_know_is_caught(books):
    what_next = replace(ACTIVATION_CALL.steps["what_next"], on={"1": "from_the_first"})
    changed = replace(ACTIVATION_CALL, steps={**ACTIVATION_CALL.steps, "what_next": what_next})
    faults = lint(Seen(NOTHING, changed, books), [rule("named-key-missing")])
    assert {fault.where for fault in faults} == {"what_next"}
    assert "names the key 2" in faults[0].message
    assert lint(Seen(NOTHING, ACTIVATION_CALL, books), [rule("named-key-missing")]) == ()


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("key-before-option", "Press one to go on."),
        ("unspaced-digits", "It is 4711."),
        ("instruction-too-long", "All of this is important. " * 15),
        ("keys-out-of-order", "To buy, press two. To sell, press one."),
    ],
)
def test_a_prompt_of_a_book_is_checked_though_no_call_says_it(name, prompt, books):
    book = books["en-US"]
    changed = {"en-US": replace(book, prompts={**book.prompts, "refused_in_use": prompt})}
    (fault, *_) = lint(Seen(NOTHING, None, changed), [rule(name)])
    assert fault.where == "prompt refused_in_use in en-US"


# The table


def test_every_rule_has_a_number_a_name_and_a_source_of_its_own():
    assert len({each.number for each in RULES}) == len({each.name for each in RULES}) == len(RULES)
    assert all(each.source and each.severity in ("error", "warning") for each in RULES)


def test_every_rule_has_a_bad_example_here():
    elsewhere = {"slow-answer", "named-key-missing"}
    assert {each.name for each in RULES} == CASES.keys() | DECLARED.keys() | elsewhere


# Our own call


def test_our_own_call_breaks_no_rule():
    """Done when 4. `app.py lint` without --calls sees all of it; here enough to see every document but two or three."""
    result = CliRunner().invoke(app.main, ["lint", "--calls", "150"])
    assert result.exit_code == 0, result.output
    assert "0 faults in" in result.output


def test_the_command_tells_faults_as_json_and_ends_with_status_1():
    result = CliRunner().invoke(app.main, ["lint", "--json", "--url", "http://127.0.0.1:9/voice"])
    assert result.exit_code == 1
    assert "failed-request" in {fault["name"] for fault in json.loads(result.output)}
