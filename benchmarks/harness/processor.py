"""Processor time of processes, from /proc: what a request cost the web processes and the database."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def spent_ms(pids: Iterable[int]) -> float:
    """User and system time of living processes so far, children that have ended included; in milliseconds."""
    return sum(_ticks(pid) for pid in pids) * TICK_MS


def database_pids() -> list[int]:
    """The server's processes: backends, checkpointer, writers. Empty when it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()"
        )
        backend, is_here = cursor.fetchone()
    if not is_here or not (stat := _stat(backend)):
        return []
    postmaster = int(stat[1])
    found = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [postmaster, *(pid for pid in found if (each := _stat(pid)) and int(each[1]) == postmaster)]


def _ticks(pid: int) -> int:
    stat = _stat(pid)
    return sum(map(int, stat[11:15])) if stat else 0


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name, which may hold spaces: state, parent, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
