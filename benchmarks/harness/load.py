"""A lean HTTP client: prepared bytes over kept connections, so that the load costs the server little."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What a burst of requests came to. Latencies in milliseconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


def request(
    method: str, path: str, token: str = "", body: object = None, headers: dict[str, str] | None = None
) -> bytes:
    """One request as bytes."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: keep-alive"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


class Connection:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, raw: bytes) -> tuple[int, bytes]:
        """Send one request and read its whole answer: (status, head and body)."""
        self._socket.sendall(raw)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        elif b"content-length:" in lowered:
            length = int(lowered.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += self._more()
        return int(head.split(b" ", 2)[1]), head + b"\r\n\r\n" + body

    def _more(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


def burst(port: int, clients: int, seconds: float, requests: Callable[[int], Iterator[bytes]]) -> Tally:
    """`clients` threads send what `requests(client)` yields, one after the other, for `seconds`."""
    tally, lock = Tally(), threading.Lock()
    started = time.perf_counter()

    def run(client: int) -> None:
        connection = Connection(port)
        latencies: list[float] = []
        statuses: dict[int, int] = {}
        for raw in requests(client):
            begun = time.perf_counter()
            if begun - started > seconds:
                break
            status, _ = connection.send(raw)
            latencies.append((time.perf_counter() - begun) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
        with lock:
            tally.latencies += latencies
            for status, count in statuses.items():
                tally.statuses[status] = tally.statuses.get(status, 0) + count

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.perf_counter() - started
    return tally
