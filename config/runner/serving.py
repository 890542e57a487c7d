"""The processes that make up a running product: web processes on one socket, and the background worker."""

import http.client
import socket
import time

from config.runner import host
from config.runner.children import Recipe
from config.runner.django_steps import manage_command
from config.runner.failures import Refusal
from config.runner.layout import Layout

POLLING_SECONDS = "0.2"
"""Jobs are inserted without NOTIFY (it would make commits queue), so the worker looks by itself."""


def open_socket(address: str, port: int) -> socket.socket:
    """The socket all web processes inherit; opened before the work begins. Raises: Refusal."""
    try:
        listener = host.open_listener(address, port)
    except OSError as error:
        if host.is_busy(error):
            raise Refusal(f"Port {port} on {address} is already in use; choose another with --port.") from error
        raise Refusal(f"Can't listen on {address} port {port}: {error.strerror or error}.") from error
    listener.set_inheritable(True)
    return listener


def web(layout: Layout, number: int, listener: socket.socket, environ: dict[str, str]) -> Recipe:
    """One daphne. Requests have a log of their own: on the terminal they would hide everything else."""
    descriptor = listener.fileno()
    endpoint = ["--fd", str(descriptor)]
    if listener.family == socket.AF_INET6:  # --fd takes every socket for IPv4 and misreads its clients' addresses
        endpoint = ["--endpoint", "systemd:domain=INET6:name=web"]
        names = ":".join([*(f"unused{number}" for number in range(3, descriptor)), "web"])  # they count from 3
        environ = environ | {"LISTEN_FDS": str(descriptor - 2), "LISTEN_FDNAMES": names}
    options = ["--verbosity", "0", "--no-server-name", "--access-log", str(layout.log / "access.log")]
    return Recipe(
        name=f"web-{number}",
        argv=[str(layout.python), "-m", "daphne", *options, *endpoint, "config.asgi:application"],
        env=environ,
        log=layout.log / f"web-{number}.log",
        descriptors=(descriptor,),
    )


def worker(layout: Layout, environ: dict[str, str]) -> Recipe:
    """The background worker. It ends when it loses the database; the supervisor starts it again."""
    options = ["--no-listen-notify", "--fetch-job-polling-interval", POLLING_SECONDS]
    return Recipe(
        name="worker",
        argv=manage_command(layout, "procrastinate", "worker", *options, "--shutdown-graceful-timeout", "10"),
        env=environ,
        log=layout.log / "worker.log",
        patience=15,
    )


def address_of(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    name, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - translated, not bound
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def wait_until_healthy(address: str, seconds: float) -> bool:
    """Whether /healthz answers within that time."""
    place = address.removeprefix("http://").rstrip("/")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if _answers(place):
            return True
        time.sleep(0.1)
    return False


def _answers(place: str) -> bool:
    connection = http.client.HTTPConnection(place, timeout=5)
    try:
        connection.request("GET", "/healthz")
        # Behind a proxy it may refuse this host name or insist on https, and answers all the same.
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
