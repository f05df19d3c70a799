"""GET /access-numbers: one region, the list for a country picker, the languages of their names."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from activation_core.access_numbers import REGIONS, Directory
from activation_core.clearinghouse.web import web
from activation_core.region_names import sorting_key
from app import Parts

DATA = Path(__file__).parents[3] / "data" / "access_numbers.toml"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SHIPPED = Directory.parse(tomllib.loads(DATA.read_text(encoding="utf-8")))


@pytest.fixture
def client(parts: Parts) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(web(SHIPPED, parts.desk, lambda: NOON))
    return app.test_client()


def names(client: FlaskClient, path: str, **headers: str) -> dict[str, str]:
    regions: list[dict[str, Any]] = client.get(path, headers=headers).get_json()["regions"]
    return {region["region"]: region["name"] for region in regions}


def test_a_region_is_told_its_number_why_and_how_to_dial_it(client: FlaskClient) -> None:
    answer = client.get("/access-numbers?region=AT").get_json()

    assert answer == {
        "region": "AT",
        "name": "Austria",
        "why": "nearest",
        "number": {
            "e164": "+493023125142",
            "kind": "toll",
            "region": "DE",
            "national": "030 23125142",
            "international": "+49 30 23125142",
            "as_dialled": "00 49 30 23125142",
            "uri": None,
            "languages": ["de-DE", "en-US"],
            "example": True,
        },
        "alternatives": [],
    }


def test_a_region_is_told_the_other_numbers_too(client: FlaskClient) -> None:
    answer = client.get("/access-numbers?region=ca").get_json()

    assert (answer["region"], answer["number"]["e164"]) == ("CA", "+18005550199")
    assert [number["e164"] for number in answer["alternatives"]] == ["+14165550142"]


def test_a_region_without_a_number_is_sent_to_the_web_form(client: FlaskClient) -> None:
    answer = client.get("/access-numbers?region=AQ").get_json()

    assert (answer["why"], answer["number"], answer["alternatives"]) == ("web-form", None, [])


@pytest.mark.parametrize("region", ["", "UK", "Deutschland", "%00", "DE%20"])
def test_an_unknown_region_is_a_problem_with_a_code(client: FlaskClient, region: str) -> None:
    response = client.get(f"/access-numbers?region={region}")
    problem = response.get_json()

    assert response.status_code == problem["status"] == 400
    assert response.content_type == "application/problem+json"
    assert (problem["code"], problem["title"]) == ("unknown_region", "Unknown region")
    assert problem["type"].endswith(":unknown_region")
    assert "ISO 3166-1" in problem["detail"]


def test_without_a_region_all_are_listed_once(client: FlaskClient) -> None:
    listed = client.get("/access-numbers").get_json()["regions"]

    assert sorted(region["region"] for region in listed) == sorted(REGIONS)
    assert all((region["number"] is None) == (region["why"] == "web-form") for region in listed)


def test_the_list_is_sorted_as_if_letters_had_no_accents(client: FlaskClient) -> None:
    listed = list(names(client, "/access-numbers?language=de"))

    assert listed[:4] == ["AF", "EG", "AX", "AL"]  # Afghanistan, Ägypten, Ålandinseln, Albanien
    assert sorting_key("Ägypten") == "agypten"


def test_no_example_becomes_a_link_that_dials(client: FlaskClient) -> None:
    pages = [client.get(f"/access-numbers?region={region}") for region in ("US", "GB", "AU", "IE")]

    for page in (*pages, client.get("/access-numbers")):
        assert "tel:" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("wished", "accepted", "germany"),
    [
        ("de", "", "Deutschland"),
        ("de-AT", "fr", "Deutschland"),
        ("", "fr-CH, en;q=0.5", "Allemagne"),
        ("", "en;q=0.5, es", "Alemania"),
        ("", "de;q=0", "Germany"),
        ("de-1x", "", "Deutschland"),
        ("", "*", "Germany"),
        ("", "", "Germany"),
        ("tlh", "sv", "Tyskland"),
        ("../../etc", "", "Germany"),
        ("de-" + "x" * 99, "", "Deutschland"),
        ("en-US-u-va-posix", "", "Germany"),
    ],
)
def test_names_come_in_the_language_wished_else_accepted_else_english(
    client: FlaskClient, wished: str, accepted: str, germany: str
) -> None:
    response = client.get(
        "/access-numbers",
        query_string={"region": "DE", "language": wished},
        headers={"Accept-Language": accepted},
    )

    assert response.get_json()["name"] == germany


def test_answers_may_be_kept_and_asked_for_again_cheaply(client: FlaskClient) -> None:
    first = client.get("/access-numbers?region=DE", headers={"Accept-Language": "es"})
    again = client.get(
        "/access-numbers?region=DE", headers={"Accept-Language": "es", "If-None-Match": first.headers["ETag"]}
    )

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Vary"] == "Accept-Language"
    assert first.headers["Content-Language"] == "es"
    assert (again.status_code, again.get_data()) == (304, b"")


def test_a_problem_is_not_kept(client: FlaskClient) -> None:
    assert "public" not in client.get("/access-numbers?region=UK").headers.get("Cache-Control", "")
