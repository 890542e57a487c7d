"""A migrated database that test databases are copied from: made once for each state of the migrations."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from django.db import connection
from django.db.backends.utils import CursorWrapper

CHECKOUT = Path(__file__).resolve().parent.parent
_ROOMS = ("core", "accounts", "instruments", "booking", "notifications", "frontend", "config")
_LOCK = "SELECT pg_advisory_lock(hashtext('benchshare test templates'))"


def template_database() -> str:
    """Its name. Whoever comes first makes it, all others wait; those of other migrations are dropped.

    Beside the database that the settings name, and called after it, so that checkouts don't share theirs.
    """
    prefix = f"template_{connection.settings_dict['NAME']}_"
    name = f"{prefix}{_fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        existing = {row[0] for row in cursor.fetchall()}
        if name not in existing:
            _make(cursor, name, existing)
    return name


def _make(cursor: CursorWrapper, name: str, outdated: set[str]) -> None:
    """Under another name until it is complete."""
    draft = name.replace("template_", "draft_", 1)
    for database in (*outdated, draft):
        cursor.execute(f'DROP DATABASE IF EXISTS "{database}"')
    cursor.execute(f'CREATE DATABASE "{draft}"')
    environ = {**os.environ, "DATABASE_URL": database_url(draft)}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=CHECKOUT, env=environ, check=True)
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def _fingerprint() -> str:
    """Of everything that tables and functions are made from."""
    found = [path for room in _ROOMS for path in (CHECKOUT / room).rglob("*") if _counts(path)]
    digest = hashlib.sha256()
    for path in sorted([CHECKOUT / "uv.lock", *found]):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _counts(path: Path) -> bool:
    return path.suffix == ".sql" or (path.suffix == ".py" and path.parent.name == "migrations")


def database_url(name: str = "") -> str:
    """A database as another process has to name it; without a name the one the session works in."""
    settings = connection.settings_dict
    named = (settings["USER"], settings["PASSWORD"], name or settings["NAME"])
    user, password, database = (quote(str(each), safe="") for each in named)
    return f"postgres://{user}:{password}@{settings['HOST']}:{settings['PORT']}/{database}"
