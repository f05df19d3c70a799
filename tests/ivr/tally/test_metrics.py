"""What Prometheus reads: the counts of all processes, for whoever may, and nothing about callers."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

import app

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HERE = {"base_url": "http://localhost", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
ELSEWHERE = {"base_url": "https://activation.example", "environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


@pytest.fixture
def scrape(settings):
    client = app.create_app(replace(settings, metrics_token="a token")).test_client()

    def scraped():
        response = client.get("/metrics", **HERE)
        samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
        return {
            (sample.name.removeprefix("phone_activation_"), *sample.labels.values()): sample.value for sample in samples
        }

    scraped.client = client
    return scraped


def test_what_two_processes_counted_is_added_up(scrape, settings):
    for _ in range(2):
        tallies = app.Parts(settings).tallies
        tallies.add(NOON, {("answered", ""): 2, ("asked", "repair"): 3, ("noinput", "repair"): 1, ("confirmed", ""): 1})
        tallies.add(NOON, {("gave_up", "repair"): 1, ("refusal", "in_use"): 1, ("block", "wrong"): 4})
        tallies.add(NOON, {("turned_away", "line_busy"): 5})
        tallies.flush()
    told = scrape()
    assert told["calls_total",] == 4
    assert told["calls_turned_away_total", "line_busy"] == 10
    assert told["asked_total", "repair"] == 6
    assert told["noinput_total", "repair"] == 2
    assert told["refusals_total", "in_use"] == 2
    assert told["blocks_total", "wrong"] == 8
    assert (told["calls_ended", "confirmed"], told["calls_ended", "gave_up"], told["calls_ended", "nobody"]) == (
        2,
        2,
        0,
    )


def test_the_seconds_are_a_histogram(scrape, settings):
    tallies = app.Parts(settings).tallies
    tallies.add(NOON, {("seconds", "60"): 2, ("seconds", "300"): 1, ("seconds_in_all", ""): 700})
    tallies.flush()
    told = scrape()
    name = "seconds_to_confirmation"
    assert told[f"{name}_bucket", "60.0"] == 0
    assert told[f"{name}_bucket", "75.0"] == 2
    assert told[f"{name}_bucket", "+Inf"] == told[f"{name}_count",] == 3
    assert told[f"{name}_sum",] == 700


def test_only_this_machine_reads_them_or_who_has_the_token(scrape):
    assert scrape.client.get("/metrics", **ELSEWHERE).status_code == 403
    assert scrape.client.get("/metrics", **ELSEWHERE, headers={"Authorization": "Bearer another"}).status_code == 403
    assert scrape.client.get("/metrics", **ELSEWHERE, headers={"Authorization": "Bearer a token"}).status_code == 200
    assert scrape.client.get("/metrics", **HERE, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_where_real_calls_come_in_even_this_machine_needs_the_token(settings):
    """Behind a proxy that adds no header everybody seems to be here."""
    public = replace(settings, local_pages="", metrics_token="a token")
    client = app.create_app(public).test_client()
    assert client.get("/metrics", **HERE).status_code == 403
    assert client.get("/metrics", **HERE, headers={"Authorization": "Bearer a token"}).status_code == 200


def test_without_a_token_no_empty_one_opens(settings):
    client = app.create_app(settings).test_client()
    assert client.get("/metrics", **ELSEWHERE, headers={"Authorization": "Bearer "}).status_code == 403


def test_whatever_was_counted_no_label_is_a_number(scrape, settings):
    tallies = app.Parts(settings).tallies
    tallies.add(NOON, {("asked", "0123452"): 1, ("refusal", "+442079460999"): 1, ("asked", "repair"): 1})
    tallies.flush()
    labels = re.findall(r'(?<!le)="([^"]*)"', scrape.client.get("/metrics", **HERE).text)
    assert "repair" in labels
    assert not [label for label in labels if re.search(r"\d", label)]
