"""A small demo province, made once and undone after the last test of a module."""

from collections.abc import Iterator
from dataclasses import dataclass
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
_FINGERPRINT = """
    SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
        SELECT concat_ws(' ', dense_rank() OVER (ORDER BY instrument_id), kind, status, during, tier, total_fen,
            dense_rank() OVER (ORDER BY user_id), purpose, quote, used_from, used_until, created_at) AS line
        FROM reservations_reservation) r
"""


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


def fingerprint() -> str:
    """Of all reservations, free of ids."""
    return str(value(_FINGERPRINT))


@dataclass(frozen=True)
class Sown:
    """How many reservations there are, and what the same command had made before."""

    reservations: int
    fingerprint_before: str


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Sown]:
    """A small demo province, made twice: once undone, once there for the whole module."""
    with django_db_blocker.unblock(), transaction.atomic():
        savepoint = transaction.savepoint()
        sown()
        before = fingerprint()
        transaction.savepoint_rollback(savepoint)
        yield Sown(sown(), before)
        transaction.set_rollback(True)
