"""Loading much at once: triggers off, and for large loads indexes and foreign keys made anew at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db import connection

SQL: Final = Path(__file__).resolve().parent / "sql"
LOADED: Final = (
    "accounts_institution",
    "accounts_enterprise",
    "accounts_membership",
    "catalogue_instrument",
    "pricing_ratecard",
    "pricing_hourlyrate",
    "reservations_policyvalue",
    "reservations_reservation",
    "calendars_claim",
)
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indrelid = %s::regclass AND NOT i.indisunique AND NOT i.indisexclusion
    ORDER BY 1
"""
_FOREIGN_KEYS = """
    SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1
"""


def run(name: str, parameters: dict[str, Any]) -> int:
    """Run one of the SQL files; the first column of its first row, or the number of rows.

    The values are put in by the client: a file may hold several statements, which the server refuses to bind.
    """
    connection.ensure_connection()
    with psycopg.ClientCursor(connection.connection) as cursor:
        cursor.execute((SQL / f"{name}.sql").read_text("utf-8").encode(), parameters)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else cursor.rowcount


def rows_of(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@contextmanager
def history_off() -> Iterator[None]:
    """No history, revisions or checks by trigger for what is loaded: it has no past to tell."""
    _each("ALTER TABLE {} DISABLE TRIGGER USER", LOADED)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _each("ALTER TABLE {} ENABLE TRIGGER USER", LOADED)


@contextmanager
def rebuilt_after(table: str) -> Iterator[None]:
    """Indexes that guard nothing and foreign keys of a table are dropped, then made and checked in one go."""
    indexes, keys = rows_of(_INDEXES, [table]), rows_of(_FOREIGN_KEYS, [table])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _each(f"ALTER TABLE {table} DROP CONSTRAINT {{}}", [name for name, _ in keys])
    _each("DROP INDEX {}", [name for name, _ in indexes])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _each("{}", [definition for _, definition in indexes])
    _each("{}", [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for name, definition in keys])


def _each(statement: str, names: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(statement.format(name))
