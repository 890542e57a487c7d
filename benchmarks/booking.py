"""Bookings per second through HTTP, beside bare inserts under the same constraint and a view that does nothing."""

import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from benchmarks.harness.figures import Figures, main, percentile
from benchmarks.harness.load import Tally, burst, request
from benchmarks.harness.scene import SLOT, Scene, make_scene
from benchmarks.harness.servers import web

INSTRUMENTS = 200

_BARE_TABLES = """
    DROP TABLE IF EXISTS bench_claim, bench_reservation;
    CREATE TABLE bench_reservation (LIKE reservations_reservation INCLUDING ALL);
    CREATE TABLE bench_claim (LIKE calendars_claim INCLUDING ALL,
        EXCLUDE USING gist (resource_id WITH =, place WITH =, occupies WITH &&));
"""
_BARE = """
    WITH r AS (
        INSERT INTO bench_reservation (instrument_id, kind, status, during, turnaround_minutes, places, tier,
            purpose, note, quote, total_fen, use_is_assumed, ended_reason, created_at, version, user_id)
        VALUES (%(i)s, 'use', 'confirmed', tstzrange(%(s)s, %(e)s), 0, 1, 'enterprise', '', '', '{}', 0, false, '',
            now(), 1, 1) RETURNING id)
    INSERT INTO bench_claim (reservation_id, resource_id, place, occupies)
    SELECT id, %(i)s, 1, tstzrange(%(s)s, %(e)s) FROM r
"""


def measure(figures: Figures, options: Namespace) -> None:
    scene = make_scene(INSTRUMENTS)
    slots = iter(scene.slots())
    lock = threading.Lock()

    def bookings(client: int) -> Iterator[bytes]:
        while True:
            with lock:
                instrument, start = next(slots)
            yield _booking(scene, instrument, start)

    def nothing(client: int) -> Iterator[bytes]:
        while True:
            yield request("GET", "/healthz")

    for processes in (1, 2):
        with web(processes) as port:
            burst(port, 2, 1, bookings)  # warm caches and kept connections
            for clients in (1, 8):
                tallies = [burst(port, clients, options.seconds, bookings) for _ in range(options.repeats)]
                _report(figures, f"booking_web{processes}_{clients}", tallies)
            tallies = [burst(port, 8, options.seconds, nothing) for _ in range(options.repeats)]
            figures.add(f"empty_view_web{processes}_8_per_s", [tally.per_second for tally in tallies])
    figures.add("bare_insert_8_per_s", [_bare(8, options.seconds) for _ in range(options.repeats)])
    ratio = figures.median("booking_web2_8_per_s") / figures.median("bare_insert_8_per_s")
    figures.add("booking_to_bare_insert_ratio", [ratio])


def _report(figures: Figures, name: str, tallies: list[Tally]) -> None:
    refused = sum(count for tally in tallies for status, count in tally.statuses.items() if status != 201)
    if refused:
        raise RuntimeError(f"{refused} bookings were refused: {[tally.statuses for tally in tallies]}")
    figures.add(f"{name}_per_s", [tally.per_second for tally in tallies])
    figures.add(f"{name}_p95_ms", [percentile(tally.latencies, 0.95) for tally in tallies])


def _booking(scene: Scene, instrument: int, start: datetime) -> bytes:
    body = {
        "instrument": instrument,
        "start": start.isoformat(),
        "end": (start + SLOT).isoformat(),
        "purpose": "bench",
    }
    return request("POST", "/api/v1/reservations", scene.token, body)


def _bare(clients: int, seconds: float) -> float:
    """Inserts a second of a reservation and its claim, each its own transaction, on kept connections."""
    with connection.cursor() as cursor:
        cursor.execute(_BARE_TABLES)
    counts = [0] * clients

    def run(client: int) -> None:
        own = connection.copy()
        with own.cursor() as cursor:
            started, first = time.perf_counter(), datetime.fromisoformat("2030-01-01T00:00:00+00:00")
            while time.perf_counter() - started < seconds:
                start = first + counts[client] * SLOT
                cursor.execute(_BARE, {"i": client + 1, "s": start, "e": start + SLOT})
                counts[client] += 1
        own.close()

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


if __name__ == "__main__":
    main(measure, __doc__)
