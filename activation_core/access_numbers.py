"""Which number a caller rings to activate: country or region in, access number out, toll-free if possible.

Pure: it is handed the parsed table (`data/access_numbers.toml`) and asks phonenumbers how numbers are built
and written. It reads no file, knows no names of countries (`region_names` does), and cannot know whether
anybody answers: a number that is wrong in the world but well formed passes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

Kind = Literal["toll-free", "universal-freephone", "toll"]
Why = Literal["toll-free", "universal-freephone", "toll", "nearest", "web-form"]

# ISO 3166-1 alpha-2 (249 codes), and XK: user-assigned, but Kosovo has had a calling code, +383, since 2016.
_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
    YE YT ZA ZM ZW
"""
REGIONS = frozenset(_CODES.split())

UNIVERSAL = "001"  # how phonenumbers, after UN M49, calls "the whole world"
_UNIVERSAL_FREEPHONE_CODE = 800  # ITU-T E.169.1

# Metadata of phonenumbers without a code in ISO 3166-1: Ascension and Tristan da Cunha belong to SH there.
_ISO_CODE = {"AC": "SH", "TA": "SH"}

# Shared cost and universal access numbers cost the caller something; premium numbers are not for us at all.
_TOLL_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.UAN,
        PhoneNumberType.SHARED_COST,
    }
)
_TYPES: Mapping[Kind, frozenset[int]] = {
    "toll-free": frozenset({PhoneNumberType.TOLL_FREE}),
    "universal-freephone": frozenset({PhoneNumberType.TOLL_FREE}),
    "toll": _TOLL_TYPES,
}

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_LOCALE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")

# Carriers have spelt a withheld number on the keypad: +266696687 is ANONYMOUS, and +86282452253, UNAVAILABLE,
# passes for a number in China. (Twilio says in its changelog of 2022-11-16 that it did so.)
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_WITHHELD = frozenset(
    "+" + word.translate(_KEYPAD)
    for word in ("ANONYMOUS", "BLOCKED", "PRIVATE", "RESTRICTED", "UNAVAILABLE", "UNKNOWN", "WITHHELD")
)


class UnknownRegionError(ValueError):
    """The region asked for is no ISO 3166-1 alpha-2 code; the text says what is expected."""


def _region(code: str) -> str:
    region = code.upper()
    # isascii first: "ß".upper() is "SS", South Sudan.
    if not code.isascii() or region not in REGIONS:
        raise UnknownRegionError(
            f"Unknown region {code[:20]!r}: expected one of the two-letter codes of ISO 3166-1, "
            "such as DE, or XK for Kosovo."
        )
    return region


@dataclass(frozen=True)
class AccessNumber:
    """One number that is answered: well formed, and of the kind it says, or it cannot be made (ValueError).

    `languages`: locales in which it answers, its own first. `serves`: regions beside its own from which it is
    free to call. `example`: kept by a regulator for fiction; such a number need only be possible, its kind is
    checked where the metadata knows it (Ireland's fiction range, for one, is not valid there). `account`: that of
    the carrier's to which it belongs, '' where that does not matter.
    """

    e164: str
    kind: Kind
    region: str
    languages: tuple[str, ...]
    serves: tuple[str, ...] = ()
    example: bool = False
    account: str = ""

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise ValueError(f"{self.e164}: {fault}")

    @property
    def national(self) -> str:
        """As written in its own country. Universal freephone has no country: its international form."""
        if self.kind == "universal-freephone":
            return self.international
        return phonenumbers.format_number(_parsed(self.e164), PhoneNumberFormat.NATIONAL)

    @property
    def international(self) -> str:
        return phonenumbers.format_number(_parsed(self.e164), PhoneNumberFormat.INTERNATIONAL)

    @property
    def uri(self) -> str | None:
        """For a link that dials (RFC 3966); None for an example, so that a demonstration rings nobody."""
        if self.example:
            return None
        return phonenumbers.format_number(_parsed(self.e164), PhoneNumberFormat.RFC3966)

    def as_dialled_from(self, region: str) -> str:
        """The keys to press in that region, with its international prefix where one is needed and known.

        Says how, not whether: a toll-free number is dialled from its own region and those it serves.
        """
        return phonenumbers.format_out_of_country_calling_number(_parsed(self.e164), _region(region))

    def is_free_from(self, region: str) -> bool:
        return self.kind != "toll" and region in (self.region, *self.serves)


@dataclass(frozen=True)
class Neighbourhood:
    """Regions that lie together, after UN M49, and whose toll number they ring when they have none."""

    name: str
    m49: str
    regions: tuple[str, ...]
    nearest: str


@dataclass(frozen=True)
class Choice:
    """The number for a region and why that one. No number: activate with the web form."""

    region: str
    number: AccessNumber | None
    why: Why


@dataclass(frozen=True)
class Directory:
    """All access numbers, and the way from every region to one of them or to the web form.

    Nobody is told a number of the `avoided` accounts, but each is known: a call may still come in by it.

    Cannot be made (ValueError) with a number twice, a region in no neighbourhood or in two, or a nearest
    region without a toll number.
    """

    numbers: tuple[AccessNumber, ...]
    neighbourhoods: tuple[Neighbourhood, ...]
    web_form_only: frozenset[str] = frozenset()
    avoided: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for fault in _directory_faults(self):
            raise ValueError(fault)

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> "Directory":
        """Reads the table as TOML gives it; ValueError names the entry and what is wrong with it."""
        _known_keys(table, "the table", {"web_form_only", "number", "neighbourhoods"})
        return cls(
            numbers=_numbers(table.get("number", [])),
            neighbourhoods=_neighbourhoods(table.get("neighbourhoods", {})),
            web_form_only=frozenset(_texts(table, "web_form_only", "the table", default=())),
        )

    def avoiding(self, accounts: Iterable[str]) -> "Directory":
        """The same, while these accounts of the carrier's are down."""
        return replace(self, avoided=frozenset(accounts))

    def numbers_for(self, region: str) -> tuple[AccessNumber, ...]:
        """Every number worth trying from that region, best first; empty where only the web form helps.

        A toll number abroad is offered only where the region has none itself; any of them where its neighbourhood's
        is avoided.
        """
        region = _region(region)
        if region in self.web_form_only:
            return ()
        free = [number for number in self._told if number.is_free_from(region)]
        free.sort(key=lambda number: number.kind == "universal-freephone")
        return (*free, *(self._toll(region) or self._toll(self._nearest(region)) or self._toll()))

    def number_for(self, region: str) -> Choice:
        """The best number for that region and why, or the web form."""
        region = _region(region)
        number = next(iter(self.numbers_for(region)), None)
        return Choice(region, number, _why(number, region))

    def toll_free_instead(self, dialled_e164: str | None, caller_region: str | None) -> AccessNumber | None:
        """The free number that whoever rang this toll number from that region should have rung.

        None if it was free, is not ours, or the region has no free one. Both come from the carrier, so
        nonsense is None too.
        """
        dialled = self.find(dialled_e164)
        if dialled is None or dialled.kind != "toll":
            return None
        try:
            best = self.number_for(caller_region or "").number
        except UnknownRegionError:
            return None
        return best if best is not None and best.kind != "toll" else None

    def find(self, e164: str | None) -> AccessNumber | None:
        return next((number for number in self.numbers if number.e164 == e164), None)

    @property
    def _told(self) -> Iterator[AccessNumber]:
        return (number for number in self.numbers if not number.account or number.account not in self.avoided)

    def _toll(self, region: str = "") -> tuple[AccessNumber, ...]:
        return tuple(number for number in self._told if number.kind == "toll" and region in (number.region, ""))

    def _nearest(self, region: str) -> str:
        return next(near.nearest for near in self.neighbourhoods if region in near.regions)


def is_shown(number: str) -> bool:
    """Whether the carrier says who calls: a telephone number, and none that spells "withheld"."""
    return _E164.fullmatch(number) is not None and number not in _WITHHELD


def region_of(number: str | None) -> str | None:
    """Best guess where a caller is from what the carrier says of the caller; None if withheld or odd.

    A guess: a mobile travels, and a shared calling code may give its main country (+1 800 gives US).
    """
    if not isinstance(number, str) or not is_shown(number):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if not _is_complete(parsed):
        return None
    region = phonenumbers.region_code_for_number(parsed) or ""
    region = _ISO_CODE.get(region, region)
    return region if region in REGIONS else None


def _why(number: AccessNumber | None, region: str) -> Why:
    if number is None:
        return "web-form"
    if number.kind == "toll" and number.region != region:
        return "nearest"
    return number.kind


def _parsed(e164: str) -> PhoneNumber:
    return phonenumbers.parse(e164)


def _is_complete(number: PhoneNumber) -> bool:
    # Not is_possible_number: that also passes what is possible only within a town, such as +1 555 0142.
    possible: bool = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return possible


def _faults(number: AccessNumber) -> Iterator[str]:
    """What is wrong with a number, gravest first: later checks trust the earlier ones."""
    if number.kind not in get_args(Kind):
        yield f"unknown kind {number.kind!r}; expected one of {', '.join(get_args(Kind))}"
    yield from _form_faults(number.e164)
    yield from _region_faults(number)
    yield from _kind_faults(number)
    if not number.languages or not all(_LOCALE.fullmatch(locale) for locale in number.languages):
        yield f"languages {list(number.languages)} should be one or more locales such as en-US"
    if len(set(number.languages)) < len(number.languages):
        yield "names a language twice"


def _form_faults(e164: str) -> Iterator[str]:
    if not _E164.fullmatch(e164):
        yield "not in E.164 form, which is + and digits only"
    try:
        parsed = _parsed(e164)
    except phonenumbers.NumberParseException as unreadable:
        yield f"cannot be read as a telephone number ({unreadable})"
        return
    if not _is_complete(parsed):
        yield "no possible number: too short or too long for its country"
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    if written != e164:
        yield f"not in E.164 form, which is {written}"


def _region_faults(number: AccessNumber) -> Iterator[str]:
    parsed = _parsed(number.e164)
    universal = parsed.country_code == _UNIVERSAL_FREEPHONE_CODE
    if universal != (number.kind == "universal-freephone"):
        yield f"universal freephone begins with +{_UNIVERSAL_FREEPHONE_CODE}, and kind says {number.kind}"
    if universal:
        yield from _universal_faults(number)
        return
    if number.kind == "toll" and number.serves:
        yield "a toll number serves no further regions: it can be rung from anywhere"
    # A toll-free number abroad shares its calling code, as +1 800 does: from elsewhere it is not free, if it
    # can be dialled at all.
    for region in (number.region, *number.serves):
        if region not in REGIONS:
            yield f"unknown region {region!r}; expected a code of ISO 3166-1 alpha-2, or XK"
        elif phonenumbers.country_code_for_region(region) != parsed.country_code:
            yield f"region {region} does not have the calling code +{parsed.country_code}"
    if len({number.region, *number.serves}) <= len(number.serves):
        yield "serves names a region twice, or its own region"
    # Never compare with region_code_for_number: of toll-free numbers it knows the main country only.
    valid = phonenumbers.is_valid_number(parsed)
    if valid and not phonenumbers.is_valid_number_for_region(parsed, number.region):
        yield f"is no number of {number.region}"


def _universal_faults(number: AccessNumber) -> Iterator[str]:
    if number.region != UNIVERSAL:
        yield f'universal freephone belongs to no country: region should be "{UNIVERSAL}"'
    if not number.serves:
        yield "universal freephone should name the regions that it serves"
    if len(set(number.serves)) < len(number.serves):
        yield "serves names a region twice"
    for region in sorted(set(number.serves) - REGIONS):
        yield f"unknown region {region!r}; expected a code of ISO 3166-1 alpha-2, or XK"


def _kind_faults(number: AccessNumber) -> Iterator[str]:
    number_type = phonenumbers.number_type(_parsed(number.e164))
    if number_type == PhoneNumberType.UNKNOWN and number.example:
        return
    if number_type not in _TYPES[number.kind]:
        name = PhoneNumberType.to_string(number_type).lower().replace("_", " ")
        yield f"kind says {number.kind}, phonenumbers says {name}"


def _directory_faults(directory: Directory) -> Iterator[str]:
    seen: set[str] = set()
    for number in directory.numbers:
        if number.e164 in seen:
            yield f"{number.e164}: listed twice"
        seen.add(number.e164)
        for region in sorted({number.region, *number.serves} & directory.web_form_only):
            yield f"{number.e164}: {region} is listed under web_form_only"
    for region in sorted(directory.web_form_only - REGIONS):
        yield f"web_form_only: unknown region {region!r}"
    yield from _neighbourhood_faults(directory)


def _neighbourhood_faults(directory: Directory) -> Iterator[str]:
    homes: dict[str, str] = {}
    for near in directory.neighbourhoods:
        for region in near.regions:
            if region not in REGIONS:
                yield f"neighbourhood {near.name}: unknown region {region!r}"
            if region in homes:
                yield f"neighbourhood {near.name}: {region} is in {homes[region]} already"
            homes[region] = near.name
        if not any(number.kind == "toll" and number.region == near.nearest for number in directory.numbers):
            yield f"neighbourhood {near.name}: nearest is {near.nearest}, which has no toll number"
    if missing := sorted(REGIONS - homes.keys()):
        yield f"in no neighbourhood: {', '.join(missing)}"


def _numbers(entries: object) -> tuple[AccessNumber, ...]:
    if not isinstance(entries, list):
        raise ValueError("number: expected a list of tables, written [[number]]")
    return tuple(_number(entry, f"number {place}") for place, entry in enumerate(entries, start=1))


def _number(entry: object, where: str) -> AccessNumber:
    fields = _table(entry, where)
    _known_keys(fields, where, set(AccessNumber.__dataclass_fields__))
    e164, kind, region = (_text(fields, key, where) for key in ("e164", "kind", "region"))
    languages = _texts(fields, "languages", where)
    serves = _texts(fields, "serves", where, default=())
    account = _text({"account": "", **fields}, "account", where)
    example = fields.get("example", False)
    if not isinstance(example, bool):
        raise ValueError(f"{where}: example should be true or false")
    try:
        return AccessNumber(e164, cast(Kind, kind), region, languages, serves, example, account)
    except ValueError as wrong:
        raise ValueError(f"{where}, {wrong}") from wrong


def _neighbourhoods(entries: object) -> tuple[Neighbourhood, ...]:
    tables = _table(entries, "neighbourhoods")
    return tuple(_neighbourhood(name, entry) for name, entry in tables.items())


def _neighbourhood(name: str, entry: object) -> Neighbourhood:
    where = f"neighbourhood {name}"
    fields = _table(entry, where)
    _known_keys(fields, where, {"m49", "regions", "nearest"})
    return Neighbourhood(
        name=name,
        m49=_text(fields, "m49", where),
        regions=_texts(fields, "regions", where),
        nearest=_text(fields, "nearest", where),
    )


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected a table")
    return value


def _known_keys(table: Mapping[str, object], where: str, known: set[str]) -> None:
    if unknown := sorted(table.keys() - known):
        raise ValueError(f"{where}: unknown key {unknown[0]!r}; expected {', '.join(sorted(known))}")


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{where}: {key} should be a text")
    return value


def _texts(
    table: Mapping[str, object], key: str, where: str, default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    value = table.get(key, default)
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{where}: {key} should be a list of texts")
    return tuple(value)
