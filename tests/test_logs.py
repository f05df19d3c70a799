"""Everything is played, and nothing secret or personal is in the log: of ours not even before it is masked."""

import logging
import random
import re

import httpx
import pytest

import app
from activation_core.log_lines import JsonLines
from ivr.simulator.carrier import Carrier
from ivr.simulator.message_service import MessageService
from ivr.simulator.personas import PERSONAS
from ivr.simulator.trial import trials_with_faults
from wiring.data_files import reading
from wiring.rehearsed_world import stage_in
from wiring.settings import settings_in

OURS = ("activation_core", "ivr", "wiring", "app")


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """(logger, as it was logged, as it is written) of forty calls; all that they keyed, heard and called; and
    where it might be seen elsewhere: addresses that were asked, the metrics, pages that tell of an error.
    """
    taken, secret, seen = [], set(), []
    folder = tmp_path_factory.mktemp("instance")
    settings = settings_in(
        folder,
        operator_number="+12125550143",
        twilio_auth_token="rehearsed: signatures are checked",
        wrong_ids_a_day=1024,
    )

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
        parts = app.Parts(settings, random.Random(1).randbytes)
        stage = stage_in(lambda: parts, folder, reading("lab-bench").components, random.Random(1))
        transport = httpx.WSGITransport(app.create_app(settings, MessageService()), raise_app_exceptions=False)
        voice = f"{settings.public_url}/voice"
        with httpx.Client(transport=transport) as client:
            carrier = Carrier(
                client,
                auth_token=settings.twilio_auth_token,
                voice_url=voice,
                fallback_url=f"{voice}/fallback",
                status_url=f"{voice}/status",
            )
            for trial in trials_with_faults(stage, list(parts.books), list(PERSONAS.values()), 40, 1):
                tried = trial.placed(carrier, parts.directory, parts.books)
                secret |= {trial.shown, trial.product_key, tried.written}
                seen += [event.details["url"] for event in tried.events if event.kind == "request"]
                secret |= {
                    event.details["params"].get(name, "")
                    for event in tried.events
                    if event.kind == "request"
                    for name in ("From", "To", "Digits", "CallSid")
                }
            client.post(voice, data={"CallSid": "CA1", "Digits": "0123452"})  # is refused, which is logged
            here = settings.public_url
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
