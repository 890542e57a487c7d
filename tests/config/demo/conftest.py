"""A small demo province, made once and undone after the last test of a module."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from config.demo.loading import LOADED
from config.demo.progress import Progress
from config.demo.scale import SMALL, Plan
from config.demo.seed import WEIGHTS, seed

WEDNESDAY = date(2026, 3, 11)


class Silent:
    """A stream nobody reads."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


def plan(number: int = 1) -> Plan:
    """Half past ten on a Wednesday in China."""
    return Plan(SMALL, number, WEDNESDAY, datetime(2026, 3, 11, 2, 30, tzinfo=UTC))


def sown(number: int = 1) -> int:
    """Make the small demo; the number of reservations."""
    return seed(plan(number), Progress(WEIGHTS, Silent()))  # type: ignore[arg-type]


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def value(sql: str, *parameters: Any) -> Any:
    return rows(sql, *parameters)[0][0]


def triggers_off() -> int:
    """How many triggers of the loaded tables are switched off."""
    off = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D' AND tgrelid::regclass::text = ANY (%s)"
    return int(value(off, list(LOADED)))


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """The number of reservations of a small demo province that is there for the whole module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield sown()
        transaction.set_rollback(True)
