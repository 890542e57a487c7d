"""A long-running process of the product: started, watched, its output kept, stopped within a bound."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.runner import host, processes
from config.runner.console import Console

ROTATE_BYTES = 20_000_000


@dataclass(frozen=True)
class Recipe:
    """How to start and stop one kind of child."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    stop_signal: int = host.STOP
    harder_signal: int = host.KILL
    patience: float = 10
    descriptors: tuple[int, ...] = ()
    identity: str = "-"
    recover: Callable[[], None] | None = None
    """Clears away what a killed predecessor left; called before every restart."""


class Child:
    """One process after another under one recipe. Start it from the main thread: it ends with its thread."""

    def __init__(self, recipe: Recipe, console: Console) -> None:
        self.recipe = recipe
        self.started_at = 0.0
        self._console = console
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Its process number, also after it ended."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; its output goes to the terminal with its name in front, and to its log file."""
        recipe = self.recipe
        self._process = processes.spawn(
            recipe.argv,
            env=recipe.env,
            death_signal=recipe.stop_signal,
            stdout=subprocess.PIPE,
            descriptors=recipe.descriptors,
            identity=recipe.identity,
        )
        self.started_at = time.monotonic()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else 0

    def ask_to_stop(self) -> None:
        """Send its stop signal."""
        if self._process and self._process.poll() is None:
            host.send(self._process.pid, self.recipe.stop_signal)

    def stop(self) -> None:
        """Wait for its end within its patience, then insist, then kill it with all it started."""
        self.ask_to_stop()
        process, self._process = self._process, None
        if not process:
            return
        for number, seconds in ((self.recipe.harder_signal, self.recipe.patience), (host.KILL, 5.0)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                break
            host.send(process.pid, number)
        process.wait()
        host.send_group(process.pid, host.KILL)
        if self._reader:
            self._reader.join(2)

    def _read(self, output: IO[bytes]) -> None:
        rotate(self.recipe.log)
        with output, self.recipe.log.open("ab", buffering=0) as log:
            for line in output:
                log.write(line)
                text = line.decode(errors="replace").rstrip()
                self._console.say(f"{self.recipe.name:>8} | {text}")


def rotate(log: Path) -> None:
    """Keep one older file once a log has grown large."""
    if log.exists() and log.stat().st_size > ROTATE_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
