"""The directory of access numbers: the file that ships, the order of choice, what a wrong table is told."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import phonenumbers
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core.access_numbers import (
    REGIONS,
    AccessNumber,
    Directory,
    UnknownRegionError,
    region_of,
)

DATA = Path(__file__).parents[2] / "data" / "access_numbers.toml"
TABLE: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))
SHIPPED = Directory.parse(TABLE)

GB_FREE, GB_TOLL = "+448081570142", "+442079460142"
US_FREE, US_TOLL, CA_TOLL, PR_TOLL = "+18005550199", "+12125550142", "+14165550142", "+17875550142"
DE_TOLL, IE_TOLL = "+493023125142", "+353209101420"


def entry(e164: str, kind: str = "toll", region: str = "DE", **more: Any) -> dict[str, Any]:
    return {"e164": e164, "kind": kind, "region": region, "languages": ["en-US"], "example": True} | more


def directory(*numbers: dict[str, Any], nearest: str = "DE", **more: Any) -> Directory:
    """A made-up directory: the whole world is one neighbourhood, which rings `nearest`."""
    world = {"m49": "001", "regions": sorted(REGIONS), "nearest": nearest}
    return Directory.parse({"number": list(numbers), "neighbourhoods": {"world": world}} | more)


# +800 has no range for fiction, so none is in the file that ships; this one is made up, for the tests only.
FREEPHONE = entry("+80000000000", "universal-freephone", "001", serves=["DE", "FR"])
GERMAN = entry(DE_TOLL)


@pytest.fixture(params=SHIPPED.numbers, ids=lambda number: number.e164)
def number(request: pytest.FixtureRequest) -> AccessNumber:
    shipped: AccessNumber = request.param
    return shipped


# --- which number ---


def test_rule_15_a_country_is_chosen_and_a_number_is_shown_toll_free_wherever_possible() -> None:
    choice = SHIPPED.number_for("GB")

    assert (choice.number, choice.why) == (SHIPPED.find(GB_FREE), "toll-free")
    for region in REGIONS:
        numbers = SHIPPED.numbers_for(region)
        free_exists = any(number.is_free_from(region) for number in SHIPPED.numbers)
        assert (SHIPPED.number_for(region).why == "toll-free") == free_exists
        assert not numbers or numbers[0] == SHIPPED.number_for(region).number


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_every_region_gets_a_number_or_the_web_form(region: str) -> None:
    choice = SHIPPED.number_for(region)

    assert choice.region == region
    assert (choice.number is None) == (choice.why == "web-form") == (region in SHIPPED.web_form_only)


def test_so_many_regions_are_served_in_each_way() -> None:
    ways = Counter(SHIPPED.number_for(region).why for region in REGIONS)

    assert ways == {"toll-free": 11, "toll": 4, "nearest": 228, "web-form": 7}


@pytest.mark.parametrize(
    ("region", "why", "e164s"),
    [
        ("US", "toll-free", [US_FREE, US_TOLL]),
        ("CA", "toll-free", [US_FREE, CA_TOLL]),
        ("PR", "toll-free", [US_FREE, PR_TOLL]),
        ("VI", "toll-free", [US_FREE, US_TOLL]),
        ("JM", "nearest", [US_TOLL]),
        ("CU", "nearest", [PR_TOLL]),
        ("MX", "nearest", [PR_TOLL]),
        ("GB", "toll-free", [GB_FREE, GB_TOLL]),
        ("JE", "nearest", [GB_TOLL]),
        ("IE", "toll", [IE_TOLL]),
        ("DE", "toll", [DE_TOLL]),
        ("AT", "nearest", [DE_TOLL]),
        ("XK", "nearest", ["+33199000142"]),
        ("CX", "toll-free", ["+611800975707", "+61270101420"]),
        ("AQ", "web-form", []),
    ],
)
def test_the_best_number_comes_first(region: str, why: str, e164s: list[str]) -> None:
    assert SHIPPED.number_for(region).why == why
    assert [number.e164 for number in SHIPPED.numbers_for(region)] == e164s


def test_universal_freephone_comes_after_toll_free_and_before_toll() -> None:
    made_up = directory(
        FREEPHONE | {"serves": ["FR", "GB"]},
        entry(GB_TOLL, region="GB"),
        entry(GB_FREE, "toll-free", "GB"),
        nearest="GB",
    )

    assert [number.kind for number in made_up.numbers_for("GB")] == [
        "toll-free",
        "universal-freephone",
        "toll",
    ]
    assert made_up.number_for("FR").why == "universal-freephone"
    assert made_up.number_for("IT").why == "nearest"


def test_a_toll_number_abroad_is_offered_only_to_a_region_without_one() -> None:
    assert [number.e164 for number in SHIPPED.numbers_for("SE")] == ["+46846500442"]


# --- while an account of the carrier's is down ---

TWO_ACCOUNTS = directory(
    entry(US_FREE, "toll-free", "US", account="one"),
    entry(US_TOLL, region="US", account="two"),
    entry(GB_TOLL, region="GB", account="one"),
    entry(IE_TOLL, region="IE"),
    nearest="GB",
)


def test_nobody_is_told_a_number_of_an_account_that_is_down_however_good_it_is() -> None:
    assert [number.e164 for number in TWO_ACCOUNTS.numbers_for("US")] == [US_FREE, US_TOLL]
    down = TWO_ACCOUNTS.avoiding(["one"])
    assert [number.e164 for number in down.numbers_for("US")] == [US_TOLL]
    assert (down.number_for("US").why, down.number_for("IE").why) == ("toll", "toll")
    assert down.toll_free_instead(US_TOLL, "US") is None
    assert down.avoiding([]) == TWO_ACCOUNTS


def test_who_has_no_number_of_an_account_that_is_up_rings_any_there_is() -> None:
    down = TWO_ACCOUNTS.avoiding(["one"])
    assert TWO_ACCOUNTS.number_for("GB").why == "toll"
    assert ([number.e164 for number in down.numbers_for("GB")], down.number_for("GB").why) == (
        [US_TOLL, IE_TOLL],
        "nearest",
    )


def test_a_call_by_a_number_of_an_account_that_is_down_is_still_known() -> None:
    number = TWO_ACCOUNTS.avoiding(["one"]).find(GB_TOLL)
    assert number is not None
    assert number.languages == ("en-US",)


def test_a_number_whose_account_is_not_said_is_never_avoided() -> None:
    assert TWO_ACCOUNTS.avoiding(["one", "two", ""]).number_for("IE").number == TWO_ACCOUNTS.find(IE_TOLL)


def test_a_region_may_be_written_in_small_letters() -> None:
    assert SHIPPED.number_for("gb") == SHIPPED.number_for("GB")


@pytest.mark.parametrize("code", ["", "ZZ", "001", "AC", "Germany", "D", "ß", "ﬁ", " DE"])
def test_an_unknown_region_is_refused_and_told_what_is_expected(code: str) -> None:
    with pytest.raises(UnknownRegionError, match="two-letter codes of ISO 3166-1, such as DE"):
        SHIPPED.number_for(code)


def test_the_regions_are_those_of_iso_3166_and_kosovo() -> None:
    assert {country.alpha_2 for country in pycountry.countries} | {"XK"} == REGIONS
    assert len(REGIONS) == 250


# --- a toll-free number instead ---


def test_who_rings_a_toll_number_at_home_is_told_the_toll_free_one() -> None:
    assert SHIPPED.toll_free_instead(GB_TOLL, "GB") == SHIPPED.find(GB_FREE)
    assert SHIPPED.toll_free_instead(GB_TOLL, "gb") == SHIPPED.find(GB_FREE)


@pytest.mark.parametrize("elsewhere", ["FR", "JE", "DE", "AQ"])
def test_who_rings_it_from_a_region_without_a_toll_free_one_is_told_nothing(elsewhere: str) -> None:
    assert SHIPPED.toll_free_instead(GB_TOLL, elsewhere) is None


def test_who_rings_a_toll_number_abroad_is_told_the_toll_free_one_at_home() -> None:
    assert SHIPPED.toll_free_instead(GB_TOLL, "CA") == SHIPPED.find(US_FREE)


def test_universal_freephone_is_free_too_and_told_likewise() -> None:
    made_up = directory(FREEPHONE, GERMAN)

    assert made_up.toll_free_instead(DE_TOLL, "FR") == made_up.find("+80000000000")
    assert made_up.toll_free_instead(DE_TOLL, "IT") is None


@pytest.mark.parametrize(
    ("dialled", "caller"),
    [(GB_FREE, "GB"), ("+15005550006", "GB"), ("", ""), (None, "GB"), (GB_TOLL, None), (GB_TOLL, "ZZ")],
)
def test_what_is_free_or_not_ours_or_nonsense_needs_no_other_number(dialled: str | None, caller: str | None) -> None:
    assert SHIPPED.toll_free_instead(dialled, caller) is None


@given(st.text(), st.text())
def test_whatever_the_carrier_says_is_survived(dialled: str, caller: str) -> None:
    SHIPPED.toll_free_instead(dialled, caller)
    SHIPPED.toll_free_instead(GB_TOLL, caller)
    region_of(dialled)


@given(st.from_regex(r"\+[0-9]{1,16}", fullmatch=True))
def test_a_caller_is_from_a_region_or_from_nowhere(number: str) -> None:
    assert region_of(number) in REGIONS | {None}


@pytest.mark.parametrize(
    ("number", "region"),
    [
        (CA_TOLL, "CA"),
        (PR_TOLL, "PR"),
        (GB_TOLL, "GB"),
        (IE_TOLL, "IE"),
        ("+38343201234", "XK"),
        ("+24762889", "SH"),  # Ascension: no code in ISO 3166-1
        ("+80012345678", None),  # universal freephone: from nowhere
        ("+44", None),
        ("+49301", None),
        ("020 7946 0142", None),
        ("anonymous", None),
        ("Restricted", None),
        ("client:alice", None),
        ("sip:+442079460142@example.com", None),
        ("+266696687", None),  # ANONYMOUS on the keypad
        ("+86282452253", None),  # UNAVAILABLE, which would pass for a number in China
        ("+8656696", None),  # UNKNOWN, likewise
        ("+٤٤٢٠٧٩٤٦٠١٤٢", None),
        ("", None),
        (None, None),
    ],
)
def test_the_caller_id_tells_where_the_caller_is_from(number: str | None, region: str | None) -> None:
    assert region_of(number) == region


# --- how it is written ---


def test_a_number_that_ships_is_possible_and_of_the_kind_it_says(number: AccessNumber) -> None:
    parsed = phonenumbers.parse(number.e164)
    free = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE

    assert phonenumbers.is_possible_number(parsed)
    assert free == (number.kind != "toll")
    assert phonenumbers.country_code_for_region(number.region) == parsed.country_code


# Whose range it is stands beside each number in the file; here once more, so that a slip of a digit is seen.
KEPT_FOR_FICTION = re.compile(
    r"""\+( 1[2-9]\d\d55501\d\d | 18005550199       # North American Numbering Plan Administration
        | 442079460\d{3} | 448081570\d{3}          # Ofcom
        | 3532091\d{5}                            # ComReg
        | 3319900\d{4}                             # Arcep
        | 493023125\d{3}                           # Bundesnetzagentur
        | 468465004\d\d                            # Post- och telestyrelsen
        | 61[2378](5550|7010)\d{4} | 61180097570[789] | 61180097571[01]  # ACMA
        )""",
    re.VERBOSE,
)


def test_a_number_that_ships_is_from_a_range_kept_for_fiction(number: AccessNumber) -> None:
    assert KEPT_FOR_FICTION.fullmatch(number.e164)


def test_only_the_irish_range_is_unknown_to_the_metadata() -> None:
    parsed = {number.e164: phonenumbers.parse(number.e164) for number in SHIPPED.numbers}

    assert [e164 for e164, number in parsed.items() if not phonenumbers.is_valid_number(number)] == [IE_TOLL]


def test_what_is_written_reads_back_as_the_same_number(number: AccessNumber) -> None:
    national = phonenumbers.parse(number.national, number.region)
    international = phonenumbers.parse(number.international)

    assert national == international == phonenumbers.parse(number.e164)


@pytest.mark.parametrize(
    ("region", "dialled"),
    [("GB", "020 7946 0142"), ("DE", "00 44 20 7946 0142"), ("us", "011 44 20 7946 0142")],
)
def test_a_number_is_written_as_dialled_from_the_region(region: str, dialled: str) -> None:
    london = SHIPPED.find(GB_TOLL)

    assert london is not None
    assert london.as_dialled_from(region) == dialled


def test_universal_freephone_is_written_with_its_code_everywhere() -> None:
    freephone = directory(FREEPHONE, GERMAN).find("+80000000000")

    assert freephone is not None
    assert freephone.national == freephone.international == "+800 0000 0000"
    assert freephone.as_dialled_from("DE") == "00 800 0000 0000"


def test_a_number_kept_for_fiction_never_becomes_a_link(number: AccessNumber) -> None:
    assert number.example
    assert number.uri is None


def test_a_real_number_becomes_a_link() -> None:
    real = directory(entry(DE_TOLL, example=False)).find(DE_TOLL)

    assert real is not None
    assert real.uri == "tel:+49-30-23125142"


def test_a_toll_free_number_in_the_united_states_offers_spanish_second() -> None:
    choices = {region: SHIPPED.number_for(region).number for region in ("US", "MX")}

    assert [number and number.languages for number in choices.values()] == [
        ("en-US", "es-US"),
        ("es-US", "pt-BR", "en-US"),
    ]


# --- what a wrong table is told ---


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (entry(DE_TOLL, "freephone"), "unknown kind 'freephone'; expected one of toll-free,"),
        (entry("030 23125142"), "not in E.164 form, which is"),
        (entry("+4903023125142"), r"not in E.164 form, which is \+493023125142"),
        (entry("+99912345678"), "cannot be read as a telephone number"),
        (entry("+4930"), "not in E.164 form"),
        (entry("+49301"), "no possible number"),
        (entry("+15550142", region="US"), "no possible number"),
        (entry(DE_TOLL, "toll-free"), "kind says toll-free, phonenumbers says fixed line"),
        (entry(GB_FREE, "toll", "GB"), "kind says toll, phonenumbers says toll free"),
        (entry("+499001234567"), "kind says toll, phonenumbers says premium rate"),
        (entry(IE_TOLL, region="IE", example=False), "kind says toll, phonenumbers says unknown"),
        (entry(DE_TOLL, region="ZZ"), "unknown region 'ZZ'"),
        (entry(DE_TOLL, region="FR"), r"region FR does not have the calling code \+49"),
        (entry(CA_TOLL, region="US"), "is no number of US"),
        (entry(DE_TOLL, serves=["AT"]), "a toll number serves no further regions"),
        (entry(US_FREE, "toll-free", "US", serves=["MX"]), "region MX does not have the calling code"),
        (entry(US_FREE, "toll-free", "US", serves=["US"]), "its own region"),
        (entry(US_FREE, "toll-free", "US", serves=["CA", "CA"]), "names a region twice"),
        (entry(DE_TOLL, languages=[]), "one or more locales such as en-US"),
        (entry(DE_TOLL, languages=["english"]), "one or more locales such as en-US"),
        (entry(DE_TOLL, languages=["en-US", "en-US"]), "names a language twice"),
        (entry("+80000000000", "toll-free"), r"universal freephone begins with \+800"),
        (entry(DE_TOLL, "universal-freephone", "001"), r"universal freephone begins with \+800"),
        (FREEPHONE | {"region": "DE"}, 'region should be "001"'),
        (FREEPHONE | {"serves": []}, "should name the regions that it serves"),
        (FREEPHONE | {"serves": ["DE", "DE"]}, "names a region twice"),
        (FREEPHONE | {"serves": ["UK"]}, "unknown region 'UK'"),
        (entry(DE_TOLL, hours="24/7"), "unknown key 'hours'"),
        (entry(DE_TOLL, example="yes"), "example should be true or false"),
        ({"e164": DE_TOLL}, "kind should be a text"),
        (entry(DE_TOLL, languages="en-US"), "languages should be a list of texts"),
        ("+49", "expected a table"),
    ],
)
def test_a_wrong_number_is_refused_by_place_and_fault(wrong: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"number 2.*{told}"):
        directory(entry(US_TOLL, region="US"), wrong, nearest="US")


def test_a_number_listed_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\+493023125142: listed twice"):
        directory(GERMAN, GERMAN)


def near(regions: set[str] | frozenset[str], nearest: str = "DE") -> dict[str, Any]:
    return {"m49": "001", "regions": sorted(regions), "nearest": nearest}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"neighbourhoods": {"a": near(REGIONS - {"FR", "XK"})}}, "in no neighbourhood: FR, XK"),
        ({"neighbourhoods": {"a": near(REGIONS), "b": near({"FR"})}}, "b: FR is in a already"),
        ({"neighbourhoods": {"a": near(REGIONS | {"UK"})}}, "a: unknown region 'UK'"),
        ({"neighbourhoods": {"a": near(REGIONS, "FR")}}, "a: nearest is FR, which has no toll number"),
        ({"neighbourhoods": {"a": {"m49": "001", "regions": ["DE"]}}}, "a: nearest should be a text"),
        ({"neighbourhoods": []}, "neighbourhoods: expected a table"),
        ({"web_form_only": ["UK"]}, "web_form_only: unknown region 'UK'"),
        ({"web_form_only": ["DE"]}, "DE is listed under web_form_only"),
        ({"numbers": []}, "unknown key 'numbers'"),
        ({"number": {}}, r"expected a list of tables, written \[\[number\]\]"),
    ],
)
def test_a_wrong_table_is_refused_by_name(table: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        directory(GERMAN, **table)
