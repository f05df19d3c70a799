"""Everything is played, and nothing secret or personal is in the log: of ours not even before it is masked."""

import logging
import re

import httpx
import pytest

from activation_core.log_lines import JsonLines
from ivr.simulator.carrier import Carrier
from ivr.simulator.personas import PERSONAS
from ivr.simulator.trial import trials_with_faults
from wiring.rehearsed_world import open_world

OURS = ("activation_core", "ivr", "app")


@pytest.fixture(scope="module")
def lines():
    """(logger, as it was logged, as it is written) of forty calls; all that they keyed, heard and called; and
    where it might be seen elsewhere: addresses that were asked, the metrics, pages that tell of an error.
    """
    taken, secret, seen = [], set(), []

    class Kept(logging.Handler):
        def emit(self, record):
            taken.append((record.name, record.getMessage(), self.format(record)))

    handler = Kept(logging.DEBUG)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with open_world(1, "lab-bench", "") as world, httpx.Client(transport=world.transport) as client:
            carrier = Carrier(
                client,
                auth_token=world.auth_token,
                voice_url=world.voice_url,
                fallback_url=world.fallback_url,
                status_url=f"{world.voice_url}/status",
            )
            for trial in trials_with_faults(world.stage, list(world.books), list(PERSONAS.values()), 40, 1):
                tried = trial.placed(carrier, world.directory, world.books)
                secret |= {trial.shown, trial.product_key, tried.written}
                seen += [event.details["url"] for event in tried.events if event.kind == "request"]
                secret |= {
                    event.details["params"].get(name, "")
                    for event in tried.events
                    if event.kind == "request"
                    for name in ("From", "To", "Digits", "CallSid")
                }
            client.post(world.voice_url, data={"CallSid": "CA1", "Digits": "0123452"})  # is refused, which is logged
            here = world.voice_url.removesuffix("/voice")
            told = [client.get(f"{here}{path}") for path in ("/metrics", "/healthz", "/readyz", "/nothing", "/desk")]
            told += [
                client.post(f"{here}{path}", data={"key": trial.shown})
                for path in ("/voice", "/desk/confirm", "/metrics")
            ]
            seen += [answer.text for answer in told]
            assert {answer.status_code for answer in told} >= {200, 403, 404, 405}
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return taken, {text for text in secret if len(text) > 5}, seen


def test_it_is_no_empty_log(lines):
    told = [message for name, message, _ in lines[0] if name.startswith(OURS)]
    assert any("a call ended" in message for message in told)
    assert any("refused a webhook" in message for message in told)


def test_ours_says_nothing_that_had_to_be_masked(lines):
    for name, message, _ in lines[0]:
        if name.startswith(OURS):
            assert not re.search(r"\d{6}", message), message


def test_whatever_a_library_says_nothing_secret_is_written(lines):
    taken, secret, _ = lines
    written = "\n".join(line for _, _, line in taken)
    assert len(secret) > 100
    assert [text for text in secret if text in written] == []


def test_no_address_metric_or_error_page_says_anything_secret(lines):
    _, secret, seen = lines
    assert len(seen) > 300
    assert "# HELP" in "".join(seen)
    assert [text for text in secret if text in "\n".join(seen)] == []
