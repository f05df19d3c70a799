"""What of the accounts' numbers differs from what the directory and PUBLIC_URL want. Pure: it asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from activation_core.access_numbers import AccessNumber, Directory, Kind, region_of
from activation_core.from_here import LOOPBACK
from ivr.account_numbers import AccountNumber
from ivr.wording import DEFAULT_LOCALE


def wanted(public_url: str) -> Mapping[str, str]:
    """The settings of a number whose calls we answer. ValueError where Twilio cannot reach that address."""
    if urlsplit(public_url).hostname in LOOPBACK:
        raise ValueError(f"PUBLIC_URL is {public_url}, which Twilio cannot reach. Set it to your address outside.")
    voice = f"{public_url}/voice"
    return {
        "voice_application_sid": "",  # an application would win over the addresses
        "voice_url": voice,
        "voice_method": "POST",
        "voice_fallback_url": f"{voice}/fallback",
        "voice_fallback_method": "POST",
        "status_callback": f"{voice}/status",
        "status_callback_method": "POST",
    }


@dataclass(frozen=True)
class Difference:
    """`changes` are settings of numbers that the directory lists; no other number is ever touched.

    `unlisted` are numbers of an account that the directory lacks, `unowned` those of the directory that no account
    has, `trunked` listed ones whose calls go over a SIP trunk.
    """

    changes: tuple[tuple[AccountNumber, Mapping[str, str]], ...]
    unlisted: tuple[AccountNumber, ...]
    unowned: tuple[AccessNumber, ...]
    trunked: tuple[AccountNumber, ...]


def compare(directory: Directory, owned: Sequence[AccountNumber], settings: Mapping[str, str]) -> Difference:
    listed = [number for number in owned if directory.find(number.e164)]
    differing = ((number, _differing(number, settings)) for number in listed if not number.trunk)
    have = {number.e164 for number in owned}
    return Difference(
        changes=tuple((number, changes) for number, changes in differing if changes),
        unlisted=tuple(number for number in owned if number not in listed),
        unowned=tuple(number for number in directory.numbers if number.e164 not in have),
        trunked=tuple(number for number in listed if number.trunk),
    )


def _differing(number: AccountNumber, settings: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if number.settings[name] != value}


def entry(e164: str, locales: Iterable[str]) -> list[str]:
    """The lines of access_numbers.toml for it, as far as a number tells its kind and region; else why there are none.

    It is said to answer in the languages of its region and in the default one; `locales` are those that there are.
    """
    region = region_of(e164) or ""
    spoken = [locale for locale in locales if locale.endswith(f"-{region}") and locale != DEFAULT_LOCALE]
    number = next(_made(e164, region, (*spoken, DEFAULT_LOCALE)), None)
    if number is None:
        return [f"# {e164} cannot be entered by itself: see the head of the file for what an entry needs."]
    languages = ", ".join(f'"{locale}"' for locale in number.languages)
    return [
        "[[number]]",
        f'e164 = "{number.e164}"',
        f'kind = "{number.kind}"',
        f'region = "{number.region}"',
        f"languages = [{languages}]",
    ]


def _made(e164: str, region: str, languages: tuple[str, ...]) -> Iterator[AccessNumber]:
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        try:
            yield AccessNumber(e164, kind, region, languages)
        except ValueError:
            continue
