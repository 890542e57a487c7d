"""Children that outlived a killed supervisor: the next run.py ends them before it starts its own."""

import json
import time
from pathlib import Path

from config.runner import host


def record(file: Path, pids: list[int]) -> None:
    """Note which processes are ours, each with what tells it from a later one of the same number."""
    tokens = {str(pid): token for pid in pids if (token := host.process_token(pid))}
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(tokens))
    fresh.replace(file)


def end(file: Path, patience: float = 5) -> int:
    """End those that still run and return how many. Only call it while holding the directory's lock."""
    alive = _alive(file)
    for pid in alive:
        host.send(pid, host.STOP)
    deadline = time.monotonic() + patience
    while _alive(file) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in _alive(file):
        host.send_group(pid, host.KILL)
        host.send(pid, host.KILL)
    file.unlink(missing_ok=True)
    return len(alive)


def _alive(file: Path) -> list[int]:
    try:
        tokens = json.loads(file.read_text())
        return [int(pid) for pid, token in tokens.items() if host.process_token(int(pid)) == token]
    except (FileNotFoundError, ValueError, AttributeError):  # damaged: the death signal has done its part
        return []
