"""A day of everything on a real server, then every place is searched where no secret belongs."""

import re
from http.cookies import SimpleCookie
from random import Random
from types import SimpleNamespace

import httpx
import pytest
from click.testing import CliRunner
from test_app import serving, wait_for
from twilio.request_validator import RequestValidator

import app
from activation_core import codes, installation_id
from activation_core.installation_id import Operation

PUBLIC, ORIGIN = "https://calls.example", {"Origin": "https://calls.example"}
SETTINGS = {
    "LOG_LEVEL": "debug",
    "METRICS_TOKEN": "a-token-for-metrics",
    "PUBLIC_URL": PUBLIC,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
}
PASSWORD, WRONG, CALLER = "correct horse battery", "wrong horse battery", "+442079460018"


class Visitor:
    """Asks the server, as callers, vendors and operators do, and keeps what the answers tell beside their text."""

    def __init__(self, client):
        client.event_hooks = {"response": [self.saw]}
        self.client = client
        self.addresses, self.errors, self.cookie = [], [], ""

    def saw(self, answer):
        answer.read()
        self.addresses.append(answer.headers.get("Location", ""))
        self.addresses += re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
        if answer.status_code >= 400:
            self.errors += [answer.text, str(answer.headers)]

    def post(self, path, data=None, **headers):
        return self.client.post(path, data=data, headers={**ORIGIN, "Cookie": self.cookie, **headers})

    def get(self, path, **headers):
        return self.client.get(path, headers={"Cookie": self.cookie, **headers})

    def webhook(self, path, **form):
        signature = RequestValidator(SETTINGS["TWILIO_AUTH_TOKEN"]).compute_signature(PUBLIC + path, form)
        answer = self.post(path, form, **{"X-Twilio-Signature": signature})
        self.cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        return answer

    def sign_in(self, password):
        answer = self.post("/desk/sign-in", {"name": "ada", "password": password})
        self.cookie = "; ".join(f"{c.key}={c.value}" for c in SimpleCookie(answer.headers.get("Set-Cookie")).values())
        return self.cookie.removeprefix("desk=")


def a_day(visitor, key, asked):
    """What was done; the tokens and the Confirmation ID that came of it."""
    shown, digits = key.shown, asked.digits
    call = {"CallSid": "CA" + "1" * 32, "From": CALLER, "To": "+442079460999"}
    assert visitor.webhook("/voice", **call).status_code == 200
    assert "Gather" in visitor.webhook("/voice/step/enter_id", **call, Digits=digits).text
    visitor.webhook("/voice/fallback", **call, ErrorCode="11200")
    visitor.cookie = ""
    visitor.post("/voice", {**call, "Digits": digits})  # not signed
    confirmed = visitor.client.post("/clearinghouse/v1/confirmations", json={"installation_id": digits}).json()
    visitor.client.post("/clearinghouse/v1/confirmations", json={"installation_id": digits, "key": shown})
    visitor.post("/activate", {"asked": "yes", "block": list(asked.blocks)})
    visitor.post("/activate", {"block": [digits] * 300})
    visitor.get(f"/nothing/{shown}?key={shown}")
    visitor.sign_in(WRONG)
    session = visitor.sign_in(PASSWORD)
    form_token = visitor.get("/desk").text.partition('name="form_token" value="')[2].partition('"')[0]
    visitor.post("/desk/look-up", {"typed": shown})  # without the token of the form
    for path, typed in [("look-up", shown), ("look-up", digits), ("confirm", digits), ("approve", digits)]:
        form = {"form_token": form_token, "typed": typed, "installation_id": digits, "reason": "repaired"}
        assert visitor.post(f"/desk/{path}", form).status_code < 500
    for page in ("/desk/audit", "/desk/today", "/desk/callers", "/metrics"):
        visitor.get(page)
    metrics = visitor.get("/metrics", Authorization=f"Bearer {SETTINGS['METRICS_TOKEN']}").text
    visitor.post("/desk/sign-out", {"form_token": form_token})
    return SimpleNamespace(session=session, form_token=form_token, spoken="".join(confirmed["blocks"]), metrics=metrics)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The secrets by their name, and the texts by the place where they stand."""
    folder, commands = tmp_path_factory.mktemp("day"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in SETTINGS.items():
            patch.setenv(name, value)

        def run(*arguments, **more):
            app.parts_of_this_run.cache_clear()
            result = CliRunner().invoke(app.main, arguments, **more)
            app.parts_of_this_run.cache_clear()
            assert result.exit_code in (0, 1), result.output
            return result.output

        commands.append(run("operators", "add", "ada", input=f"{PASSWORD}\n{PASSWORD}\n"))
        key = codes.parse(re.search(r"\w{5}(-\w{5}){4}", run("issue", "product-keys", "1"))[0])
        asked = installation_id.make(Operation.ACTIVATE, key, 0, Random(1).getrandbits(32), 1)
        with serving(folder, **SETTINGS) as (process, url):
            wait_for(f"{url}/healthz")
            with httpx.Client(base_url=url, headers={"Host": "calls.example"}) as client:
                visitor = Visitor(client)
                done = a_day(visitor, key, asked)
            process.terminate()
            printed, _ = process.communicate(timeout=20)
        for command in (
            "keys rotate issuing",
            "keys rotate session",
            "keys",
            "backup copy.db",
            "doctor",
            "audit verify",
        ):
            commands.append(run(*command.split()))
        commands += [run("audit", "list"), run("restore", "copy.db", "--verify")]
    secrets = {
        "product key": key.shown,
        "product key, plain": key.text,
        "Installation ID": asked.digits,
        "Confirmation ID": done.spoken,
        "caller": CALLER,
        "password": PASSWORD,
        "wrong password": WRONG,
        "session": done.session,
        "token of a form": done.form_token,
        **{name: SETTINGS[name] for name in ("TWILIO_AUTH_TOKEN", "METRICS_TOKEN")},
        **{path.name: path.read_text().strip() for path in folder.glob("instance/keys/*.key")},
    }
    texts = {
        "log": printed,
        "commands": "\n".join(commands),
        "metrics": done.metrics,
        "addresses": "\n".join(visitor.addresses),
        "error pages": "\n".join(visitor.errors),
    }
    return secrets, texts


def test_it_was_a_whole_day(day):
    secrets, texts = day
    assert {"issuing.key", "issuing-1.key", "session.key", "sign-1-0.key", "sign-in.key", "audit.key"} <= secrets.keys()
    assert all(len(secret) > 12 for secret in secrets.values()), secrets
    for place, word in [
        ("log", "refused a webhook"),
        ("commands", "The audit log is whole"),
        ("metrics", "# HELP"),
        ("addresses", "/desk/sign-in"),
        ("error pages", "This form is from an earlier session"),
    ]:
        assert word in texts[place], (place, texts[place][-2000:])


@pytest.mark.parametrize("place", ["log", "commands", "metrics", "addresses", "error pages"])
def test_no_secret_is_where_it_does_not_belong(day, place):
    """However it is written, with or without what stands between its digits."""
    secrets, texts = day
    plain = re.sub(r"\W", "", texts[place])
    assert [name for name, secret in secrets.items() if re.sub(r"\W", "", secret) in plain] == []
