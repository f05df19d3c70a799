"""Calls to tiny voice applications, for the tests of the carrier: what one dials, what one presses, what is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from flask import Flask, Request, Response, request

from ivr.simulator.carrier import Carrier, Dialling, Event, as_json
from ivr.simulator.line import Decide, ScriptedLine, Words

TOKEN = "12345"
HERE = "https://voice.example"
CALL = Dialling(
    caller="+14158675309",
    dialled="+18005551212",
    call_sid="CA1234567890abcdef1234567890abcdef",
    account_sid="AC1234567890abcdef1234567890abcdef",
)
END = "<Hangup/>"

Page = str | Callable[[Request], Any]


def twiml(verbs: str) -> Response:
    return Response(f"<Response>{verbs}</Response>", content_type="text/xml")


@dataclass
class Played:
    """A call that is over: what happened, and what the application was asked."""

    events: tuple[Event, ...]
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [as_json(event) for event in self.events if event.kind in kinds]

    def one(self, kind: str) -> dict[str, Any]:
        (event,) = self.of(kind)
        return event

    def said(self) -> list[str]:
        return [event["text"] for event in self.of("say")]

    def paths(self) -> list[str]:
        return [asked["path"] for asked in self.asked]

    def codes(self, *kinds: str) -> list[int]:
        return [event["code"] for event in self.of(*kinds or ("warning", "error"))]

    @property
    def end(self) -> tuple[str, str, str]:
        event = self.one("end")
        return event["by"], event["why"], event["status"]


def application(pages: Mapping[str, Page], asked: list[Mapping[str, Any]]) -> Flask:
    """A voice application: verbs for each path, or a view; it remembers what it was asked."""
    app = Flask(__name__)
    app.secret_key = "known to nobody"

    @app.route("/", methods=["GET", "POST"])
    @app.route("/<path:_>", methods=["GET", "POST"])
    def answer(_: str = "") -> Any:
        asked.append(
            {
                "method": request.method,
                "path": request.path,
                "form": request.form.to_dict(),
                "query": request.args.to_dict(),
                "headers": dict(request.headers),
                "url": request.url,
            }
        )
        page = pages[request.path]
        return twiml(page) if isinstance(page, str) else page(request)

    return app


def call(
    pages: Mapping[str, Page] | str,
    decide: Decide = lambda _: None,
    *,
    dialling: Dialling = CALL,
    **options: Any,
) -> Played:
    """Call an application in process; `/voice` is its number."""
    asked: list[Mapping[str, Any]] = []
    app = application({"/voice": pages} if isinstance(pages, str) else pages, asked)
    transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
    options = {"auth_token": TOKEN, "voice_url": f"{HERE}/voice"} | options
    with httpx.Client(transport=transport) as client:
        return Played(Carrier(client, **options).place(dialling, ScriptedLine(decide)), asked)


def press(keys: str, *, on: str = "listen", after: float = 0.1, gap: float = 0.1) -> Decide:
    """A caller who presses these keys at the first such event, the first one `after` it."""
    left = [keys]

    def decide(event: Event) -> list[tuple[float, str]] | None:
        if event.kind != on or not left:
            return None
        return [(after + gap * n, key) for n, key in enumerate(left.pop())]

    return decide


def hang_up(*, on: str, after: float = 0.0) -> Decide:
    return lambda event: [(after, "hangup")] if event.kind == on else None


def gathering(attributes: str = "", prompts: str = "", after: str = "<Say>silent</Say>") -> dict[str, Page]:
    gather = f'<Gather action="/keys" {attributes}>{prompts}</Gather>'
    return {"/voice": gather + after, "/keys": END}


def say(text: str, *, on: str = "listen", after: float = 0.1) -> Decide:
    """A caller who says this at the first such event."""
    left = [text]
    return lambda event: [(after, Words(left.pop()))] if event.kind == on and left else None


def both(*callers: Decide) -> Decide:
    """All of these at once."""

    def decide(event: Event) -> list[tuple[float, str]]:
        return [step for caller in callers for step in caller(event) or ()]

    return decide
