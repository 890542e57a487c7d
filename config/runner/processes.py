"""Commands that run to their end while the product is being set up."""

import contextlib
import subprocess
import threading
from pathlib import Path
from typing import IO

from config.runner import host
from config.runner.failures import Failure
from config.runner.layout import CHECKOUT

_running: set["subprocess.Popen[bytes]"] = set()
_guard = threading.Lock()
_interrupted = threading.Event()


def spawn(
    argv: list[str],
    *,
    env: dict[str, str],
    death_signal: int,
    cwd: Path = CHECKOUT,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    descriptors: tuple[int, ...] = (),
    identity: str = "-",
    foreground: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start a process that ends with the calling thread.

    It leads its own group, so that Ctrl-C is ours to pass on; in the foreground it shares the terminal.
    """
    return subprocess.Popen(
        host.launch_command(argv, death_signal=death_signal, identity=identity),
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        pass_fds=descriptors,
        start_new_session=not foreground,
    )


def run(argv: list[str], *, env: dict[str, str], log: Path, cwd: Path = CHECKOUT) -> None:
    """Run a command to its end, its output into log. Raises: Failure with the end of that output."""
    with log.open("wb") as output:
        process = spawn(argv, env=env, death_signal=host.STOP, cwd=cwd, stdout=output)
        code = _wait(process)
    if code:
        raise Failure(f"`{' '.join(map(_short, argv))}` failed with code {code}.{tail(log)}")


def run_here(argv: list[str], *, env: dict[str, str]) -> int:
    """Run a command in the terminal, which it shares with its keyboard; return its exit code."""
    return _wait(spawn(argv, env=env, death_signal=host.STOP, stdin=None, foreground=True))


def _wait(process: "subprocess.Popen[bytes]") -> int:
    with _guard:
        _running.add(process)
    if _interrupted.is_set():
        host.send(process.pid, host.STOP)
    try:
        return process.wait()
    except KeyboardInterrupt:
        _end([process])
        raise
    finally:
        with _guard:
            _running.discard(process)


def interrupt() -> None:
    """End every command that is running, or about to: run.py has been asked to stop."""
    _interrupted.set()
    with _guard:
        running = list(_running)
    _end(running)


def _end(running: list["subprocess.Popen[bytes]"]) -> None:
    for process in running:
        host.send(process.pid, host.STOP)
        host.send_group(process.pid, host.STOP)
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        host.send_group(process.pid, host.KILL)


def _short(word: str) -> str:
    """A program by its name, the rest as given."""
    return Path(word).name if word.startswith("/") else word


def tail(log: Path, lines: int = 25) -> str:
    text = log.read_text(errors="replace").rstrip().splitlines()[-lines:]
    return "\n".join(["", *(f"    {line}" for line in text), f"The whole output is in {log}."])
