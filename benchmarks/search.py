"""Catalogue search through HTTP on demo data: plain, by text, by facet, by free time."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import cycle
from urllib.parse import quote, urlencode

from django.core.management import call_command

from benchmarks.harness.figures import Figures, main, percentile
from benchmarks.harness.load import burst, request
from benchmarks.harness.servers import web
from core import clock
from instruments.catalogue.models import Instrument

SCALE = "province"
PROVINCE = 7_000


def measure(figures: Figures, options: Namespace) -> None:
    """Seeds the province into an empty database, which takes some minutes the first time."""
    call_command("seed_demo", scale=SCALE, if_empty=True)
    if Instrument.objects.count() < PROVINCE:
        raise RuntimeError("other benchmarks left their data: delete <data>/bench to measure on the province")
    figures.add("instruments_count", [Instrument.objects.count()])
    since = clock.now() + timedelta(days=1)
    free = urlencode(
        {"free_from": since.isoformat(), "free_to": (since + timedelta(days=7)).isoformat(), "duration": 180}
    )
    questions = {
        "search_plain": "limit=20",
        "search_text": f"limit=20&q={quote('质谱')}",
        "search_facet": "limit=20&category=010000&access_mode=self_operated",
        "search_soonest": "limit=20&sort=soonest",
        "search_free_3h": f"limit=20&{free}",
    }
    with web(2) as port:
        for name, query in questions.items():
            raw = request("GET", f"/api/v1/instruments?{query}")
            tallies = [burst(port, 1, options.seconds, partial(_same, raw)) for _ in range(options.repeats)]
            if any(set(tally.statuses) != {200} for tally in tallies):
                raise RuntimeError(f"{name}: {[tally.statuses for tally in tallies]}")
            figures.add(f"{name}_p50_ms", [percentile(tally.latencies, 0.5) for tally in tallies])
            figures.add(f"{name}_p95_ms", [percentile(tally.latencies, 0.95) for tally in tallies])


def _same(raw: bytes, client: int) -> Iterator[bytes]:
    return cycle([raw])


if __name__ == "__main__":
    main(measure, __doc__)
