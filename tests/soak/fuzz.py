"""Mutated input for every parser and every route: none may raise more than it declares, or answer with a 5xx.

    python tests/soak/fuzz.py [COUNT] [SEED]

A parser may refuse with its own error. A route is asked in this process, so a million inputs take minutes; webhooks
carry the carrier's signature, the desk's forms their session and token, so that what is mutated gets past the door.
Prints inputs per second and each defect once, with its seed; exit status 1 where there is one.
"""

from __future__ import annotations

import json
import logging
import random
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from flask.testing import FlaskClient  # noqa: E402
from twilio.request_validator import RequestValidator  # noqa: E402

import app  # noqa: E402
from activation_core import blocks, codes, confirmation_id, installation_id, products  # noqa: E402
from activation_core.access_numbers import Directory  # noqa: E402
from activation_core.codes import Kind  # noqa: E402
from activation_core.installation_id import Malformed, Operation  # noqa: E402
from activation_core.machine import backup, cal_store, kept_file  # noqa: E402
from activation_core.machine.kept_file import Damaged  # noqa: E402
from activation_core.machine.simulated_hardware import SimulatedHardware  # noqa: E402
from activation_core.mistyped import Mistyped  # noqa: E402
from ivr import signed_form, wording  # noqa: E402
from ivr.call_cookie import CallCookie  # noqa: E402
from ivr.dialogue import Call  # noqa: E402
from ivr.simulator import scenario  # noqa: E402
from ivr.simulator.scenario import Unreadable  # noqa: E402

TOKEN, PUBLIC, PASSWORD = "a token of this run", "https://activation.example", "correct horse battery"
NASTY = [
    *["", " ", "\0", "\n", "\r\n", "\u2028", "\ufeff", "\u202e", "\ud7ff", "é", "٣", "\U0001d7dc", "²", "½", "ß", "İ"],
    *[
        "%",
        "%00",
        "%ff",
        "..",
        "../",
        "/",
        "//",
        "\\",
        "'",
        '"',
        "<",
        ">",
        "&",
        "{",
        "}",
        "{0}",
        "{x!r}",
        "[",
        "]",
        "[::1",
    ],
    *[
        "-1",
        "0",
        "1",
        "007",
        "1e999",
        "99999999999999999999",
        "9" * 400,
        "NaN",
        "null",
        "true",
        "*",
        "#",
        "+",
        ";",
        "=",
    ],
    *["A" * 3000, ":", ":99999", "@", "not a date", "2026-02-30", "0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00"],
]
PLACES = ["confirm", "add", "transfer", "back-up", "restore", "pages.css", "style.css", "welcome"]  # of pages and calls
VALUES: list[Any] = [None, True, -1, 0, 10**30, 1.5, "", "x", [], {}, [[]], {"": ""}, "2026-02-30", "\0", float("inf")]
# A call whose cookie is lost, that has no name or stands at no step, and a carrier that says it fell back, are told of
# in the log and go on to a person.
FORESEEN = (
    *[
        f"a defect in a call: {what}"
        for what in ("KeyError in call_so_far", "KeyError in incoming", "ValueError in advance")
    ],
    "the carrier fell back",
)
SESSION = 200  # requests
ROUTES_IN_TEN = 1  # requests among ten inputs: each takes as long as a hundred parsers


@dataclass
class Found:
    """How many inputs of each kind, how many were refused, and each defect once."""

    inputs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)  # of routes, by status
    defects: dict[str, str] = field(default_factory=dict)  # the first input by what went wrong
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        for name, number in sorted(self.inputs.items()):
            yield f"{number:>9} {name}" + (f", refused {self.refused[name]}" if self.refused[name] else "")
        yield "answers of routes: " + ", ".join(f"{n} times {status}" for status, n in sorted(self.answers.items()))
        total = self.inputs.total()
        yield f"{total} inputs in {self.seconds:.1f} s, {total / self.seconds:.0f} a second"
        yield f"5xx: {sum(n for status, n in self.answers.items() if status >= 500)}; defects: {len(self.defects)}"
        for what, asked in self.defects.items():
            yield f"  {what}\n    first: {asked}"


class Mutator:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text(self, seeds: Sequence[str]) -> str:
        """One of these, changed in a few places; sometimes spliced with another, or something else altogether."""
        chance = self.chance
        text = chance.choice(seeds)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
            at, to = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
            match chance.randrange(6):
                case 0:
                    text = text[:at] + chance.choice(NASTY) + text[at:]
                case 1:
                    text = text[:at] + chance.choice(NASTY) + text[min(to, at + 8) :]
                case 2:
                    text = text[:at] + text[min(to, at + 8) :]
                case 3:
                    text = text[:to] + text[at:][:2000]
                case 4:
                    text = (
                        text[:at]
                        + chr(chance.choice((chance.randrange(128), chance.randrange(0xD800))))
                        + text[at + 1 :]
                    )
                case _:
                    text = text[:at] + chance.choice(seeds)[at:]
        return text

    def table(self, table: Any) -> Any:
        """A copy of which one value, or key, somewhere is another."""
        chance = self.chance
        if chance.random() < 0.1 or not isinstance(table, dict | list) or not table:
            return self.text([table]) if isinstance(table, str) and chance.random() < 0.7 else chance.choice(VALUES)
        place = chance.choice(list(table) if isinstance(table, dict) else range(len(table)))
        changed = table.copy()
        match chance.randrange(8):
            case 0:
                del changed[place]
            case 1 if isinstance(changed, dict):
                changed[self.text([place])] = changed.pop(place)
            case 1:
                changed.append(table[place])
            case _:
                changed[place] = self.table(table[place])
        return changed

    def whole(self, table: dict[str, Any]) -> dict[str, Any]:
        """As `table`, and a table it remains, as every TOML file is one."""
        changed = self.table(table)
        return changed if isinstance(changed, dict) else {}


Parse = Callable[[Any], object]


@dataclass(frozen=True)
class Parser:
    name: str
    parse: Parse
    refusals: tuple[type[Exception], ...]
    draw: Callable[[Mutator], Any]
    weight: float = 1


def parsers(folder: Path) -> list[Parser]:
    key = codes.issue(Kind.PRODUCT_KEY, 1, 7, b"issuing")
    asked = installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1)
    confirmed = confirmation_id.sign(4711, asked, key, 0)
    ids, confirmations = (
        [asked.digits, " ".join(asked.blocks), "1" * 49],
        [confirmed.digits, " ".join(confirmed.blocks)],
    )
    scenarios = [path.read_text("utf-8") for path in sorted(HOUSE.glob("data/**/*.call"))] or ["dial US\n"]
    tables = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in HOUSE.glob("data/prompts/*.toml")}
    sold, numbers = app._toml("products"), app._toml("access_numbers")
    environment = {name.upper(): "1" for name in app.Settings.__dataclass_fields__} | {"PUBLIC_URL": PUBLIC}
    form = urlencode({"CallSid": "CA1", "Digits": "12", "From": "+12125550143"})
    cookie = _cookie(folder)

    def texts(*seeds: str) -> Callable[[Mutator], str]:
        return lambda mutator: mutator.text(seeds)

    def settings(mutator: Mutator) -> dict[str, str]:
        name = mutator.chance.choice(list(environment))
        return environment | {
            "LOG_LEVEL": "info",
            "LOCAL_PAGES": "on",
            "MESSAGING_FROM": "",
            name: mutator.text([*environment.values(), PUBLIC]),
        }

    return [
        Parser("Installation IDs", installation_id.parse, (Mistyped, Malformed), texts(*ids), 0.4),
        Parser("Confirmation IDs", confirmation_id.parse, (Mistyped,), texts(*confirmations), 0.06),
        Parser("codes", codes.parse, (ValueError,), texts(key.shown, key.text), 1),
        Parser("blocks", lambda text: blocks.salvage(text, 7), (), texts(*ids, *confirmations), 0.2),
        Parser("messages to sign", confirmation_id.key_of, (confirmation_id.NotAMessage,), _message(asked, key), 6),
        Parser("forms", lambda text: signed_form.parse(text.encode("utf-8", "replace")), (ValueError,), texts(form), 6),
        Parser("cookies of calls", cookie, (), texts(cookie.written, "", "a.b"), 6),  # type: ignore[attr-defined]
        Parser("settings", app.read_settings, (ValueError,), settings, 6),
        Parser("scenarios", lambda text: scenario.parse("fuzz", text), (Unreadable,), texts(*scenarios), 4),
        Parser("products", products.parse, (ValueError,), lambda mutator: mutator.whole(sold), 5),
        Parser("access numbers", Directory.parse, (ValueError,), lambda mutator: mutator.whole(numbers), 0.3),
        Parser(
            "prompt books",
            lambda drawn: wording.parse(*drawn),
            (ValueError,),
            lambda mutator: (name := mutator.chance.choice(list(tables)), mutator.whole(tables[name])),
            0.1,
        ),
        *_kept_files(folder),
    ]


def _message(asked: installation_id.InstallationId, key: codes.Code) -> Callable[[Mutator], bytes]:
    right = confirmation_id.message(asked, key, 0)

    def draw(mutator: Mutator) -> bytes:
        changed = bytearray(right)
        for _ in range(mutator.chance.randrange(4)):
            changed[mutator.chance.randrange(len(changed))] = mutator.chance.randrange(256)
        return bytes(changed[: mutator.chance.choice((48, 48, 48, 47, 0))])

    return draw


def _cookie(folder: Path) -> Parse:
    """Reads the call's cookie as a webhook does."""
    cookie = CallCookie([b"secret"], "/voice", False)

    def read(value: str) -> object:
        return cookie.read(f"call={value}")

    header = cookie.write(Call("enter_id", {"id": "1" * 49}, 1))
    read.written = header.partition("=")[2].partition(";")[0]  # type: ignore[attr-defined]
    return read


def _kept_files(folder: Path) -> Iterator[Parser]:
    """Files of the machine and backups: whole ones that were changed, and sealed ones of another content."""
    path = folder / "kept.json"
    kinds: Mapping[str, tuple[Any, Any]] = {
        "hardware": (SimulatedHardware, SimulatedHardware("lab-bench", {"disk": "x"})),
        "licences given up": (cal_store.GivenUp, cal_store.GivenUp(frozenset({1}))),
        kept_file.BACKUP: (backup.Backup, backup.Backup(1, app.now(), ())),
    }
    for what, (kind, value) in kinds.items():
        kept_file.write_to(path, value, what)
        whole = json.loads(path.read_text("utf-8"))

        def draw(mutator: Mutator, whole: dict[str, Any] = whole) -> str:
            if mutator.chance.random() < 0.5:
                return mutator.text([json.dumps(whole)])
            changed = {key: value for key, value in whole.items() if key != "seal"}
            changed["kept"] = mutator.table(changed["kept"])
            return json.dumps(changed | {"seal": kept_file._seal(changed)})

        def read(text: str, kind: Any = kind, what: str = what) -> object:
            path.write_text(text, "utf-8")
            return kept_file.read_from(path, kind, what)

        yield Parser(f"files: {what}", read, (Damaged,), draw, 0.5)


class Routes:
    """The whole application in this process, with everything that is needed to get past its doors."""

    def __init__(self, folder: Path, mutator: Mutator) -> None:
        self._settings = app.Settings(
            calls_file=f"{folder}/calls.db",
            database_url=f"sqlite:///{folder}/clearinghouse.db",
            key_folder=f"{folder}/keys",
            local_pages="on",
            machine_folder=f"{folder}/machine",
            machine_profile="lab-bench",
            operator_number="+12125550143",
            public_url=PUBLIC,
            site_folder=f"{folder}/site",
            speech="off",
            speech_folder=f"{folder}/speech",
            twilio_auth_token=TOKEN,
        )
        self._mutator, self._validator = mutator, RequestValidator(TOKEN)
        parts = app.Parts(self._settings)
        parts.staff.accounts.add("ada", PASSWORD, "terminal", app.now())
        codes_ = parts.desk.issue(1, 20, parts.products[1].terms[0], random.Random(1).randrange, app.now())
        ids = [installation_id.make(Operation.ACTIVATE, code, 0, 0x11111111, 0) for code in codes_]
        self._texts = [
            *(code.shown for code in codes_),
            *(each.digits for each in ids),
            "US",
            "en-US",
            "CA1",
            "enter_id",
            *PLACES,
        ]
        parts.records.store.close()
        web = app.create_app(self._settings)
        self._rules = [rule for rule in web.url_map.iter_rules() if rule.rule != "/phone/calls/<call_id>/events"]
        self._fields = _names_of_fields()
        self.client: FlaskClient = web.test_client()
        self._sign_in()

    def _sign_in(self) -> None:
        signed_in = self.client.post(
            "/desk/sign-in", base_url=PUBLIC, data={"name": "ada", "password": PASSWORD}, headers={"Origin": PUBLIC}
        )
        desk = self.client.get("/desk", base_url=PUBLIC).get_data(as_text=True)
        self._form_token = desk.partition('name="form_token" value="')[2].partition('"')[0]
        if signed_in.status_code != 303 or not self._form_token:
            raise RuntimeError("nobody could sign in at the desk")
        self._asked = 0

    def _of_desk(self) -> str:
        return "; ".join(f"{c.key}={c.value}" for c in self.client._cookies.values())

    def ask(self) -> tuple[str, int]:
        """One request, in words, and the status of its answer."""
        if self._asked >= SESSION:  # one of them may have signed out
            self._sign_in()
        self._asked += 1
        chance, text = self._mutator.chance, self._mutator.text
        rule = chance.choice(self._rules)
        methods = sorted(rule.methods or {"GET"})
        method = (
            chance.choice(methods)
            if chance.random() < 0.95
            else chance.choice(("PUT", "PATCH", "DELETE", "TRACE", "X"))
        )
        path = "".join(
            quote(text(self._texts) if chance.random() < 0.5 else chance.choice(self._texts), safe="")
            if is_dynamic
            else part
            for is_dynamic, part in rule._trace
            if part != "|"
        )
        query = urlencode(self._fields_drawn(), errors="replace") if chance.random() < 0.5 else ""
        form = {**self._fields_drawn(), "form_token": self._form_token}
        form |= {"CallSid": "CA1"} if chance.random() < 0.9 else {}
        here = chance.random() < 0.5  # as this machine, which alone may see most pages
        origin = "http://127.0.0.1:8000" if here and not path.startswith("/desk") else PUBLIC
        headers = {"Origin": origin, "Cookie": self._of_desk()}
        if path.startswith("/voice"):
            if chance.random() < 0.95:
                signed = PUBLIC + path + (f"?{query}" if query else "")
                headers["X-Twilio-Signature"] = self._validator.compute_signature(signed, form)
            headers["I-Twilio-Idempotency-Token"] = text(self._texts)
        if chance.random() < 0.2:
            name = chance.choice(
                [
                    "Host",
                    "Origin",
                    "Accept-Language",
                    "Cookie",
                    "Content-Type",
                    "Range",
                    "If-Modified-Since",
                    "X-Forwarded-For",
                    "Authorization",
                    "X-Twilio-Signature",
                    "If-None-Match",
                    "Referer",
                    "Content-Length",
                    "Sec-Fetch-Site",
                ]
            )
            headers[name] = text([headers.get(name, ""), "bytes=0-1", "de;q=0.5", "Bearer x", *self._texts[-3:]])
        body: dict[str, Any] = {}
        if method not in ("GET", "HEAD", "OPTIONS"):
            match chance.randrange(4):
                case 0:
                    body = {"json": self._mutator.table(form)}
                case 1:
                    body = {"data": text([urlencode(form), json.dumps(form)]).encode("utf-8", "replace")}
                case _:
                    body = {"data": form}
        headers = {name: re.sub(r"[\r\n]", "", value).encode().decode("latin-1") for name, value in headers.items()}
        told = f"{method} {path}?{query} {headers} {body}"
        response = self.client.open(path, method=method, base_url=origin, query_string=query, headers=headers, **body)
        status = response.status_code
        response.close()
        return told, status

    def _fields_drawn(self) -> dict[str, str]:
        chance = self._mutator.chance
        return {chance.choice(self._fields): self._mutator.text(self._texts) for _ in range(chance.randrange(5))}


def _names_of_fields() -> list[str]:
    """All that the code takes out of a form, a query or a body."""

    found = set[str]()
    for folder in ("activation_core", "ivr"):
        for path in (HOUSE / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            found |= set(
                re.findall(r"""(?:form|args|values|asked|body|json)(?:\.get|\.getlist)?[\(\[]"(\w+)\"""", text)
            )
    return sorted(found | {"CallSid", "From", "To", "Digits", "CallStatus", "DialCallStatus", "ErrorCode", "ErrorUrl"})


class _Logged(logging.Handler):
    """The defects that a log tells of, where an answer may hide them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(FORESEEN):
            return
        error = record.exc_info[1] if record.exc_info else None
        self.told.append(f"logged {record.getMessage()[:80]}: {_where(error)}")


def _where(error: BaseException | None) -> str:
    if error is None:
        return ""
    trace = error.__traceback__
    places = []
    while trace:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' '.join(places[-3:])}: {str(error)[:100]}"


def play(count: int, seed: int) -> Found:
    found, mutator = Found(), Mutator(random.Random(seed))
    chance = mutator.chance
    with tempfile.TemporaryDirectory() as name:
        all_parsers = parsers(Path(name))
        routes, logged = Routes(Path(name), mutator), _Logged()
        logging.getLogger().addHandler(logged)
        weights = [each.weight for each in all_parsers]
        began = time.monotonic()
        try:
            for number in range(count):
                if number % 10 < ROUTES_IN_TEN:
                    _ask(routes, logged, found)
                else:
                    (parser,) = chance.choices(all_parsers, weights)
                    _parse(parser, parser.draw(mutator), found)
        finally:
            logging.getLogger().removeHandler(logged)
        found.seconds = time.monotonic() - began
    return found


def _parse(parser: Parser, drawn: Any, found: Found) -> None:
    found.inputs[parser.name] += 1
    try:
        parser.parse(drawn)
    except parser.refusals as refusal:
        if isinstance(refusal, UnicodeError):
            found.defects.setdefault(f"{parser.name}: {_where(refusal)}", repr(drawn)[:400])
        found.refused[parser.name] += 1
    except Exception as error:
        found.defects.setdefault(f"{parser.name}: {_where(error)}", repr(drawn)[:400])


def _ask(routes: Routes, logged: _Logged, found: Found) -> None:
    found.inputs["requests"] += 1
    logged.told.clear()
    told, status = routes.ask()
    found.answers[status] += 1
    if status >= 500:
        found.defects.setdefault(f"status {status} {' '.join(logged.told) or told.split('?')[0]}", told[:600])
    for each in logged.told:
        found.defects.setdefault(each, told[:600])


if __name__ == "__main__":
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    result = play(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, seed)
    print("\n".join(result.lines()))
    sys.exit(bool(result.defects))
