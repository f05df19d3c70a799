"""Which call somebody wishes to place: read from what a page sends or what was kept, or refused in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import phonenumbers

from activation_core.access_numbers import REGIONS, AccessNumber, Directory, region_of
from ivr.simulator.carrier import Dialling
from ivr.simulator.faults import Kind
from ivr.simulator.line import INSTANT
from ivr.simulator.rehearsal import dialling, mobile, withheld
from ivr.simulator.trouble import NO_TROUBLE, TROUBLE

__all__ = ["LINE_FAULTS", "MAX_SPEED", "WITHHELD", "Wish", "wish_in"]

WITHHELD = "withheld"
MAX_SPEED = 60.0
# What can go wrong with the keys of a person, and how often: seen within a minute, and the call can still be made.
LINE_FAULTS: Mapping[Kind, float] = {
    "dropped": 0.1,
    "doubled": 0.1,
    "mistyped": 0.1,
    "transposed": 0.1,
    "slow": 0.1,
    "hung_up": 1.0,
}

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")


@dataclass(frozen=True)
class Wish:
    """`caller` is a number, "withheld", or None: a mobile of the region. A speed of INSTANT jumps.

    `line_faults` are what goes wrong with keys, `desk_fault` what is wrong with the desk of this one call.
    """

    number: AccessNumber
    region: str
    caller: str | None
    speed: float
    line_faults: tuple[Kind, ...] = ()
    desk_fault: str = NO_TROUBLE

    def dialling(self, call_sid: str) -> Dialling:
        """What the carrier knows of it: the country is that of the number; who withholds one withholds both."""
        known = replace(dialling(self.region, self.number.e164, "", mobile(self.region)), call_sid=call_sid)
        match self.caller:
            case None:
                return known
            case "withheld":
                return withheld(known)
            case number:
                return replace(known, caller=number, caller_country=_country_of(number))

    def as_json(self) -> dict[str, Any]:
        """As `wish_in` reads it, and as it is kept with the call."""
        return {
            "dialled": self.number.e164,
            "caller_region": self.region,
            "caller": self.caller,
            "speed": "instant" if self.speed == INSTANT else self.speed,
            "line_faults": list(self.line_faults),
            "desk_fault": self.desk_fault,
        }


def _country_of(number: str) -> str:
    """As the number tells; of a number that nobody has, the first country of its code. '' where it has none."""
    try:
        code = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        return ""
    region = region_of(number) or phonenumbers.region_code_for_country_code(code or 0)
    return region if region in REGIONS else ""


def wish_in(told: Mapping[str, Any], directory: Directory) -> Wish:
    """ValueError says which part cannot be understood and what is expected there."""
    return Wish(
        _number(told.get("dialled"), directory),
        _region(told.get("caller_region")),
        _caller(told.get("caller")),
        _speed(told.get("speed", 1)),
        _line_faults(told.get("line_faults", [])),
        _desk_fault(told.get("desk_fault", NO_TROUBLE)),
    )


def _number(dialled: object, directory: Directory) -> AccessNumber:
    number = directory.find(dialled) if isinstance(dialled, str) else None
    if number is None:
        raise ValueError("dialled: expected a number of the directory, such as +18005550199.")
    return number


def _region(region: object) -> str:
    if not isinstance(region, str) or region not in REGIONS:
        raise ValueError("caller_region: expected the two letters of a country or region, such as DE.")
    return region


def _caller(caller: object) -> str | None:
    """The two letters of a country stand for a number there."""
    match caller:
        case None | "withheld":
            return caller
        case str() if caller in REGIONS and (number := dialling(caller, "", "").caller).startswith("+"):
            return number
        case str() if _E164.fullmatch(caller):
            return caller
    raise ValueError(f'caller: expected a number such as +4930123456, a country such as GB, or "{WITHHELD}".')


def _speed(speed: object) -> float:
    if speed == "instant":
        return INSTANT
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= MAX_SPEED:
        raise ValueError(f'speed: expected a number from 0.25 to {MAX_SPEED:g}, or "instant".')
    return float(speed)


def _line_faults(told: object) -> tuple[Kind, ...]:
    if not isinstance(told, list) or any(each not in list(LINE_FAULTS) for each in told):
        raise ValueError(f"line_faults: expected a list of {', '.join(LINE_FAULTS)}.")
    return tuple(told)


def _desk_fault(told: object) -> str:
    if told == NO_TROUBLE:
        return NO_TROUBLE
    if not isinstance(told, str) or not TROUBLE.fullmatch(told):
        raise ValueError('desk_fault: expected what a scripted call can be given, such as "the desk is down".')
    return told
