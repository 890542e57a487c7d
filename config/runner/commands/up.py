"""`run.py up`: the product, kept running until it is told to stop."""

import contextlib
import os
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from config.runner import django_steps, leftovers, processes, serving, stamps
from config.runner.children import Child, Recipe, rotate
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout
from config.runner.options import Options
from config.runner.preparation import Database, Preparation, owned
from config.runner.supervisor import Supervisor

STEPS = 8
DEMO_STEPS = 1
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
    console = Console(STEPS + (DEMO_STEPS if options.demo else 0))
    with owned(options) as layout:
        console.say(f"Benchshare: everything it writes is in {layout.home}")
        if count := leftovers.end(layout.state / "children"):
            console.say(f"Ended {count} processes of a run.py that was killed.")
        with contextlib.closing(serving.open_socket(options.host, options.port)) as listener:
            run = Run(options, layout, console, listener)
            database = run.prepare()
            try:
                with contextlib.suppress(KeyboardInterrupt):  # how it is meant to end
                    run.serve(database)
            finally:
                database.stop()
    return 0


@dataclass
class Run:
    """One run of the product."""

    options: Options
    layout: Layout
    console: Console
    listener: socket.socket

    def prepare(self) -> Database:
        """Everything there is to do before serving; on a first start that includes the demo data."""
        preparation = Preparation(self.layout, self.console)

        def fill(database: Database) -> None:
            preparation.migrations(database)
            if self.options.demo:
                self.seed(database)

        return preparation.prepare(fill)

    def seed(self, database: Database) -> None:
        """Demo data, with its progress on the terminal. Raises: Failure."""
        with self.console.step("demo data") as step:
            step.remark = self.options.scale
            if self.was_seeded(database):
                step.skip()
                return
            command = django_steps.seed_command(self.layout, self.options.scale)
            code = processes.run_here(command, env=self.layout.environ())
        if code:
            raise Failure(f"Making the demo data failed with code {code}.")
        stamps.record(self.seeded, database.identity() or "")

    @property
    def seeded(self) -> Path:
        """The stamp that says which database was seeded."""
        return self.layout.state / "seeded"

    def was_seeded(self, database: Database) -> bool:
        """Whether the database has had its demo data; then asking it can wait until the product answers."""
        identity = database.identity()
        return identity is not None and stamps.is_current(self.seeded, identity)

    def serve(self, database: Database) -> None:
        """Run the children until an exception (Ctrl-C, SIGTERM) ends it; stop them, the database last."""
        supervisor = Supervisor(self.console, self.layout.state / "children")
        rotate(self.layout.log / "access.log")
        try:
            if database.child:
                supervisor.add(database.child)
            for recipe in self.recipes():
                supervisor.start(Child(recipe, self.console))
            threading.Thread(target=self.accompany, args=(supervisor, database), daemon=True).start()
            supervisor.watch()
        finally:
            self.console.say("Stopping: web, worker, database.")
            self.listener.close()  # or new requests would wait for an answer nobody gives
            supervisor.stop()
            self.console.say("Stopped.")

    def recipes(self) -> list[Recipe]:
        """The worker, then the web processes, which are stopped first."""
        environ = self.layout.environ()
        environ |= {"BENCHSHARE_HOST": self.options.host, "BENCHSHARE_PORT": str(self.options.port)}
        numbers = range(1, self.options.web + 1)
        web = [serving.web(self.layout, number, self.listener, environ) for number in numbers]
        return [serving.worker(self.layout, environ), *web]

    def accompany(self, supervisor: Supervisor, database: Database) -> None:
        """Say where the product is once it answers; then see that a database emptied by hand is seeded again."""
        address = serving.address_of(self.listener)
        with self.console.step("web processes and worker"):
            healthy = serving.wait_until_healthy(address, seconds=120)
        if not healthy:
            self.console.say(f"No answer from {address}healthz for two minutes; the log above says why.")
            return
        supervisor.answering = True
        self.announce(address)
        if self.options.demo and self.was_seeded(database):
            command = django_steps.seed_command(self.layout, self.options.scale)
            with contextlib.suppress(Failure):  # its log says what; the product runs without it
                processes.run(command, env=self.layout.environ(), log=self.layout.log / "seed.log")

    def announce(self, address: str) -> None:
        """The address, and who can sign in."""
        say = self.console.say
        say()
        say(f"Benchshare is at {address}  (process {os.getpid()}; Ctrl-C stops it)")
        if self.options.demo:
            say(f"Demo accounts, password {DEMO_PASSWORD}:")
            for account, purpose in DEMO_ACCOUNTS.items():
                say(f"  {account:<24}{purpose}")
