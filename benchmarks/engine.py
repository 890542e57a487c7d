"""The reservation engine through HTTP on demo data of several sizes, beside bare inserts and an empty view.

Each size has a database of its own beside the one that was given, seeded on first use and kept. Figures end in the
size: _60k and _1m reservations, with --scale nation also _25m.
"""

import json
import os
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.harness.figures import Figures, arguments, percentile
from benchmarks.harness.load import Connection, Tally, burst, request
from benchmarks.harness.processor import database_pids, spent_ms
from benchmarks.harness.scene import SLOT, Scene, make_scene
from benchmarks.harness.servers import Served, served
from core import clock

SUFFIXES: Final = {"city": "60k", "province": "1m", "nation": "25m"}
INSTRUMENTS: Final = 200
WEB_PROCESSES: Final = 2

_BARE_TABLES = """
    DROP TABLE IF EXISTS bench_claim, bench_reservation;
    CREATE TABLE bench_reservation (LIKE reservations_reservation INCLUDING ALL);
    CREATE TABLE bench_claim (LIKE calendars_claim INCLUDING ALL,
        EXCLUDE USING gist (resource_id WITH =, place WITH =, occupies WITH &&));
"""
_BARE = """
    WITH r AS (
        INSERT INTO bench_reservation
        SELECT (jsonb_populate_record(b, jsonb_build_object(
            'id', nextval('reservations_reservation_id_seq'), 'instrument_id', %(i)s::bigint,
            'during', tstzrange(%(s)s, %(e)s)))).*
        FROM reservations_reservation b WHERE b.id = %(like)s RETURNING id)
    INSERT INTO bench_claim (reservation_id, resource_id, place, occupies)
    SELECT id, %(i)s, 1, tstzrange(%(s)s, %(e)s) FROM r
"""


def measure(figures: Figures, options: Namespace) -> None:
    """Every figure of the size whose database this process is connected to."""
    scene = make_scene(INSTRUMENTS)
    slots = _Slots(scene)
    with served(WEB_PROCESSES) as by:
        burst(by.port, 2, 2, partial(_bookings, scene, slots))  # warm caches, kept connections, prepared statements
        _measure_bookings(figures, options, by, partial(_bookings, scene, slots))
        for name, requests in _reads(scene, by.port).items():
            asked = partial(_endless, requests)
            tallies = [burst(by.port, 8, options.seconds, asked) for _ in range(options.repeats)]
            _expect(name, tallies, 200, 304)
            figures.add(f"{name}_per_s_8", [tally.per_second for tally in tallies])
        _measure_search(figures, options, by.port, partial(_bookings, scene, slots))
    figures.add("booking_statements_count", [_statements(scene, slots)])
    figures.add("bare_insert_per_s_8", [_bare(8, options.seconds) for _ in range(options.repeats)])


def _measure_bookings(figures: Figures, options: Namespace, by: Served, bookings: "_Requests") -> None:
    app, database = [], []
    for clients in (1, 8):
        tallies = []
        for _ in range(options.repeats):
            before = spent_ms(by.pids), spent_ms(database_pids())
            tallies.append(burst(by.port, clients, options.seconds, bookings))
            made = len(tallies[-1].latencies)
            app.append((spent_ms(by.pids) - before[0]) / made)
            database.append((spent_ms(database_pids()) - before[1]) / made)
        _expect("bookings", tallies, 201)
        figures.add(f"booking_per_s_{clients}", [tally.per_second for tally in tallies])
        figures.add(f"booking_p95_ms_{clients}", [percentile(tally.latencies, 0.95) for tally in tallies])
    figures.add("booking_app_cpu_ms", app)
    figures.add("booking_db_cpu_ms", database)


def _reads(scene: Scene, port: int) -> dict[str, list[bytes]]:
    """What is asked again and again: nothing, quotes, a week fresh, a week unchanged."""
    paths = [_week(scene, instrument) for instrument in scene.instruments]
    quotes = [request("POST", "/api/v1/quotes", scene.token, _wish(i, start)) for i, start in scene.slots()[-400:]]
    return {
        "empty_view": [request("GET", "/healthz")],
        "quote": quotes,
        "availability": [request("GET", path, scene.token) for path in paths],
        "availability_304": _unchanged(scene, port, paths),
    }


def _measure_search(figures: Figures, options: Namespace, port: int, bookings: "_Requests") -> None:
    """The first page by free time, by one client, while another books."""
    since = datetime.fromisoformat(f"{_tomorrow():%Y-%m-%d}T00:00:00+08:00")
    asked = {"free_from": since.isoformat(), "free_to": (since + timedelta(days=7)).isoformat(), "duration": 180}
    raw = request("GET", f"/api/v1/instruments?{urlencode(asked | {'limit': 20})}")
    samples = []
    for _ in range(options.repeats):
        other = threading.Thread(target=burst, args=(port, 1, options.seconds, bookings))
        other.start()
        tally = burst(port, 1, options.seconds, partial(_endless, [raw]))
        other.join()
        _expect("search", [tally], 200)
        samples.append(percentile(tally.latencies, 0.95))
    figures.add("free_window_p95_ms", samples)


class _Slots:
    """Disjoint slots for parallel clients."""

    def __init__(self, scene: Scene) -> None:
        self._slots, self._lock = iter(scene.slots()), threading.Lock()

    def __next__(self) -> tuple[int, datetime]:
        with self._lock:
            return next(self._slots)


_Requests = partial[Iterator[bytes]]


def _bookings(scene: Scene, slots: _Slots, client: int) -> Iterator[bytes]:
    while True:
        yield request("POST", "/api/v1/reservations", scene.token, _wish(*next(slots)))


def _endless(known: list[bytes], client: int) -> Iterator[bytes]:
    return cycle(known)


def _wish(instrument: int, start: datetime) -> dict[str, object]:
    return {"instrument": instrument, "start": start.isoformat(), "end": (start + SLOT).isoformat()}


def _week(scene: Scene, instrument: int) -> str:
    week = {"from": scene.first_day.isoformat(), "to": (scene.first_day + timedelta(days=7)).isoformat()}
    return f"/api/v1/instruments/{instrument}/availability?{urlencode(week)}"


def _unchanged(scene: Scene, port: int, paths: list[str]) -> list[bytes]:
    """The same requests with the ETag each was answered with."""
    client, conditional = Connection(port), []
    for path in paths:
        _, answer = client.send(request("GET", path, scene.token))
        tag = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"etag:"))
        etag = tag.split(b":", 1)[1].strip().decode()
        conditional.append(request("GET", path, scene.token, headers={"If-None-Match": etag}))
    return conditional


def _expect(name: str, tallies: list[Tally], *statuses: int) -> None:
    seen = [tally.statuses for tally in tallies]
    if any(set(each) - set(statuses) for each in seen):
        raise RuntimeError(f"{name}: {seen}")


def _statements(scene: Scene, slots: _Slots) -> int:
    """Statements of one booking request, in this process."""
    instrument, start = next(slots)
    client = Client(headers={"Authorization": f"Bearer {scene.token}", "Host": "127.0.0.1"})
    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/api/v1/reservations", json.dumps(_wish(instrument, start)), "application/json")
    if answer.status_code != 201:
        raise RuntimeError(answer.content.decode())
    return len(captured)


def _bare(clients: int, seconds: float) -> float:
    """Inserts a second of a reservation and its claim, each its own transaction, on kept connections."""
    with connection.cursor() as cursor:
        cursor.execute(_BARE_TABLES)
        cursor.execute("SELECT max(id) FROM reservations_reservation")
        like = cursor.fetchone()[0]
    counts = [0] * clients

    def run(client: int) -> None:
        own = connection.copy()
        with own.cursor() as cursor:
            started, first = time.perf_counter(), datetime.fromisoformat("2030-01-01T00:00:00+00:00")
            while time.perf_counter() - started < seconds:
                start = first + counts[client] * SLOT
                cursor.execute(_BARE, {"i": client + 1, "s": start, "e": start + SLOT, "like": like})
                counts[client] += 1
        own.close()

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begun)


def _tomorrow() -> datetime:
    return clock.now() + timedelta(days=1)


def _beside(scale: str) -> str:
    """The address of the database of a size, made when it is not there."""
    name = f"bench_{SUFFIXES[scale]}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {name}")
    database = settings.DATABASES["default"]
    given = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{name}"
    return urlunsplit(urlsplit(given))


def _run_scale(scale: str, given: list[str]) -> dict[str, dict[str, float]]:
    """One size in a process of its own, whose database is that of the size."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        environ = os.environ | {"DATABASE_URL": _beside(scale)}
        command = [sys.executable, "-m", "benchmarks.engine", *given, "--only", scale, "--json", str(file)]
        subprocess.run(command, env=environ, check=True)
        figures: dict[str, dict[str, float]] = json.loads(file.read_text())
    return {f"{name}_{SUFFIXES[scale]}": values for name, values in figures.items()}


def _seeded(scale: str) -> None:
    call_command("migrate", verbosity=0)
    call_command("seed_demo", scale=scale, if_empty=True)
    call_command("extend_calendars")


def run(parser: ArgumentParser) -> None:
    """--scale: the largest size; --only: that size alone, in the database that was given."""
    parser.add_argument("--scale", choices=list(SUFFIXES), default="province")
    parser.add_argument("--only", choices=list(SUFFIXES))
    options = parser.parse_args()
    figures = Figures()
    if options.only:
        print(f"{options.only} ({SUFFIXES[options.only]} reservations)", flush=True)
        _seeded(options.only)
        measure(figures, options)
    else:
        wanted = list(SUFFIXES)[: list(SUFFIXES).index(options.scale) + 1]
        given = ["--repeats", str(options.repeats), "--seconds", str(options.seconds)]
        for scale in wanted:
            figures.take(_run_scale(scale, given))
    figures.save(options.json)


if __name__ == "__main__":
    run(arguments(__doc__))
