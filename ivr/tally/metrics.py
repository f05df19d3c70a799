"""The counts for Prometheus at `/metrics`: those of all processes and machines together, since the store adds them up.

So it does not matter who answers, and whoever scrapes several machines takes the highest, not the sum. Labels are steps
and codes that the code itself names; nothing that a caller said or keyed is among them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from activation_core.from_here import is_from_here
from ivr.tally.counting import BUCKET, ENDINGS, HEARD, LAST_BUCKET, Counts
from ivr.tally.day import BUCKETS

if TYPE_CHECKING:
    from prometheus_client import Metric

_A_NAME = re.compile(r"[a-z_]*")


def metrics(counted: Callable[[], Counts], token: str, is_open_here: bool) -> Blueprint:
    """For whoever sends the token, `Authorization: Bearer …`, and, where it `is_open_here`, for this machine itself.

    Behind a bare proxy everybody seems to be at this machine.
    """
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def scraped() -> Response:
        is_here = is_open_here and is_from_here(request.remote_addr, request.host, request.headers)
        if not (is_here or _brings(token)):
            words = "With METRICS_TOKEN only: Authorization: Bearer …\n"
            return Response(words, 403, content_type="text/plain; charset=utf-8")
        from prometheus_client import CollectorRegistry  # takes a tenth of a second at a start
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
        from prometheus_client.registry import Collector

        class Calls(Collector):
            def collect(self) -> Iterator[Metric]:
                return families(counted())

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Calls())
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _brings(token: str) -> bool:
    return bool(token) and hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
    )


def families(counts: Counts) -> Iterator[Metric]:
    """What was counted, of all time."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    def counter(name: str, words: str, label: str, of: Mapping[str, int]) -> Metric:
        family = CounterMetricFamily(f"phone_activation_{name}", words, labels=[label])
        for value, number in sorted(of.items()):
            family.add_metric([value], number)
        return family

    def of(what: str) -> dict[str, int]:
        return {which: n for (counted, which), n in counts.items() if counted == what and _A_NAME.fullmatch(which)}

    yield CounterMetricFamily(
        "phone_activation_calls", "Calls that were answered.", value=counts.get(("answered", ""), 0)
    )
    yield counter("calls_turned_away", "Calls for which there was no room, by what was busy.", "by", of("turned_away"))
    yield CounterMetricFamily(
        "phone_activation_defects", "Webhooks that ended in a defect.", counts.get(("defect", ""), 0)
    )
    yield counter("asked", "Documents, by the step with which they began.", "step", of("asked"))
    for heard in HEARD:
        yield counter(heard, f"Answers of callers that were {heard}, by the step.", "step", of(heard))
    yield counter("blocks", "Blocks of Installation IDs that were keyed right or wrong.", "keyed", of("block"))
    yield counter("refusals", "Refusals that callers heard, by their code.", "code", of("refusal"))
    ended = GaugeMetricFamily(
        "phone_activation_calls_ended", "Calls by how they ended, or stand now.", labels=["ending"]
    )
    for ending in ENDINGS:
        ended.add_metric([ending], sum(number for (what, _), number in counts.items() if what == ending))
    yield ended
    times = [counts.get(("seconds", str(begins)), 0) for begins in BUCKETS]
    ends = [str(float(begins + BUCKET)) if begins < LAST_BUCKET else "+Inf" for begins in BUCKETS]
    yield HistogramMetricFamily(
        "phone_activation_seconds_to_confirmation",
        "Seconds from the answer to the first Confirmation ID of a call.",
        buckets=list(zip(ends, accumulate(times), strict=True)),
        sum_value=counts.get(("seconds_in_all", ""), 0),
    )
