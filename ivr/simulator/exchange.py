"""The requests of one call: made, retried, redirected, remembered; and the time they take.

A request that plays on the call takes the call's time, and what the caller does meanwhile is lost. A
callback takes none: the call does not wait for it. Fifteen seconds hold for a request with its retries.

Inferences: the ETag cache lasts as long as the call (Twilio's lasts longer, but then the same call would not
always be the same); each redirect has the whole time anew.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import httpx

from ivr.simulator.carrier_errors import OWN, Problem
from ivr.simulator.leg import UNDER_WAY, CutOff, Leg
from ivr.simulator.overrides import Overrides, overrides_in
from ivr.simulator.webhook import (
    MAX_BODY,
    MAX_REDIRECTS,
    Clock,
    Dialling,
    Target,
    body_text,
    compose,
    parameters,
    send,
    shown,
    too_late,
)

__all__ = ["Exchange", "Failed", "Fetched", "Latency", "Network"]

Latency = float | Callable[[str, float], float] | None


@dataclass(frozen=True)
class Network:
    """How requests are made; a latency of None is what they really take."""

    client: httpx.Client
    auth_token: str | None
    latency: Latency
    clock: Clock
    max_requests: int

    def took(self, url: str, measured: float) -> float:
        match self.latency:
            case None:
                return measured
            case float() | int():
                return self.latency
            case reckoned:
                return reckoned(url, measured)


@dataclass(frozen=True)
class Fetched:
    response: httpx.Response
    url: str


@dataclass(frozen=True)
class Failed:
    problem: Problem
    url: str


class Exchange:
    def __init__(self, network: Network, dialling: Dialling, leg: Leg) -> None:
        self._network = network
        self._dialling = dialling
        self._leg = leg
        self._requests = 0
        self._remembered: dict[str, httpx.Response] = {}

    def fetch(self, target: Target) -> Fetched | Failed:
        """Ask, and follow redirects to the end; the call's clock runs on."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(target, self._leg.status, takes_time=True)
            if isinstance(answer, Problem):
                return Failed(answer, target.url)
            if not answer.has_redirect_location:
                return Fetched(answer, target.url)
            target = replace(target.redirected(answer), why=f"HTTP redirect {answer.status_code}")
        return Failed(Problem(11215, f"more than {MAX_REDIRECTS}"), target.url)

    def tell(self, target: Target, status: str) -> httpx.Response | Problem:
        """A callback: no time passes for the call."""
        return self._ask(target, status, takes_time=False)

    def _ask(self, target: Target, status: str, *, takes_time: bool) -> httpx.Response | Problem:
        if takes_time and self._requests >= self._network.max_requests:
            raise CutOff(Problem(OWN, f"the call made {self._requests} requests and would not end"))
        overrides = overrides_in(target.url)
        if isinstance(overrides, Problem):
            return overrides
        params = dict(target.extra) if target.alone else parameters(self._dialling, status, target.extra)
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._dialling.call_sid}/request/{self._requests + 1}"))
        left = overrides.total
        for attempt in range(1, overrides.retries + 2):
            answer, seconds = self._attempt(target, params, token, overrides, left, attempt)
            if takes_time:
                self._leg.go_by(seconds, UNDER_WAY)
            if isinstance(answer, httpx.Response):
                answer = self._note_answer(target, answer, seconds)
            left -= seconds
            if left <= 0 or not overrides.retry(answer if isinstance(answer, Problem) else answer.status_code):
                break
        return answer

    def _attempt(
        self,
        target: Target,
        params: Mapping[str, str],
        token: str,
        overrides: Overrides,
        left: float,
        attempt: int,
    ) -> tuple[httpx.Response | Problem, float]:
        """The answer and the seconds until it came, or until it was waited for no longer."""
        network = self._network
        self._requests += 1
        request = compose(network.client, target, params, auth_token=network.auth_token, idempotency_token=token)
        url = target.url if isinstance(request, Problem) else shown(request.url)
        again = {"attempt": attempt} if attempt > 1 else {}
        self._leg.note(
            "request", why=target.why, method=target.method, url=url, params=dict(params), token=token, **again
        )
        if isinstance(request, Problem):
            return request, network.took(url, 0.0)
        self._ask_for_changes(request)
        began = network.clock()
        answer = send(network.client, request, overrides, left, network.clock)
        seconds = network.took(url, network.clock() - began)
        most = min(overrides.read, left)
        return (too_late(overrides, left, request.url), most) if seconds > most else (answer, seconds)

    # -- what is remembered ----------------------------------------------------------------------------

    def _ask_for_changes(self, request: httpx.Request) -> None:
        known = self._remembered.get(str(request.url)) if request.method == "GET" else None
        if known is None:
            return
        for given, asked in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
            if given in known.headers:
                request.headers[asked] = known.headers[given]

    def _remember(self, answer: httpx.Response) -> httpx.Response:
        """The answer that counts: of an unchanged document the one before."""
        url = str(answer.request.url)
        if answer.status_code == 304 and url in self._remembered and answer.request.method == "GET":
            return self._remembered[url]
        if answer.request.method == "GET" and answer.status_code == 200:
            if {"etag", "last-modified"} & set(answer.headers):
                self._remembered[url] = answer
            else:
                self._remembered.pop(url, None)
        return answer

    def _note_answer(self, target: Target, answer: httpx.Response, seconds: float) -> httpx.Response:
        kind = answer.headers.get("content-type", "")
        self._leg.note(
            "response",
            why=target.why,
            url=shown(answer.url),
            status=answer.status_code,
            seconds=round(seconds, 3),
            content_type=kind,
            body="" if kind.startswith("audio/") else body_text(answer)[:MAX_BODY],
        )
        return self._remember(answer)
