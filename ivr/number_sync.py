"""What of the accounts' numbers differs from what the directory and PUBLIC_URL want. Pure: it asks nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from activation_core.access_numbers import AccessNumber, Directory, Kind, region_of
from activation_core.from_here import LOOPBACK
from ivr.account_numbers import ROUTE, AccountNumber
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
    has, `trunked` listed ones whose calls go over a SIP trunk. `misplaced` are listed ones of another account than the
    directory says; where there are `several` accounts, it should say it of each.
    """

    changes: tuple[tuple[AccountNumber, Mapping[str, str]], ...]
    unlisted: tuple[AccountNumber, ...]
    unowned: tuple[AccessNumber, ...]
    trunked: tuple[AccountNumber, ...]
    misplaced: tuple[AccountNumber, ...]
    several: bool


def compare(
    directory: Directory, found: Sequence[AccountNumber], settings: Mapping[str, str], unasked: Collection[str] = ()
) -> Difference:
    """`found` has a number once for each region of its account. `unasked` are accounts that may have further ones."""
    entries = {number.e164: number for number in directory.numbers}
    owned = {number.e164: number for number in reversed(found)}  # by the first region
    listed = [number for number in found if number is owned[number.e164] and number.e164 in entries]
    differing = ((each, _differing(each, settings)) for each in found if each.e164 in entries and not each.trunk)
    several = len({number.owner for number in found}.union(unasked)) > 1
    return Difference(
        changes=tuple((number, changes) for number, changes in differing if changes),
        unlisted=tuple(each for each in found if each is owned[each.e164] and each.e164 not in entries),
        unowned=tuple(number for number in directory.numbers if not (number.e164 in owned or _is_of(number, unasked))),
        trunked=tuple(number for number in listed if number.trunk),
        misplaced=tuple(
            each for each in listed if (said := entries[each.e164].account) != each.owner and (said or several)
        ),
        several=several,
    )


def _is_of(number: AccessNumber, accounts: Collection[str]) -> bool:
    """Whether one of these may have it."""
    return number.account in accounts if number.account else bool(accounts)


def _differing(number: AccountNumber, settings: Mapping[str, str]) -> dict[str, str]:
    expected = {**settings, ROUTE: number.region}
    return {name: expected[name] for name, value in number.settings.items() if value != expected[name]}


def entry(e164: str, locales: Iterable[str], account: str = "") -> list[str]:
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
        *([f'account = "{account}"'] if account else []),
    ]


def _made(e164: str, region: str, languages: tuple[str, ...]) -> Iterator[AccessNumber]:
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        try:
            yield AccessNumber(e164, kind, region, languages)
        except ValueError:
            continue
