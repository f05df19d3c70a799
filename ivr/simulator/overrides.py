"""How a request is to be made, as its address says behind the hash sign: connection overrides.

Documented: ct, rt, tt (milliseconds), rc, rp, e, sni, their ranges and defaults (but not that of rp), and error
11243 for an rp that cannot be read. Inferences: rp is `ct` where none is given (other carriers' copies);
`ct` means every failure to connect; a number out of its range counts as the default; e and sni choose
Twilio's own network and change nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ivr.simulator.carrier_errors import Problem

__all__ = ["KNOWN", "Overrides", "overrides_in"]

KNOWN = frozenset({"ct", "rt", "tt", "rc", "rp", "e", "sni"})
_RANGES: Mapping[str, tuple[int, int, int]] = {  # least, most, default
    "ct": (100, 10_000, 5_000),
    "rt": (100, 15_000, 15_000),
    "tt": (100, 15_000, 15_000),
    "rc": (0, 5, 1),
}
_POLICIES = frozenset({"4xx", "5xx", "ct", "rt", "all"})
_DEFAULT_POLICY = "ct"
_CONNECTING = frozenset({11201, 11202, 11205, 11210, 11220, 11235, 11236, 11237})
_TOO_LATE = frozenset({11200})


@dataclass(frozen=True)
class Overrides:
    """Seconds to connect, to be answered, and for all attempts together; how often to retry, and what."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({_DEFAULT_POLICY})

    def retry(self, outcome: int | Problem) -> bool:
        """Is this status, or this failure, worth another attempt?"""
        match outcome:
            case Problem(code):
                kinds = {"ct"} if code in _CONNECTING else {"rt"} if code in _TOO_LATE else set()
            case status:
                kinds = {f"{status // 100}xx"} & _POLICIES
        return bool(kinds) and ("all" in self.policy or not kinds.isdisjoint(self.policy))


def overrides_in(url: str) -> Overrides | Problem:
    """The overrides of this address; a Problem if its retry policy cannot be read."""
    try:
        given = dict(parse_qsl(urlsplit(url).fragment))
    except ValueError:
        return Overrides()  # no address at all: whoever asks for it will say so
    policy = frozenset(given.get("rp", _DEFAULT_POLICY).split(","))
    if not policy <= _POLICIES:
        return Problem(11243, f"rp={given['rp']}")
    ct, rt, tt, rc = (_number(given, name) for name in _RANGES)
    return Overrides(ct / 1000, rt / 1000, tt / 1000, rc, policy)


def _number(given: Mapping[str, str], name: str) -> int:
    least, most, default = _RANGES[name]
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and least <= int(text) <= most else default
