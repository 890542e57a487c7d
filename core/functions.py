"""Database functions are code: what a database must have stands in the files of the rooms' sql/ folders.

A file may be run again at any time, on any database whose tables are up to date. Source: ADR-0009.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.db import connection, migrations, transaction
from django.db.backends.utils import CursorWrapper

_FUNCTION = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)", re.MULTILINE)
_TRIGGER = re.compile(r"^CREATE (?:CONSTRAINT |OR REPLACE )?TRIGGER (\w+)\b[^;]*?\bON (\w+)", re.MULTILINE)
_INDEX = re.compile(r"^CREATE INDEX IF NOT EXISTS (\w+)", re.MULTILINE)

_UNCHECKED = "SET LOCAL check_function_bodies = off;\n"
"""A body may name what a later file, or in a new database a later migration, creates."""

_TABLE = """
    CREATE TABLE IF NOT EXISTS installed_sql (
        file text PRIMARY KEY, digest text NOT NULL, functions text[] NOT NULL, definitions text NOT NULL
    )
"""
_RECORD = """
    INSERT INTO installed_sql (file, digest, functions, definitions) VALUES (%s, %s, %s::text[], %s)
    ON CONFLICT (file) DO UPDATE
    SET digest = excluded.digest, functions = excluded.functions, definitions = excluded.definitions
"""
_SIGNATURES = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE proname = ANY (%s::text[]) AND pronamespace = current_schema()::regnamespace
      AND (%s OR prorettype <> 'trigger'::regtype)
"""
_DEFINITIONS = """
    SELECT md5(coalesce(string_agg(definition, ';' ORDER BY definition COLLATE "C"), '')) FROM (
        SELECT pg_get_functiondef(oid) FROM pg_proc
        WHERE proname = ANY (%s::text[]) AND pronamespace = current_schema()::regnamespace
        UNION ALL
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgname = ANY (%s::text[])
    ) installed (definition)
"""


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file of a room's sql/ folder; name: room/file.sql."""

    name: str
    text: str

    @classmethod
    def at(cls, path: Path) -> "SqlFile":
        return cls(f"{path.parent.parent.name}/{path.name}", path.read_text("utf-8"))

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def functions(self) -> list[str]:
        return sorted(set(_FUNCTION.findall(self.text)))

    @property
    def triggers(self) -> list[tuple[str, str]]:
        """(trigger, table)."""
        return _TRIGGER.findall(self.text)

    @property
    def removal(self) -> str:
        """What takes away all that the file creates."""
        gone = [f"DROP TRIGGER IF EXISTS {name} ON {table};" for name, table in self.triggers]
        gone += [f"DROP INDEX IF EXISTS {name};" for name in _INDEX.findall(self.text)]
        gone += [f"DROP FUNCTION IF EXISTS {name};" for name in self.functions]
        return "\n".join(gone)


def installation(path: Path) -> migrations.RunSQL:
    """The step of a migration that runs a file for the first time, and backwards removes what it made."""
    file = SqlFile.at(path)
    return migrations.RunSQL(_UNCHECKED + file.text, file.removal)


def outdated(files: Sequence[SqlFile]) -> tuple[list[SqlFile], set[str]]:
    """Those that changed since they were installed, and names of those that are gone; by the hashes alone."""
    known = {name: digest for name, digest, _ in _installed()}
    changed = [file for file in files if known.get(file.name) != file.digest]
    return changed, known.keys() - {file.name for file in files}


def differing(files: Sequence[SqlFile]) -> list[SqlFile]:
    """Those whose functions and triggers in the database aren't the file's, changes by hand included."""
    known = {name: (digest, definitions) for name, digest, definitions in _installed()}
    with connection.cursor() as cursor:
        return [file for file in files if known.get(file.name) != (file.digest, _definitions(cursor, file))]


def install(files: Sequence[SqlFile], all_files: Sequence[SqlFile]) -> None:
    """Run some of all files anew, in one transaction; functions that no file has any more are dropped.

    Functions are dropped before they are created, so that their arguments and results may change; trigger
    functions, which have neither and are held by their triggers, are replaced.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('installed_sql'))")
        cursor.execute(_TABLE)
        cursor.execute(_UNCHECKED)
        _forget(cursor, all_files)
        for file in files:
            _drop(cursor, file.functions, with_trigger_functions=False)
            cursor.execute(file.text)
        for file in files:
            cursor.execute(_RECORD, (file.name, file.digest, file.functions, _definitions(cursor, file)))


def _installed() -> list[tuple[str, str, str]]:
    """(file, digest, definitions) as recorded; nothing in a database from before the record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('installed_sql') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute("SELECT file, digest, definitions FROM installed_sql")
        return list(cursor.fetchall())


def _definitions(cursor: CursorWrapper, file: SqlFile) -> str:
    cursor.execute(_DEFINITIONS, [file.functions, [trigger for trigger, _ in file.triggers]])
    return str(cursor.fetchone()[0])


def _forget(cursor: CursorWrapper, files: Sequence[SqlFile]) -> None:
    """Drop what was once installed from a file and stands in none any more."""
    cursor.execute("SELECT DISTINCT unnest(functions) FROM installed_sql")
    kept = {name for file in files for name in file.functions}
    _drop(cursor, [name for (name,) in cursor.fetchall() if name not in kept], with_trigger_functions=True)
    cursor.execute("DELETE FROM installed_sql WHERE file <> ALL (%s::text[])", [[file.name for file in files]])


def _drop(cursor: CursorWrapper, names: Collection[str], *, with_trigger_functions: bool) -> None:
    cursor.execute(_SIGNATURES, [list(names), with_trigger_functions])
    for (signature,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION {signature}")
