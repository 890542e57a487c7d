"""The Python environment: exactly what uv.lock says, made with a pinned uv."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from config.runner import processes, stamps
from config.runner.console import Step
from config.runner.layout import CHECKOUT, Layout
from config.runner.locks import turn

LOCK_FILE = CHECKOUT / "uv.lock"
INSTALLER = Path(__file__).with_name("uv.txt")


class Installed(NamedTuple):
    """What the environment holds: the state of the lock file it follows, and the groups."""

    locked: str
    groups: list[str]


def prepare(layout: Layout, groups: set[str], step: Step) -> None:
    """Bring the environment up to date with the lock file and with the dependency groups asked for.

    Groups that were asked for once stay: `up` after `test` neither removes nor reinstalls anything, while a
    changed lock file is still followed exactly. Raises: Failure.
    """
    stamp = layout.shared_state / "environment"
    with turn(layout.shared_state / "environment.lock"):
        locked = stamps.fingerprint([LOCK_FILE, INSTALLER], sys.version, sys.base_prefix, str(layout.root))
        installed = _installed(stamp, layout)
        wanted = groups.union(installed.groups)
        fresh = Installed(locked, sorted(wanted))
        if installed == fresh:
            step.skip()
            return
        if installed.locked != locked:
            _discard_foreign(layout, stamp)
        _install_uv(layout)
        _synchronise(layout, wanted)
        stamps.record(stamp, json.dumps(fresh._asdict()))


def command(layout: Layout, *arguments: str) -> list[str]:
    """A uv command line."""
    return [str(layout.uv), "--no-progress", *arguments]


def environ(layout: Layout) -> dict[str, str]:
    """uv's environment: it fills ours, and keeps its downloads in the data directory."""
    values = layout.environ()
    values["UV_PROJECT_ENVIRONMENT"] = str(layout.venv)
    values["UV_PYTHON"] = sys.executable
    values["UV_PYTHON_DOWNLOADS"] = "never"
    values.setdefault("UV_CACHE_DIR", str(layout.cache / "uv"))
    return values


def _installed(stamp: Path, layout: Layout) -> Installed:
    nothing = Installed("", [])
    try:
        known = Installed(**json.loads(stamp.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return nothing
    return known if layout.python.exists() and layout.uv.exists() else nothing


def _discard_foreign(layout: Layout, stamp: Path) -> None:
    """One of another Python, or one that was moved, can't be repaired: its scripts name old paths."""
    origin = layout.shared_state / "environment.origin"
    here = f"{sys.version}\n{sys.base_prefix}\n{layout.root}"
    if not stamps.is_current(origin, here):
        shutil.rmtree(layout.venv, ignore_errors=True)
        shutil.rmtree(layout.uv.parents[1], ignore_errors=True)
        stamp.unlink(missing_ok=True)
        stamps.record(origin, here)


def _install_uv(layout: Layout) -> None:
    """Into a place of its own, because a sync removes from ours what the lock file doesn't name."""
    stamp = layout.shared_state / "uv"
    wanted = stamps.fingerprint([INSTALLER])
    if layout.uv.exists() and stamps.is_current(stamp, wanted):
        return
    home = layout.uv.parents[1]
    shutil.rmtree(home, ignore_errors=True)
    log = layout.log / "environment.log"
    pip = [sys.executable, "-m", "pip", "install", "--target", str(home)]
    if importlib.util.find_spec("pip") is None:  # Debian's Python has none of its own
        processes.run([sys.executable, "-m", "venv", "--clear", str(home)], env=layout.environ(), log=log)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install"]
    options = ["--quiet", "--no-cache-dir", "--require-hashes", "-r", str(INSTALLER)]
    # A configured --user would contradict the target.
    processes.run([*pip, *options], env=layout.environ() | {"PIP_USER": "0"}, log=log)
    stamps.record(stamp, wanted)


def _synchronise(layout: Layout, groups: set[str]) -> None:
    options = [word for group in sorted(groups) for word in ("--group", group)]
    arguments = command(layout, "sync", "--frozen", "--no-default-groups", *options)
    processes.run(arguments, env=environ(layout), log=layout.log / "environment.log")
