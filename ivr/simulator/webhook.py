"""One webhook request as Twilio makes it, and what its answer is worth. No call, no clock, no verbs.

Documented or captured: the parameters, the headers, the signature, cookies, the content types, 64 kB, 15
seconds, ten redirects, and that `Digits` is not sent again after a redirect.
Inferences: a redirect turns every method into GET and keeps the call's own parameters; words are dropped
with the digits; each request of a redirect has an idempotency token of its own; an empty body is error 11770
whether or not it came in chunks; a file to be played is asked for without the call's parameters.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from ivr.simulator.carrier_errors import Problem
from ivr.simulator.document import Document, Method, Play, Read, Say, parse
from ivr.simulator.overrides import Overrides
from ivr.simulator.signature import sign
from ivr.simulator.speech_time import Spoken

__all__ = [
    "MAX_BODY",
    "MAX_REDIRECTS",
    "Clock",
    "Dialling",
    "Target",
    "body_text",
    "compose",
    "document_in",
    "parameters",
    "resolve",
    "send",
    "shown",
    "too_late",
]

MAX_REDIRECTS = 10
MAX_BODY = 64 * 1024

Clock = Callable[[], float]

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",
    "Cache-Control": "max-age=259200",
    "User-Agent": "TwilioProxy/1.1",
    "X-Home-Region": "us1",
}
_FORM_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass(frozen=True)
class Dialling:
    """What is known of a call before it is answered. Unknown places are sent empty, as captured."""

    caller: str
    dialled: str
    call_sid: str
    account_sid: str
    caller_country: str = ""
    dialled_country: str = ""
    caller_city: str = ""
    caller_state: str = ""
    caller_zip: str = ""
    dialled_city: str = ""
    dialled_state: str = ""
    dialled_zip: str = ""
    direction: str = "inbound"
    caller_name: str | None = None  # sent where the number looks names up
    forwarded_from: str | None = None
    verification: str | None = None  # StirVerstat
    passport: str | None = None  # StirPassportToken
    parent_call_sid: str | None = None
    call_token: str | None = None
    add_ons: str | None = None  # JSON, where the number has any


@dataclass(frozen=True)
class Target:
    """Where the call asks next, why, and what it sends beside the call's own parameters; `alone`: instead of them."""

    url: str
    method: Method
    why: str
    extra: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    def redirected(self, response: httpx.Response) -> "Target":
        """Where a 3xx answer leads: a GET that no longer knows the keys."""
        return replace(
            self,
            url=resolve(self.url, response.headers["location"]),
            method="GET",
            extra={name: value for name, value in self.extra.items() if name not in _OF_A_GATHER},
        )


_OF_A_GATHER = frozenset({"Digits", "FinishedOnKey", "msg", "SpeechResult", "Confidence"})


def resolve(current: str, url: str) -> str:
    """What `url` means in the current document; an address that is none stays, for `compose` to refuse."""
    try:
        return urljoin(current, url)
    except ValueError:
        return url


def parameters(dialling: Dialling, status: str, extra: Mapping[str, str]) -> dict[str, str]:
    """What every request about this call says, in alphabetical order as captured."""
    known = {
        "AccountSid": dialling.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": dialling.call_sid,
        "CallStatus": status,
        "Direction": dialling.direction,
        **_end_of_line(("From", "Caller"), dialling.caller, _caller_place(dialling)),
        **_end_of_line(("To", "Called"), dialling.dialled, _dialled_place(dialling)),
        **_conditional(dialling),
        **extra,
    }
    return dict(sorted(known.items()))


def _end_of_line(names: tuple[str, str], number: str, place: Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(names, number) | {name + part: value for name in names for part, value in place.items()}


def _caller_place(dialling: Dialling) -> dict[str, str]:
    return {
        "City": dialling.caller_city,
        "State": dialling.caller_state,
        "Zip": dialling.caller_zip,
        "Country": dialling.caller_country,
    }


def _dialled_place(dialling: Dialling) -> dict[str, str]:
    return {
        "City": dialling.dialled_city,
        "State": dialling.dialled_state,
        "Zip": dialling.dialled_zip,
        "Country": dialling.dialled_country,
    }


def _conditional(dialling: Dialling) -> dict[str, str]:
    candidates = {
        "CallerName": dialling.caller_name,
        "ForwardedFrom": dialling.forwarded_from,
        "CalledVia": dialling.forwarded_from,
        "StirVerstat": dialling.verification,
        "StirPassportToken": dialling.passport,
        "ParentCallSid": dialling.parent_call_sid,
        "CallToken": dialling.call_token,
        "AddOns": dialling.add_ons,
    }
    return {name: value for name, value in candidates.items() if value is not None}


# -- out -----------------------------------------------------------------------------------------------


def compose(
    client: httpx.Client,
    target: Target,
    params: Mapping[str, str],
    *,
    auth_token: str | None,
    idempotency_token: str,
) -> httpx.Request | Problem:
    """The signed request, with the client's cookies; a Problem if the URL is none."""
    pairs = list(params.items())
    try:
        url = _address(target.url, pairs if target.method == "GET" else [])
    except (httpx.InvalidURL, ValueError) as error:
        return Problem(11100, f"{target.url}: {error}")
    form = pairs if target.method == "POST" else []
    headers = {**_HEADERS, "I-Twilio-Idempotency-Token": idempotency_token}
    if auth_token is not None:
        headers["X-Twilio-Signature"] = sign(auth_token, str(url), form)
    if target.method == "GET":
        return client.build_request("GET", url, headers=headers)
    headers["Content-Type"] = _FORM_TYPE
    return client.build_request("POST", url, content=urlencode(form).encode("ascii"), headers=headers)


def _address(url: str, query: list[tuple[str, str]]) -> httpx.URL:
    """The URL as it is requested and signed: no fragment (that holds connection overrides), always a path."""
    parts = urlsplit(url)  # refuses what httpx would mend, as half a bracket
    both = "&".join(filter(None, (parts.query, urlencode(query))))
    address = httpx.URL(parts._replace(path=parts.path or "/", query=both, fragment="").geturl())
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError("not an http or https address")
    return address


def shown(url: httpx.URL) -> str:
    """The URL for people: without the password that it may hold."""
    return str(url.copy_with(userinfo=b""))


def send(
    client: httpx.Client, request: httpx.Request, overrides: Overrides, left: float, clock: Clock
) -> httpx.Response | Problem:
    """The answer, read to its end and not yet judged; a Problem if there is none within `left` seconds."""
    read = min(overrides.read, left)
    request.extensions["timeout"] = httpx.Timeout(read, connect=min(overrides.connect, left)).as_dict()
    until = clock() + left
    try:
        with closing(client.send(request, stream=True, follow_redirects=False)) as response:
            return _whole(response, until, clock) or too_late(overrides, left, request.url)
    except httpx.ReadTimeout:
        return too_late(overrides, left, request.url)
    except httpx.RequestError as error:
        return Problem(_code_of(error), f"{shown(request.url)}: {error or type(error).__name__}")


def _whole(response: httpx.Response, until: float, clock: Clock) -> httpx.Response | None:
    """The answer with its body; None if that does not come to its end in time."""
    chunks = []
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        if clock() > until:
            return None
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_WIRE]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(chunks), request=response.request)


_OF_THE_WIRE = (b"content-encoding", b"content-length", b"transfer-encoding")


def too_late(overrides: Overrides, left: float, url: httpx.URL) -> Problem:
    """The error of an answer that did not come in time: the total is used up before one answer's time is, or not."""
    code, seconds = (11203, overrides.total) if left < overrides.read else (11200, overrides.read)
    return Problem(code, f"{shown(url)}: no answer within {seconds:g} seconds")


_CODES_OF_CAUSES: tuple[tuple[type[BaseException], int], ...] = (
    (ConnectionRefusedError, 11202),
    (socket.gaierror, 11210),
    (ssl.SSLError, 11220),
    (httpx.ConnectTimeout, 11201),
    (httpx.ProtocolError, 11206),
    (httpx.DecodingError, 11206),
    (httpx.UnsupportedProtocol, 11100),
    (httpx.TimeoutException, 11200),
)


_CERTIFICATES = {62: 11235, 10: 11236}  # OpenSSL's host name mismatch and certificate has expired


def _code_of(error: httpx.RequestError) -> int:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATES.get(getattr(cause, "verify_code", 0), 11237)
    return next((code for kind, code in _CODES_OF_CAUSES if any(isinstance(cause, kind) for cause in causes)), 11205)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# -- back ----------------------------------------------------------------------------------------------


def document_in(response: httpx.Response) -> Document | Problem:
    """What the answer tells the carrier to play."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if problem := _unusable(response, kind):
        return problem
    match kind:
        case "text/xml" | "application/xml" | "text/html":
            return parse(body_text(response))
        case "text/plain":
            document = parse(body_text(response))
            return _read_aloud(response) if isinstance(document, Problem) else document
        case _ if kind.startswith("audio/"):
            return Document((Read(Play(str(response.url))),))
        case _:
            return Problem(12300, f"content type {kind}")


def _unusable(response: httpx.Response, kind: str) -> Problem | None:
    if not response.is_success:
        return Problem(11200, f"status {response.status_code}")
    if not response.content:
        return Problem(11770, "the body is empty")
    if len(response.content) > MAX_BODY and not kind.startswith("audio/"):
        return Problem(11750, f"{len(response.content)} bytes")
    if not kind:
        return Problem(11200, "no Content-Type, which the carrier takes for status 502")
    return None


def _read_aloud(response: httpx.Response) -> Document:
    return Document((Read(Say((Spoken(body_text(response)),))),))


def body_text(response: httpx.Response) -> str:
    """The body in words, with the charset of the header, else of the XML declaration, else UTF-8."""
    declared = re.match(rb"<\?xml[^>]*\bencoding=[\"']([\w.-]+)[\"']", response.content)
    charset = response.charset_encoding or (declared[1].decode("ascii") if declared else "utf-8")
    try:
        return response.content.decode(charset, errors="replace")
    except LookupError:  # an unknown charset: the parser will complain about what matters
        return response.content.decode("utf-8", errors="replace")
