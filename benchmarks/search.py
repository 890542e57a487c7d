"""Catalogue search through HTTP on demo data: plain, by text, facet and free time; quiet, and while others book."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from threading import Event, Thread
from urllib.parse import quote, urlencode

from django.core.management import call_command

from benchmarks.harness.figures import Figures, main, percentile
from benchmarks.harness.load import Connection, Tally, burst, request
from benchmarks.harness.scene import Scene, make_scene
from benchmarks.harness.servers import web
from core import clock
from instruments.catalogue.models import Instrument

SCALE = "province"
PROVINCE = 7_000
WARM_UP_SECONDS = 1.5
BOOKINGS_PER_SECOND = 10


def measure(figures: Figures, options: Namespace) -> None:
    """Seeds the province into an empty database, which takes some minutes the first time."""
    call_command("seed_demo", scale=SCALE, if_empty=True)
    if Instrument.objects.count() < PROVINCE:
        raise RuntimeError("other benchmarks left their data: delete <data>/bench to measure on the province")
    figures.add("instruments_count", [Instrument.objects.count()])
    questions, scene = _questions(clock.now()), make_scene(8)
    with web(2) as port:
        for name, query in questions.items():
            _measured(figures, name, partial(_searched, port, query, options), options)
        with _booking(port, scene) as booked:
            for name in ("search_free_3h", "search_soonest"):
                again = partial(_searched, port, questions[name], options)
                _measured(figures, f"{name}_while_booking", again, options)
        figures.add("bookings_meanwhile_count", [len(booked)])


def _questions(now: datetime) -> dict[str, str]:
    since = now + timedelta(days=1)
    free = urlencode(
        {"free_from": since.isoformat(), "free_to": (since + timedelta(days=7)).isoformat(), "duration": 180}
    )
    return {
        "search_plain": "limit=20",
        "search_text": f"limit=20&q={quote('质谱')}",
        "search_facet": "limit=20&category=010000&access_mode=self_operated",
        "search_soonest": "limit=20&sort=soonest",
        "search_free_3h": f"limit=20&{free}",
        "search_free_3h_in_category": f"limit=20&category=010000&{free}",
        "search_free_3h_at_institution": f"limit=20&institution=5&{free}",
    }


def _searched(port: int, query: str, options: Namespace) -> Tally:
    raw = request("GET", f"/api/v1/instruments?{query}")
    return burst(port, 1, options.seconds, partial(_same, raw))


def _measured(figures: Figures, name: str, search: Callable[[], Tally], options: Namespace) -> None:
    """The processes have prepared their statements and counted the facets before the first repeat."""
    _warm_up(search, options)
    tallies = [search() for _ in range(options.repeats)]
    if any(set(tally.statuses) != {200} for tally in tallies):
        raise RuntimeError(f"{name}: {[tally.statuses for tally in tallies]}")
    for share in (50, 95):
        samples = [percentile(tally.latencies, share / 100) for tally in tallies]
        figures.add(f"{name}_p{share}_ms", samples)


def _warm_up(search: Callable[[], Tally], options: Namespace) -> None:
    seconds, options.seconds = options.seconds, WARM_UP_SECONDS
    search()
    options.seconds = seconds


@contextmanager
def _booking(port: int, scene: Scene) -> Iterator[list[int]]:
    """Somebody books all the while, at a steady pace; yields the statuses."""
    statuses, stop = list[int](), Event()

    def run() -> None:
        connection = Connection(port)
        for instrument, start in scene.slots():
            if stop.wait(1 / BOOKINGS_PER_SECOND):
                return
            end = start + timedelta(minutes=30)
            body = {"instrument": instrument, "start": start.isoformat(), "end": end.isoformat(), "purpose": "x"}
            status, _ = connection.send(request("POST", "/api/v1/reservations", scene.token, body))
            statuses.append(status)

    thread = Thread(target=run)
    thread.start()
    yield statuses
    stop.set()
    thread.join()
    if set(statuses) != {201}:
        raise RuntimeError(f"bookings beside the searches: {statuses[:20]}")


def _same(raw: bytes, client: int) -> Iterator[bytes]:
    return cycle([raw])


if __name__ == "__main__":
    main(measure, __doc__ or "")
