"""One week of availability through HTTP: fresh, and unchanged by ETag."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import cycle
from urllib.parse import urlencode

from benchmarks.harness.figures import Figures, main, percentile
from benchmarks.harness.load import Connection, burst, request
from benchmarks.harness.scene import SLOT, Scene, make_scene
from benchmarks.harness.servers import web

INSTRUMENTS = 50
BOOKED_PER_INSTRUMENT = 20


def measure(figures: Figures, options: Namespace) -> None:
    scene = make_scene(INSTRUMENTS)
    with web(2) as port:
        _book(scene, port)
        addresses = [_week(scene, instrument) for instrument in scene.instruments]
        for name, requests in (
            ("availability_8", [request("GET", path, scene.token) for path in addresses]),
            ("availability_304_8", _unchanged(scene, port, addresses)),
        ):
            tallies = [burst(port, 8, options.seconds, partial(_endless, requests)) for _ in range(options.repeats)]
            figures.add(f"{name}_per_s", [tally.per_second for tally in tallies])
            figures.add(f"{name}_p95_ms", [percentile(tally.latencies, 0.95) for tally in tallies])


def _week(scene: Scene, instrument: int) -> str:
    week = {"from": scene.first_day.isoformat(), "to": (scene.first_day + timedelta(days=7)).isoformat()}
    return f"/api/v1/instruments/{instrument}/availability?{urlencode(week)}"


def _unchanged(scene: Scene, port: int, addresses: list[str]) -> list[bytes]:
    """The same requests with the ETag each was answered with."""
    connection, conditional = Connection(port), []
    for path in addresses:
        _, answer = connection.send(request("GET", path, scene.token))
        tag = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"etag:"))
        etag = tag.split(b":", 1)[1].strip().decode()
        conditional.append(request("GET", path, scene.token, headers={"If-None-Match": etag}))
    return conditional


def _endless(known: list[bytes], client: int) -> Iterator[bytes]:
    return cycle(known)


def _book(scene: Scene, port: int) -> None:
    """A calendar that is neither empty nor full: every third half hour of the week."""
    connection = Connection(port)
    for instrument in scene.instruments:
        for number in range(BOOKED_PER_INSTRUMENT):
            start = scene.first_day + 3 * number * SLOT
            body = {"instrument": instrument, "start": start.isoformat(), "end": (start + SLOT).isoformat()}
            status, answer = connection.send(request("POST", "/api/v1/reservations", scene.token, body))
            if status != 201:
                raise RuntimeError(answer.decode())


if __name__ == "__main__":
    main(measure, __doc__)
