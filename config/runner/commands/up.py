"""`run.py up`: the product, kept running until it is told to stop."""

import contextlib
import os
import socket
import threading

from config.runner import django_steps, leftovers, serving
from config.runner.children import Child, rotate
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout
from config.runner.options import Options
from config.runner.preparation import Database, Preparation, owned
from config.runner.supervisor import Supervisor

STEPS = 8
DEMO_PASSWORD = "benchshare-demo"  # noqa: S105 - printed on purpose; the demo's accounts hold invented data
DEMO_ACCOUNTS = {
    "sme@demo.example": "searches and books for a firm",
    "manager@demo.example": "publishes instruments and their opening hours",
    "operator@demo.example": "runs instruments",
    "reviewer@demo.example": "evaluates utilisation",
    "admin@demo.example": "sees everything",
}


def up(options: Options) -> int:
    """Prepare, serve, and stop cleanly on Ctrl-C or SIGTERM. Raises: Failure."""
    console = Console(STEPS)
    with owned(options) as layout:
        console.say(f"Benchshare: everything it writes is in {layout.home}")
        if count := leftovers.end(layout.state / "children"):
            console.say(f"Ended {count} processes of a run.py that was killed.")
        with contextlib.closing(serving.open_socket(options.host, options.port)) as listener:
            preparation = Preparation(layout, console)
            database = preparation.prepare(preparation.migrations)
            try:
                seed(options, layout, console)
                serve(options, layout, console, database, listener)
            finally:
                database.stop()
    return 0


def seed(options: Options, layout: Layout, console: Console) -> None:
    """Demo data, unless refused; the database knows whether it has some."""
    if not options.demo:
        return
    with console.step("demo data") as step:
        step.remark = options.scale
        code = django_steps.seed(layout, options.scale)
    if code:
        raise Failure(f"Making the demo data failed with code {code}.")


def serve(
    options: Options, layout: Layout, console: Console, database: Database, listener: socket.socket
) -> None:
    """Run the children until an exception (Ctrl-C, SIGTERM) ends it; stop them, the database last."""
    environ = layout.environ() | {"BENCHSHARE_HOST": options.host, "BENCHSHARE_PORT": str(options.port)}
    supervisor = Supervisor(console, layout.state / "children")
    rotate(layout.log / "access.log")
    try:
        if database.child:
            supervisor.add(database.child)
        supervisor.start(Child(serving.worker(layout, environ), console))
        for number in range(1, options.web + 1):
            supervisor.start(Child(serving.web(layout, number, listener, environ), console))
        announcing = threading.Thread(
            target=announce, args=(options, console, supervisor, listener), daemon=True
        )
        announcing.start()
        supervisor.watch()
    finally:
        console.say("Stopping: web, worker, database.")
        listener.close()  # or new requests would wait for an answer nobody gives
        supervisor.stop()
        console.say("Stopped.")


def announce(options: Options, console: Console, supervisor: Supervisor, listener: socket.socket) -> None:
    """Say where the product is, once it answers."""
    address = serving.address_of(listener)
    if not serving.wait_until_healthy(address, seconds=120):
        console.say(f"The product has not answered {address}healthz for two minutes; the log above says why.")
        return
    supervisor.answering = True
    console.say()
    console.say(f"Benchshare is at {address}  (process {os.getpid()}; Ctrl-C stops it)")
    if options.demo:
        console.say(f"Demo accounts, password {DEMO_PASSWORD}:")
        for account, purpose in DEMO_ACCOUNTS.items():
            console.say(f"  {account:<24}{purpose}")
