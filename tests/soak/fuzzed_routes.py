"""The whole application in this process, asked at every route with what gets past its doors, changed in places."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from soak.mutator import Mutator
from twilio.request_validator import RequestValidator

import app
from activation_core import installation_id
from activation_core.clearinghouse.passwords import Passwords
from activation_core.installation_id import Operation
from activation_core.machine.people import KeptPeople
from activation_core.roles import Actor
from ivr import signed_form
from ivr.activation_call import ACTIVATION_CALL
from ivr.webhooks import PREFIX
from wiring import parts
from wiring.settings import CALLS_AT_ONCE, settings_in
from wiring.web import LOCAL_PAGES

HOUSE = Path(__file__).parents[2]
TOKEN, PUBLIC, PASSWORD = "a token of this run", "https://activation.example", "correct horse battery"
HERE = "http://127.0.0.1:8000"  # this machine, which alone may see most pages
SERVICE = "a token of forty-three characters, and more"  # of a service that asks the licensed computer
WISH = {"dialled": "+18005550199", "caller_region": "US", "caller": None, "speed": "instant", "line_faults": ["slow"]}
BODIES: Mapping[str, dict[str, Any]] = {  # what is asked as JSON, by the address
    "/clearinghouse/v1/confirmations": {"installation_id": "1" * 49},
    "/clearinghouse/v1/standings": {"installation_id": "1" * 49},
    "/machine/v1/connections": {"user": "ann", "device": "desk 1", "service": "file", "administrator": False},
    "/machine/v1/mode": {"mode": "per_device_or_user"},
    "/phone/calls": WISH,
    "/phone/calls/<call_id>/keys": {"keys": "12#"},
}
WEBHOOKS = ["", "/dialled", "/fallback", "/status", *3 * ["/step/<step>"]]
SESSION = 2000  # requests; or until one of them has signed out
PAGES = ["confirm", "add", "transfer", "back-up", "restore", "pages.css", "style.css", "welcome"]
HEADERS = [
    *["Host", "Origin", "Accept-Language", "Cookie", "Content-Type", "Range", "If-Modified-Since", "X-Forwarded-For"],
    *["Authorization", "X-Twilio-Signature", "If-None-Match", "Referer", "Content-Length", "Sec-Fetch-Site"],
    "Last-Event-ID",
]
# A hash of its lowest price: what is tried is the form of signing in, not the patience of who guesses.
CHEAP = partial(Passwords, iterations=1, memory=32)


class Routes:
    def __init__(self, folder: Path, mutator: Mutator) -> None:
        settings = settings_in(
            folder,
            calls_at_once=CALLS_AT_ONCE,
            calls_at_once_a_line=CALLS_AT_ONCE,
            local_pages="on",
            machine_profile="lab-bench",
            operator_number="+12125550143",
            public_url=PUBLIC,
            speech="off",
            twilio_auth_token=TOKEN,
        )
        self._mutator, self._validator = mutator, RequestValidator(TOKEN)
        with mock.patch.object(parts, "Passwords", CHEAP):
            web = app.create_app(settings)
            made = app.Parts(settings)
        made.staff.accounts.add("ada", PASSWORD, "terminal", app.now())
        codes_ = made.desk.issue(1, 20, made.products[1].terms[0], random.Random(1).randrange, app.now())
        made.records.store.close()
        KeptPeople(folder / "machine").admit("files", "administrator", SERVICE, Actor("ada", "administrator"))
        ids = [installation_id.make(Operation.ACTIVATE, code, 0, 0x11111111, 0) for code in codes_]
        self._routes = [(rule.rule, sorted(rule.methods or {"GET"})) for rule in web.url_map.iter_rules()]
        self._routes += [(f"{PREFIX}{rest}", ["POST"]) for rest in WEBHOOKS]
        self._fields = _names_of_fields()
        self.client: FlaskClient = web.test_client()
        self._sign_in()
        call = self._call_that_is_over()
        self._texts = [*(code.shown for code in codes_), *(each.digits for each in ids), "US", "en-US", "CA1"]
        self._texts += ["enter_id", *PAGES, call]
        # What stands in an address, where it is no text at all.
        self._places = {
            "call_id": [call],
            "step": list(ACTIVATION_CALL.steps),
            "page_id": PAGES,
            "locale": ["en-US"],
        }

    def _sign_in(self) -> None:
        signed_in = self.client.post(
            "/desk/sign-in",
            base_url=PUBLIC,
            data={"name": "ada", "password": PASSWORD},
            headers={"Origin": PUBLIC},
            environ_base={"REMOTE_ADDR": "192.0.2.1"},  # where nobody guesses: this machine's address waits by now
        )
        desk = self.client.get("/desk", base_url=PUBLIC).get_data(as_text=True)
        self._form_token = desk.partition('name="form_token" value="')[2].partition('"')[0]
        if signed_in.status_code != 303 or not self._form_token:
            raise RuntimeError("nobody could sign in at the desk")
        self._left = SESSION

    def _call_that_is_over(self) -> str:
        """Placed on the page; its events are a stream that ends at once."""
        placed = self.client.post("/phone/calls", base_url=HERE, json=WISH).get_json()
        address = f"/phone/calls/{placed['id']}"
        self.client.post(f"{address}/hangup", base_url=HERE)
        for _ in range(200):
            if self.client.get(address, base_url=HERE).get_json()["is_over"]:
                return str(placed["id"])
            time.sleep(0.05)
        raise RuntimeError("the call does not end")

    def ask(self) -> tuple[str, int]:
        """One request, in words, and the status of its answer, which is read to its end."""
        if self._left <= 0:
            self._sign_in()
        chance, text = self._mutator.chance, self._mutator.text
        address, known = chance.choice(self._routes)
        self._left = 0 if address == "/desk/sign-out" else self._left - 1
        method = chance.choice(known) if chance.random() < 0.95 else chance.choice(("PUT", "PATCH", "DELETE", "X"))
        path = re.sub(r"<(?:[^>]*:)?(\w+)>", lambda place: quote(self._place(place[1]), safe=""), address)
        query = urlencode(self._fields_drawn(), errors="replace") if chance.random() < 0.5 else ""
        form = {**self._fields_drawn(), "form_token": self._form_token}
        form |= {"CallSid": "CA1"} if chance.random() < 0.9 else {}
        body = self._body(address, form) if method not in ("GET", "HEAD", "OPTIONS") else {}
        local = address.split("/")[1] in LOCAL_PAGES
        origin = HERE if local != (chance.random() < 0.05) else PUBLIC
        headers = {"Origin": origin, "Cookie": "; ".join(f"{c.key}={c.value}" for c in self.client._cookies.values())}
        if path.startswith("/machine/v1"):
            headers["Authorization"] = f"Bearer {SERVICE}"
        if path.startswith(PREFIX) and chance.random() < 0.95:
            signed = PUBLIC + path + (f"?{query}" if query else "")
            headers["X-Twilio-Signature"] = self._validator.compute_signature(signed, _signable(body))
            headers["I-Twilio-Idempotency-Token"] = text(self._texts)
        if chance.random() < 0.2:
            name = chance.choice(HEADERS)
            headers[name] = text([headers.get(name, ""), "bytes=0-1", "de;q=0.5", "Bearer x", *self._texts[-3:]])
        headers = {name: re.sub(r"[\r\n]", "", value).encode().decode("latin-1") for name, value in headers.items()}
        told = f"{method} {path}?{query} {headers} {body}"
        with self.client.open(
            path, method=method, base_url=origin, query_string=query, headers=headers, **body
        ) as response:
            response.get_data()
            return told, response.status_code

    def _place(self, name: str) -> str:
        chance, text = self._mutator.chance, self._mutator.text
        seeds = self._places.get(name, self._texts)
        return text(seeds) if chance.random() < 0.5 else chance.choice(seeds)

    def _fields_drawn(self) -> dict[str, str]:
        chance = self._mutator.chance
        return {chance.choice(self._fields): self._mutator.text(self._texts) for _ in range(chance.randrange(5))}

    def _body(self, address: str, form: dict[str, str]) -> dict[str, Any]:
        if address in BODIES and self._mutator.chance.random() < 0.8:
            return {"json": self._mutator.table(BODIES[address])}
        match self._mutator.chance.randrange(4):
            case 0:
                return {"json": self._mutator.table(form)}
            case 1:
                return {"data": self._mutator.text([urlencode(form), json.dumps(form)]).encode("utf-8", "replace")}
            case _:
                return {"data": form}


def _signable(body: dict[str, Any]) -> dict[str, str]:
    """The form as the carrier would sign it, whatever is sent."""
    sent = body.get("data", {})
    if isinstance(sent, dict):
        return sent
    try:
        return dict(signed_form.parse(sent))
    except ValueError:
        return {}


def _names_of_fields() -> list[str]:
    """All that the code takes out of a form, a query or a body."""
    found = set[str]()
    taken = re.compile(r"""(?:form|args|values|asked|body|json)(?:\.get|\.getlist)?[\(\[]"(\w+)\"""")
    for folder in ("activation_core", "ivr"):
        for path in (HOUSE / folder).rglob("*.py"):
            found |= set(taken.findall(path.read_text("utf-8")))
    return sorted(found | {"CallSid", "From", "To", "Digits", "CallStatus", "DialCallStatus", "ErrorCode", "ErrorUrl"})
