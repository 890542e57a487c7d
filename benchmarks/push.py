"""From the booking's commit to the last of 1,000 sockets that watch the instrument, over two web processes."""

import asyncio
import json
import time
from argparse import Namespace

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.harness.figures import Figures, main
from benchmarks.harness.load import Connection, request
from benchmarks.harness.scene import SLOT, make_scene
from benchmarks.harness.servers import web

SOCKETS = 1000
ROUNDS = 10


def measure(figures: Figures, options: Namespace) -> None:
    scene = make_scene(1)
    slots = [start for _, start in scene.slots()]
    instrument = scene.instruments[0]
    with web(2) as port:
        posts = [
            request(
                "POST",
                "/api/v1/reservations",
                scene.token,
                {"instrument": instrument, "start": start.isoformat(), "end": (start + SLOT).isoformat()},
            )
            for start in slots[: ROUNDS + 1]
        ]
        first, last = asyncio.run(_watch(port, instrument, posts))
    figures.add("push_sockets_count", [SOCKETS])
    figures.add("push_first_socket_ms", first)
    figures.add("push_last_socket_ms", last)


async def _watch(port: int, instrument: int, posts: list[bytes]) -> tuple[list[float], list[float]]:
    """Milliseconds from the answer to a booking (just after its commit) to the first and last socket told."""
    sockets = [await _open(port, instrument) for _ in range(SOCKETS)]
    booker, first, last = Connection(port), [], []
    for post in posts:
        told = [asyncio.create_task(_told(socket)) for socket in sockets]
        status, answer = await asyncio.to_thread(booker.send, post)
        committed = time.perf_counter()
        if status != 201:
            raise RuntimeError(answer.decode())
        arrivals = await asyncio.gather(*told)
        first.append((min(arrivals) - committed) * 1000)
        last.append((max(arrivals) - committed) * 1000)
    await asyncio.gather(*(socket.close() for socket in sockets))
    return first[1:], last[1:]


async def _open(port: int, instrument: int) -> ClientConnection:
    socket = await connect(f"ws://127.0.0.1:{port}/ws/availability", open_timeout=30, ping_interval=None)
    await socket.send(json.dumps({"watch": {str(instrument): None}}))
    await socket.recv()
    return socket


async def _told(socket: ClientConnection) -> float:
    await asyncio.wait_for(socket.recv(), 30)
    return time.perf_counter()


if __name__ == "__main__":
    main(measure, __doc__)
