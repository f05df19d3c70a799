"""The fixture `phone_line`: what a vendor's test can say of a call, and what it is told where it goes otherwise."""

import re
import threading
import tomllib
from importlib import import_module
from pathlib import Path

import httpcore  # noqa: F401 (httpx imports it late, and pytester undoes imports)
import pytest
from flask import Flask, Response, request

from ivr.simulator import pytest_plugin
from ivr.simulator.pytest_plugin import PhoneLine, WentOtherwise

pytest_plugins = ["pytester"]

HOUSE = Path(__file__).parents[3]

MENU = {
    "/voice": '<Gather action="/chosen" numDigits="1"><Say>Welcome to the shop.</Say><Say>Press 1 or 2.</Say></Gather>'
    "<Say>We did not hear you. Goodbye.</Say>",
    "/chosen": lambda: f"<Say>You chose {request.form['Digits']}. Goodbye.</Say>",
}
SECRET = {
    "/voice": '<Gather action="/known"><Say>Please enter your number.</Say></Gather>',
    "/known": "<Say>Thank you.</Say><Hangup/>",
}


def application(pages):
    """A voice application: for each path its verbs, or what gives them."""
    app = Flask("tiny")

    @app.post("/<path>")
    def answer(path):
        page = pages[f"/{path}"]
        return Response(f"<Response>{page() if callable(page) else page}</Response>", content_type="text/xml")

    return app


def phone_threads():
    return [thread for thread in threading.enumerate() if thread.name == "phone_line"]


@pytest.fixture
def line():
    line = PhoneLine("", "a test")
    yield line
    for call in line.calls:
        call.close()


@pytest.fixture
def calls(line):
    """A call that has been placed to such an application."""

    def calls(pages, **options):
        pages = pages if isinstance(pages, dict) else {"/voice": pages}
        return line(app=application(pages), **options).dial()

    return calls


def test_a_call_is_told_as_the_caller_lives_it(calls):
    call = calls(MENU)
    call.hears("Welcome")
    call.hears("press 1")
    call.presses("2")
    call.hears("You chose 2")
    call.is_hung_up_on()
    assert call.is_over
    assert call.heard == ("Welcome to the shop.", "Press 1 or 2.", "You chose 2. Goodbye.")
    assert [asked.params.get("Digits") for asked in call.requests] == [None, "2"]
    assert 3 < call.seconds < 15


def test_capitals_and_spaces_do_not_matter_and_words_may_reach_over_two_prompts(calls):
    calls(MENU).hears("THE  shop. press\n1")


def test_words_are_heard_in_their_order_and_each_once(calls):
    call = calls(MENU)
    call.hears("Press 1")
    with pytest.raises(WentOtherwise, match="the caller should hear “Welcome”"):
        call.hears("Welcome")


def test_words_that_were_said_before_the_caller_acted_are_past(calls):
    call = calls(MENU)
    call.presses("1")
    with pytest.raises(WentOtherwise, match="“Welcome”"):
        call.hears("Welcome")


def test_silence_lets_the_time_for_keys_go_by(calls):
    call = calls(MENU)
    call.stays_silent()
    call.hears("did not hear you")
    call.is_hung_up_on()


def test_keys_come_one_by_one_with_the_key_that_ends_them(calls):
    call = calls(SECRET)
    call.presses("4711#")
    call.is_hung_up_on()
    assert call.requests[1].params["Digits"] == "4711"


def test_a_prompt_in_a_gather_can_be_interrupted(calls):
    patient, hasty = calls(MENU), calls(MENU)
    patient.presses("1")
    hasty.hears("Welcome")
    hasty.interrupts_with("1")
    for call in (patient, hasty):
        call.hears("You chose 1")
    assert hasty.heard == ("Welcome to the shop.", "You chose 1. Goodbye.")
    assert hasty.seconds < patient.seconds


def test_keys_pressed_into_a_prompt_outside_a_gather_are_lost_also_where_it_is_short(calls):
    call = calls('<Say>Hi.</Say><Gather numDigits="1" action="/chosen"/>')
    call.hears("Hi")
    call.interrupts_with("1")
    with pytest.raises(WentOtherwise, match="caller's turn"):
        call.is_hung_up_on()
    assert call.lost == "1"


def test_only_what_is_being_said_can_be_interrupted(calls):
    with pytest.raises(WentOtherwise, match="nothing is being said"):
        calls(MENU).interrupts_with("1")


def test_the_caller_may_hang_up_at_any_time(calls):
    call = calls(MENU)
    call.hears("Welcome")
    call.hangs_up()
    assert call.events[-1].details["by"] == "caller"
    with pytest.raises(WentOtherwise, match="the call is over"):
        call.hangs_up()


def test_the_status_callback_comes_after_the_caller_hung_up(line):
    pages = {**MENU, "/status": ""}
    call = line(app=application(pages), status_url="http://localhost/status").dial()
    call.hangs_up()
    assert call.requests[-1].url == "http://localhost/status"


def test_who_is_put_through_talks_and_is_then_hung_up_on(calls):
    call = calls("<Say>One moment.</Say><Dial>+12125550143</Dial>", dial_seconds=40)
    call.is_put_through("+12125550143")
    call.is_hung_up_on()
    assert call.seconds > 40


@pytest.mark.parametrize(
    ("options", "number", "happened"),
    [({}, "+1999", r"\+12125550143 was dialled: completed"), ({"dial_outcome": "busy"}, "", "was dialled: busy")],
)
def test_another_number_or_nobody_is_not_put_through(calls, options, number, happened):
    with pytest.raises(WentOtherwise, match=happened):
        calls("<Dial>+12125550143</Dial>", **options).is_put_through(number)


def test_a_caller_whom_nobody_answers_hears_what_comes_then(calls):
    call = calls("<Dial>+12125550143</Dial><Say>Nobody is there.</Say>", dial_outcome="no-answer")
    call.hears("Nobody is there")


def test_where_speech_is_asked_for_the_caller_says_something(calls):
    pages = {
        "/voice": '<Gather input="speech" action="/said"><Say>What is it?</Say></Gather>',
        "/said": lambda: f"<Say>{request.form['SpeechResult']} it is.</Say>",
    }
    call = calls(pages)
    call.says("opening hours")
    call.hears("opening hours it is")


@pytest.mark.parametrize(
    ("step", "said"),
    [(lambda call: call.says("It rains."), "Thank you"), (lambda call: call.stays_silent(), "Nothing")],
)
def test_after_the_tone_it_is_the_callers_turn(calls, step, said):
    pages = {
        "/voice": '<Say>After the tone.</Say><Record action="/kept"/><Say>Nothing.</Say>',
        "/kept": "<Say>Thank you.</Say>",
    }
    call = calls(pages)
    call.hears("After the tone")
    with pytest.raises(WentOtherwise, match="the application records"):
        call.hears("Thank you")
    step(call)
    call.hears(said)


# Where the call goes otherwise


@pytest.mark.parametrize(
    "step",
    [
        lambda call: call.hears("Goodbye"),
        lambda call: call.is_hung_up_on(),
        lambda call: call.is_put_through(),
    ],
)
def test_a_call_in_which_it_is_the_callers_turn_does_not_go_on_by_itself(calls, step):
    with pytest.raises(WentOtherwise, match="it is the caller's turn"):
        step(calls(MENU))


@pytest.mark.parametrize(
    "step",
    [
        lambda call: call.hears("Welcome"),
        lambda call: call.presses("1"),
        lambda call: call.says("yes"),
        lambda call: call.stays_silent(),
        lambda call: call.is_put_through(),
    ],
)
def test_a_call_that_is_over_does_not_go_on(calls, step):
    with pytest.raises(WentOtherwise, match="the call is over: Hangup, by the application"):
        step(calls("<Say>Goodbye.</Say><Hangup/>"))


def test_a_call_that_the_carrier_ends_is_not_hung_up_on(calls):
    call = calls({"/voice": lambda: 1 / 0})
    with pytest.raises(WentOtherwise, match="error 11200, by the carrier"):
        call.is_hung_up_on()
    assert call.problems == (11200,)


def test_the_message_has_the_transcript_so_far(calls):
    call = calls(MENU)
    with pytest.raises(WentOtherwise) as otherwise:
        call.hears("Moo")
    assert str(otherwise.value).endswith(call.transcript())
    assert "« Welcome to the shop." in call.transcript()
    assert "Goodbye" not in call.transcript()


def test_what_an_application_in_process_throws_is_raised_in_the_test(line):
    def throws(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        line(app=throws).dial().hears("Welcome")


def test_what_an_application_in_process_answers_for_itself_is_an_error_of_the_call(line):
    def answers(environ, start_response):
        start_response("500 Oops", [("Content-Type", "text/plain")], (ValueError, ValueError(), None))
        return [b"oops"]

    call = line(app=answers).dial()
    call.hears("application error")
    assert call.problems == (11200,)


@pytest.mark.parametrize("keys", ["", "A", "1 2"])
def test_keys_that_no_telephone_has_are_refused(calls, keys):
    with pytest.raises(ValueError, match="a telephone has the keys"):
        calls(MENU).presses(keys)


def test_a_call_is_dialled_once_and_before_anything_else(line):
    call = line(app=application(MENU))
    with pytest.raises(RuntimeError, match="dial"):
        call.hears("Welcome")
    call.dial()
    with pytest.raises(RuntimeError, match="another one"):
        call.dial()


def test_what_is_wrong_with_the_carriers_options_is_raised_in_the_test(line):
    with pytest.raises(TypeError, match="fallback"):
        line(app=application(MENU), fallback="http://localhost/fallback").dial()


def test_an_application_that_does_not_answer_is_named(line, monkeypatch):
    monkeypatch.setattr(pytest_plugin, "PATIENCE", 0.1)
    let_go = threading.Event()
    call = line(app=application({"/voice": let_go.wait})).dial()
    with pytest.raises(WentOtherwise, match=r"hangs for 0\.1 seconds since POST http://localhost/voice"):
        call.hears("Welcome")
    call.close()  # does not wait once more
    let_go.set()
    for thread in phone_threads():
        thread.join(timeout=5)
    assert phone_threads() == []


# Who calls whom


def test_the_application_learns_who_calls(line):
    call = line(app=application(MENU)).dial(
        from_="+442079460000", to="+448081570192", country="GB", caller_city="London", forwarded_from="+442079460001"
    )
    told = call.requests[0].params
    assert (told["From"], told["To"], told["FromCountry"]) == ("+442079460000", "+448081570192", "GB")
    assert (told["FromCity"], told["ForwardedFrom"]) == ("London", "+442079460001")


def test_requests_are_signed_where_there_is_a_token(calls):
    has = {"/voice": lambda: f"<Say>{'signed' if 'X-Twilio-Signature' in request.headers else 'bare'}</Say>"}
    calls(has, auth_token="12345").hears("signed")
    calls(has).hears("bare")


def test_the_fallback_is_asked_where_the_application_fails(calls):
    pages = {"/voice": lambda: 1 / 0, "/fallback": "<Say>We are closed.</Say>"}
    call = calls(pages, fallback_url="http://localhost/fallback")
    call.hears("We are closed")
    assert call.requests[-1].params["ErrorCode"] == "11200"


def test_the_same_test_makes_the_same_call_and_another_call_has_another_id():
    def lived(line):
        call = line(app=application(MENU)).dial()
        call.presses("1")
        call.is_hung_up_on()
        return call.events

    first, second = PhoneLine("", "a test"), PhoneLine("", "a test")
    once, again = lived(first), lived(first)
    assert once == lived(second)
    assert once[0].details["params"]["CallSid"] != again[0].details["params"]["CallSid"]


def test_two_calls_can_be_under_way_at_once(calls):
    one, two = calls(MENU), calls(MENU)
    one.presses("1")
    two.presses("2")
    two.hears("You chose 2")
    one.hears("You chose 1")


# In pytest


CONFTEST = """
    import pytest
    from flask import Flask, Response
    application = Flask("tiny")
    heard = []

    @application.post("/voice")
    def answer():
        return Response("<Response><Gather><Say>Welcome.</Say></Gather></Response>", content_type="text/xml")

    @application.post("/status")
    def status():
        heard.append("the end")
        return ""

    @pytest.fixture
    def app():
        yield application
        print("after the test:", heard)
"""


@pytest.fixture
def vendor(pytester, monkeypatch):
    """A vendor's own tests, with the plugin and nothing else of ours: what pytest says of them."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST)

    def run(test, *arguments, ini=""):
        pytester.makepyfile(test)
        pytester.makeini(f"[pytest]\n{ini}")
        return pytester.runpytest_inprocess("-p", "ivr.simulator.pytest_plugin", *arguments)

    return run


def test_the_plugin_is_registered_where_the_project_says():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    name = project["entry-points"]["pytest11"]["phone_line"]
    assert import_module(name) is pytest_plugin


def test_a_vendors_test_passes(vendor):
    result = vendor(
        """
        def test_welcome(app, phone_line):
            phone_line(app=app).dial().hears("Welcome")
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("ending", ["", "assert False"])
def test_a_call_that_lasts_at_the_end_of_the_test_is_hung_up(vendor, ending):
    result = vendor(
        f"""
        def test_welcome(app, phone_line):
            call = phone_line(app=app, status_url="http://localhost/status").dial()
            call.hears("Welcome")
            {ending}
        """,
        "-s",
    )
    assert "after the test: ['the end']" in result.stdout.str()
    assert phone_threads() == []


def test_a_failure_shows_the_line_of_the_test_and_the_transcript_and_nothing_of_the_plugin(vendor):
    result = vendor(
        """
        def test_welcome(app, phone_line):
            phone_line(app=app).dial().hears("Goodbye")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>*.hears("Goodbye")',
            "E*WentOtherwise: the caller should hear “Goodbye”, but it is the caller's turn*",
            "E*« Welcome.",
        ]
    )
    assert "pytest_plugin.py" not in result.stdout.str()
    assert "phone_line: the call" not in result.stdout.str()


def test_another_failure_shows_how_the_call_went(vendor):
    result = vendor(
        """
        def test_welcome(app, phone_line):
            call = phone_line(app=app).dial()
            call.hears("Welcome")
            assert call.problems == (1,)
        """
    )
    result.stdout.fnmatch_lines(["*phone_line: the call*", "*« Welcome."])


@pytest.mark.parametrize(
    ("arguments", "ini", "asked"),
    [
        (["--phone-url", "http://127.0.0.1:1/option"], "phone_url = http://127.0.0.1:1/ini", "/option"),
        ([], "phone_url = http://127.0.0.1:1/ini", "/ini"),
    ],
)
def test_the_voice_url_may_be_named_once_for_all_tests(vendor, arguments, ini, asked):
    result = vendor(
        f"""
        def test_url(phone_line):
            call = phone_line().dial()
            assert call.requests[0].url == "http://127.0.0.1:1{asked}"
            assert phone_line("http://127.0.0.1:1/here").dial().requests[0].url.endswith("/here")
        """,
        *arguments,
        ini=ini,
    )
    result.assert_outcomes(passed=1)


def test_a_call_to_nowhere_says_how_to_name_a_voice_url(vendor):
    result = vendor("def test_url(phone_line): phone_line()")
    result.stdout.fnmatch_lines(["*which voice URL? Name it here, with --phone-url, or as ini phone_url.*"])


def test_the_help_of_pytest_tells_of_both(vendor):
    text = vendor("", "--help").stdout.str()
    assert "--phone-url=URL" in text
    assert re.search(r"phone_url \(string\)", text)


@pytest.fixture
def example():
    """The application and the tests of the documentation, and what it says of a failure."""
    text = (HOUSE / "docs/testing_your_own_ivr.md").read_text("utf-8")
    application, tests = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    failure = re.search(r"```\n(>.*?)```", text, re.DOTALL)[1]
    lines = [re.sub(r"\d:\d\d", "?:??", line) for line in failure.splitlines() if line != "E"]
    return application, tests, lines


def test_the_example_of_the_documentation_runs(pytester, monkeypatch, example):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    application, tests, _ = example
    pytester.makepyfile(shop=application)
    pytester.makepyfile(tests)
    result = pytester.runpytest_subprocess("-p", "ivr.simulator.pytest_plugin", "-W", "error")
    result.assert_outcomes(passed=len(re.findall(r"^def test_", tests, re.M)))


def test_a_failure_looks_as_the_documentation_says(vendor, pytester, example):
    application, tests, failure = example
    pytester.makepyfile(shop=application)
    fixture = tests.partition("def test_")[0]
    result = vendor(f"""{fixture}def test_day(call):\n    call.presses("1")\n    call.hears("Monday")\n""")
    result.stdout.fnmatch_lines(failure)
