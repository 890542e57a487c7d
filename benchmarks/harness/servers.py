"""Real web processes over the benchmark's database: N daphnes on one inherited socket."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.error import URLError

from django.db import connection


class Served(NamedTuple):
    """The port that is listened on, and the web processes."""

    port: int
    pids: list[int]


@contextmanager
def web(processes: int = 1) -> Iterator[int]:
    """Serve until the block ends; yields the port."""
    with served(processes) as by:
        yield by.port


@contextmanager
def served(processes: int) -> Iterator[Served]:
    """The same, with the processes' ids."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    port = int(listener.getsockname()[1])
    children = [_start(listener) for _ in range(processes)]
    try:
        _wait(port)
        yield Served(port, [child.pid for child in children])
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(10)
        listener.close()


def _start(listener: socket.socket) -> "subprocess.Popen[bytes]":
    settings = connection.settings_dict
    url = (
        f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
        f"/{settings['NAME']}"
    )
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "daphne",
            "-v",
            "0",
            "--no-server-name",
            "--fd",
            str(listener.fileno()),
            "config.asgi:application",
        ],
        env={**os.environ, "DATABASE_URL": url},
        pass_fds=[listener.fileno()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the web processes did not come up")
