"""Loading much at once: triggers off, and for large loads indexes and foreign keys made anew at the end."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
from django.db import connection
from django.db.models import Model

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
_Made = TypeVar("_Made", bound=Model)
_RESERVED_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
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


def create(model: type[_Made], rows: Iterable[_Made]) -> list[_Made]:
    """Store new rows by COPY, some ten times faster than bulk_create; those without a key get one. Returns them."""
    made = list(rows)
    keyless = [row for row in made if row.pk is None]
    about = model._meta  # noqa: SLF001 - Django documents it
    ids = rows_of(_RESERVED_IDS, [about.db_table, len(keyless)])
    for row, (key,) in zip(keyless, ids, strict=True):
        row.pk = key
    fields = about.concrete_fields
    into = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {about.db_table} ({into}) FROM STDIN") as copy:
        for row in made:
            copy.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
    return made


def fill(table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows with a value for every column into a working table."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def execute(sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


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
