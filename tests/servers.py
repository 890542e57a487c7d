"""Real processes of the product against the test database, for tests that need more than one of them.

`serving(2)` starts web processes that share one inherited listening socket, as the supervisor does, and
optionally the background worker; all end with the `with` block. Fixtures for the usual cases stand below.
Tests that use them need `@pytest.mark.django_db(transaction=True)`: the processes see only what is committed.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytest

from tests.databases import CHECKOUT, database_url

START_SECONDS = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Servers:
    """Running processes. port: of the shared socket on 127.0.0.1; logs: one file per process; environ: theirs."""

    port: int
    web: tuple[subprocess.Popen[bytes], ...]
    logs: Path
    worker: subprocess.Popen[bytes] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_address(self) -> str:
        """Where the sockets are."""
        return f"ws://127.0.0.1:{self.port}"

    def log(self) -> str:
        """What all processes wrote, for the message of a failed test."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.logs.iterdir()))


@contextmanager
def serving(processes: int, *, worker: bool = False, environ: Mapping[str, str] = NOTHING) -> Iterator[Servers]:
    """Start web processes (and the worker) over the test database and wait until they answer.

    environ: variables on top of this process's.
    """
    with ExitStack() as stack:
        logs = Path(stack.enter_context(TemporaryDirectory(prefix="benchshare-servers-")))
        listener = stack.enter_context(_listener())
        settings = {**os.environ, "DATABASE_URL": database_url(), "BENCHSHARE_POOL": "10", **environ}
        web = [stack.enter_context(_web(number, listener, settings, logs)) for number in range(processes)]
        working = stack.enter_context(working_on(settings, logs / "worker.log")) if worker else None
        servers = Servers(listener.getsockname()[1], tuple(web), logs, working, settings)
        _wait(servers)
        yield servers


@pytest.fixture(scope="session")
def web_pair(django_db_setup: None) -> Iterator[Servers]:
    """Two web processes on one socket, for the whole session."""
    with serving(2) as servers:
        yield servers


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.set_inheritable(True)
    return listener


@contextmanager
def _web(
    number: int, listener: socket.socket, environ: Mapping[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    descriptor = listener.fileno()
    daphne = [sys.executable, "-m", "daphne", "--verbosity", "0", "--fd", str(descriptor)]
    argv = [*daphne, "config.asgi:application"]
    with _running(argv, environ, logs / f"web-{number}.log", descriptor) as process:
        yield process


@contextmanager
def working_on(environ: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A background worker of its own, as `serving` starts one."""
    argv = [sys.executable, "manage.py", "procrastinate", "worker", "--no-listen-notify"]
    argv += ["--fetch-job-polling-interval", "0.2", "--shutdown-graceful-timeout", "5"]
    with _running(argv, environ, log) as process:
        yield process


@contextmanager
def _running(
    argv: list[str], environ: Mapping[str, str], log: Path, *descriptors: int
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, cwd=CHECKOUT, env=dict(environ), stdout=output, stderr=output, pass_fds=descriptors
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(servers: Servers) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (_all_listen(servers) and _healthy(servers.port)):
        ended = [process.pid for process in servers.web if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            raise RuntimeError(f"The web processes did not start (ended: {ended})\n{servers.log()}")
        time.sleep(0.1)


def _all_listen(servers: Servers) -> bool:
    """Each says so in its own log: an answer alone could be the same one's every time."""
    return all("Listening on TCP" in log.read_text() for log in servers.logs.glob("web-*.log"))


def _healthy(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
