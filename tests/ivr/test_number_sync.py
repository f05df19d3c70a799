"""`numbers sync`, with Twilio's own client and a service on this machine that answers as its REST API does."""

import json
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from twilio_here import POINTED, Twilio, client_of

import app
from activation_core.access_numbers import AccessNumber, Directory
from ivr.number_sync import entry
from ivr.number_sync_cli import Company, sync
from ivr.twilio_account import TwilioAccount
from wiring.commands import open_company
from wiring.data_files import toml

FIRST, SECOND = "AC" + "1" * 32, "AC" + "2" * 32
TOKENS = {FIRST: "first token", SECOND: "second token"}
PUBLIC_URL = "https://calls.example"
OURS = "+14155550123"


@pytest.fixture
def twilio():
    with Twilio(dict(TOKENS)) as server:
        yield server


@pytest.fixture
def http(twilio):
    with client_of(twilio) as client:
        yield client


@pytest.fixture
def directory():
    """That of the house, with a number of the vendor's own."""
    known = app.read_directory()
    return replace(known, numbers=(*known.numbers, AccessNumber(OURS, "toll", "US", ("en-US",))))


@pytest.fixture
def run(http, directory):
    def run(*arguments, sids=(FIRST,), tokens=("first token", "second token"), url=PUBLIC_URL, status=0):
        company = Company([TwilioAccount(sid, tokens, http) for sid in sids], url, directory, app.read_books())
        done = CliRunner().invoke(sync(lambda: company), arguments)
        assert done.exit_code == status, done.output
        return done

    return run


def test_what_would_change_is_shown_and_nothing_is_changed(run, twilio):
    twilio.own(FIRST, OURS, voice_url="https://old.example/voice")
    told = " ".join(run().stdout.split())
    assert f"{OURS} voice_url https://old.example/voice → https://calls.example/voice" in told
    assert f"{OURS} status_callback nothing → https://calls.example/voice/status" in told
    assert "voice_method" not in told
    assert "numbers sync --apply" in told
    assert {method for method, *_ in twilio.asked} == {"GET"}


def test_with_apply_it_is_changed_and_then_nothing_is_left_to_change(run, twilio):
    twilio.own(FIRST, OURS, voice_method="GET", voice_application_sid="AP" + "1" * 32)
    assert run("--apply").stderr == f"Changed {OURS}.\n"
    (number,) = twilio.numbers[FIRST].values()
    assert {name: number[name] for name in POINTED} == POINTED
    twilio.asked.clear()
    assert "Nothing is to be changed" in run("--apply").stdout
    assert [method for method, *_ in twilio.asked] == ["GET"]


def test_all_pages_of_all_accounts_are_read_each_with_its_own_token(run, twilio):
    for last in range(5):
        twilio.own(FIRST, f"+1415555020{last}")
    twilio.own(SECOND, OURS)
    told = json.loads(run("--json", "--apply", sids=(FIRST, SECOND)).stdout)
    assert told["not_in_directory"] == [f"+1415555020{last}" for last in range(5)]
    assert {change["account"] for change in told["changes"]} == {SECOND}
    assert ("POST", SECOND, "second token") in twilio.asked


def test_a_rotated_token_is_found_among_them(run, twilio):
    twilio.own(FIRST, OURS)
    run("--apply", tokens=("a token of last year", "first token"))
    assert [token for *_, token in twilio.asked] == ["a token of last year", "first token", "first token"]


def test_a_number_that_the_directory_lacks_is_left_alone_and_told_as_its_lines(run, twilio):
    """It may serve something else."""
    twilio.own(FIRST, "+493023125999", voice_url="https://elsewhere.example")
    told = run("--apply").stdout
    (number,) = tomllib.loads("[[number]]" + told.partition("[[number]]")[2].partition("\n\n")[0])["number"]
    assert number == {
        "e164": "+493023125999",
        "kind": "toll",
        "region": "DE",
        "languages": ["de-DE", "en-US"],
    }
    assert {method for method, *_ in twilio.asked} == {"GET"}


@pytest.mark.parametrize(
    ("e164", "kind", "region"),
    [("+18885550123", "toll-free", "US"), ("+448001110123", "toll-free", "GB"), ("+33199001234", "toll", "FR")],
)
def test_an_entry_that_is_suggested_is_one_that_the_directory_takes(e164, kind, region):
    (made,) = tomllib.loads("\n".join(entry(e164, app.read_books())))["number"]
    assert (made["kind"], made["region"]) == (kind, region)
    table = toml("access_numbers")
    assert Directory.parse({**table, "number": [*table["number"], made]}).find(e164)


@pytest.mark.parametrize("e164", ["+80012345678", "+12"])
def test_a_number_that_tells_too_little_is_not_guessed(e164):
    (line,) = entry(e164, app.read_books())
    assert line.startswith(f"# {e164} ")


def test_a_number_of_the_directory_that_no_account_has_is_warned_of(run):
    told = " ".join(run().stdout.split())
    assert f"Warning: callers are sent to these numbers, and no account has them: {OURS}." in told
    assert "are examples that reach nobody" in told


def test_a_number_for_texts_alone_and_one_on_a_trunk_are_left_alone(run, twilio, directory):
    twilio.own(FIRST, OURS, trunk="TK" + "1" * 32)
    twilio.own(FIRST, "+14155550124", voice=False)
    told = run("--apply").stdout
    assert f"{OURS} goes over a SIP trunk" in told
    assert "+14155550124" not in told
    assert {method for method, *_ in twilio.asked} == {"GET"}


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([401, 401], f"Account {FIRST}: TWILIO_AUTH_TOKEN has no token that it accepts."),
        ([429], "too many requests"),
        ([503], "status 503"),
        ([200, 500], "status 500"),
        ([200, 200, 429], "too many requests"),
        ([404], "status 404"),
    ],
)
def test_what_twilio_refuses_is_said_in_one_sentence_without_a_token(run, twilio, statuses, words):
    """At the first page, at a further one, or when a number is changed."""
    for last in range(3, 6):
        twilio.own(FIRST, f"+1415555012{last}")
    twilio.statuses[:] = statuses
    told = run("--apply", status=1).stderr
    assert words in told
    assert not any(token in told for token in TOKENS.values())


def test_a_number_that_was_changed_before_twilio_stopped_stays_changed_and_no_further_one_is_tried(
    http, twilio, directory
):
    numbers = (OURS, "+14155550124", "+14155550125")
    further = [AccessNumber(number, "toll", "US", ("en-US",)) for number in numbers[1:]]
    for number in numbers:
        twilio.own(FIRST, number)
    listed = replace(directory, numbers=(*directory.numbers, *further))
    company = Company([TwilioAccount(FIRST, [TOKENS[FIRST]], http)], PUBLIC_URL, listed, ())
    twilio.statuses[:] = [200, 200, 200, 503]  # two pages, and two changes
    assert f"Changed {numbers[0]}.\nError: " in CliRunner().invoke(sync(lambda: company), ["--apply"]).stderr
    left = CliRunner().invoke(sync(lambda: company), ["--json"]).stdout
    assert {change["number"] for change in json.loads(left)["changes"]} == set(numbers[1:])


def test_an_account_that_fails_does_not_keep_the_others_waiting(run, twilio):
    twilio.own(SECOND, OURS)
    twilio.statuses[:] = [503]
    told = run("--apply", sids=(FIRST, SECOND), status=1)
    assert f"Account {FIRST}: Twilio is in trouble (status 503)" in told.stderr
    assert f"Changed {OURS}." in told.stderr
    (number,) = twilio.numbers[SECOND].values()
    assert {name: number[name] for name in POINTED} == POINTED


def test_a_number_that_an_account_which_was_not_asked_may_have_is_not_missed(run, twilio, directory):
    twilio.statuses[:] = [503]
    assert "no account has" not in run(sids=(FIRST, SECOND), status=1).stdout
    assert "no account has" in run(sids=(FIRST, SECOND)).stdout


def test_a_number_that_only_the_account_which_was_asked_may_have_is_missed(http, twilio, directory):
    said = replace(directory, numbers=(*directory.numbers[:-1], replace(directory.find(OURS), account=SECOND)))
    twilio.statuses[:] = [503]
    company = Company([TwilioAccount(sid, [*TOKENS.values()], http) for sid in TOKENS], PUBLIC_URL, said, ())
    assert json.loads(CliRunner().invoke(sync(lambda: company), ["--json"]).stdout)["in_no_account"] == [OURS]


# -- one directory for several accounts


def test_with_several_accounts_the_directory_should_say_which_has_a_number(run, twilio, directory):
    """So that nobody is told the number while that account is down."""
    twilio.own(FIRST, "+493023125999")
    twilio.own(SECOND, OURS)
    told = run(sids=(FIRST, SECOND)).stdout
    assert f"should say to which account {OURS} belongs" in " ".join(told.split())
    assert f'account = "{SECOND}"' in told.partition("[[number]]")[0]
    assert f'account = "{FIRST}"' in told.partition("[[number]]")[2]


def test_a_number_that_has_moved_to_another_account_keeps_its_place_and_its_new_account_is_told(
    http, twilio, directory
):
    moved = replace(directory, numbers=(*directory.numbers[:-1], replace(directory.find(OURS), account=FIRST)))
    twilio.own(SECOND, OURS, **POINTED)
    company = Company([TwilioAccount(sid, [*TOKENS.values()], http) for sid in TOKENS], PUBLIC_URL, moved, ())
    told = json.loads(CliRunner().invoke(sync(lambda: company), ["--json"]).stdout)
    assert told["of_another_account"] == {OURS: SECOND}
    assert (told["changes"], told["not_in_directory"]) == ([], [])


def test_an_account_that_is_down_still_counts_and_may_have_what_the_others_have_not(http, twilio, directory):
    twilio.own(SECOND, "+493023125999")
    up = [TwilioAccount(SECOND, [TOKENS[SECOND]], http)]
    company = Company(up, PUBLIC_URL, directory, (), unasked={FIRST})
    told = CliRunner().invoke(sync(lambda: company)).stdout
    assert f'account = "{SECOND}"' in told.partition("[[number]]")[2]
    assert "no account has" not in told


# -- one account in several regions


@pytest.fixture
def regions():
    """An account with a number, in two regions, each with a token and with settings of its own."""
    with Twilio({f"{FIRST}@us1": "first token", f"{FIRST}@ie1": "second token"}) as server:
        for account in server.tokens:
            server.own(account, OURS)
        yield server


@pytest.fixture
def run_in(regions, directory):
    with client_of(regions) as http:

        def run_in(*names, arguments=(), status=0):
            accounts = [TwilioAccount(f"{FIRST}@{name}", [*TOKENS.values()], http) for name in names]
            done = CliRunner().invoke(sync(lambda: Company(accounts, PUBLIC_URL, directory, ())), arguments)
            assert done.exit_code == status, done.output
            return done

        yield run_in


def test_a_number_is_pointed_here_in_each_region_and_routed_to_the_first(regions, run_in):
    told = " ".join(run_in("ie1", "us1").stdout.split())
    assert f"{OURS} in us1 voice_url nothing → https://calls.example/voice" in told
    assert f"{OURS} in ie1 voice_region us1 → ie1" in told  # us1, since nobody routed it yet
    run_in("ie1", "us1", arguments=["--apply"])
    for (number,) in map(dict.values, regions.numbers.values()):
        assert {name: number[name] for name in POINTED} == POINTED
    assert regions.routes == {OURS: "ie1"}
    assert "Nothing is to be changed" in run_in("ie1", "us1").stdout


def test_while_a_region_is_down_the_other_one_is_given_the_calls(regions, run_in):
    """By the other one's own host and token: of the first nothing is asked."""
    run_in("us1", "ie1", arguments=["--apply"])
    regions.asked.clear()
    assert f"Changed {OURS} in ie1." in run_in("ie1", arguments=["--apply"]).stderr
    assert regions.routes == {OURS: "ie1"}
    assert {account for _, account, _ in regions.asked} == {f"{FIRST}@ie1"}


def test_a_route_that_twilio_does_not_tell_is_not_guessed(regions, run_in):
    regions.statuses[:] = [200, 503]
    assert "status 503" in run_in("us1", status=1).stderr


def test_a_number_that_goes_over_a_trunk_where_its_calls_come_in_is_told_once(regions, run_in):
    regions.own(f"{FIRST}@us1", OURS, trunk="TK" + "1" * 32)
    assert run_in("us1", "ie1").stdout.count("SIP trunk") == 1


def test_the_route_of_a_number_is_left_alone_where_no_region_is_named(run, twilio):
    twilio.own(FIRST, OURS, **POINTED)
    twilio.routes[OURS] = "au1"
    assert "Nothing is to be changed" in run("--apply").stdout
    assert twilio.routes == {OURS: "au1"}


def test_an_answer_that_is_not_twilios_is_none(run, monkeypatch):
    monkeypatch.setattr("twilio_here.json", SimpleNamespace(dumps=lambda _: "<html>the page of a proxy</html>"))
    assert "no answer of Twilio's came (JSONDecodeError)" in run(status=1).stderr


def test_where_nobody_answers_that_is_said(run, twilio):
    twilio.shutdown()
    twilio.server_close()
    assert "no answer of Twilio's came (ConnectionError)" in run(status=1).stderr


def test_an_address_on_this_machine_is_refused_before_twilio_is_asked(run, twilio):
    assert "which Twilio cannot reach" in run(url="http://127.0.0.1:8000", status=1).stderr
    assert twilio.asked == []


def test_without_an_account_it_says_what_to_set(run):
    assert "Set TWILIO_ACCOUNT_SID" in run(sids=(), status=1).stderr


def test_each_account_of_the_settings_is_gone_through(monkeypatch):
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f"{FIRST}, {SECOND}")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "one,two")
    assert [account.name for account in open_company().accounts] == [FIRST, SECOND]
