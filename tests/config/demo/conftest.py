"""A small demo province, made once and undone after the last test of a module."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from config.demo.loading import LOADED
from config.demo.progress import Progress
from config.demo.scale import NATION, SMALL, Plan, Scale
from config.demo.seed import WEIGHTS, seed

WEDNESDAY = date(2026, 3, 11)
FEW = replace(
    NATION, institutions=13, instruments=70, enterprises=8, researchers_each=3, individuals=3, gigabytes=1
)
"""A nation of few: loaded in the way of the large ones, and quickly."""
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


def plan(number: int = 1, scale: Scale = SMALL) -> Plan:
    """Half past ten on a Wednesday in China."""
    return Plan(scale, number, WEDNESDAY, datetime(2026, 3, 11, 2, 30, tzinfo=UTC))


def sown(number: int = 1, scale: Scale = SMALL) -> int:
    """Make a demo; the number of reservations."""
    return seed(plan(number, scale), Progress(WEIGHTS, Silent()))  # type: ignore[arg-type]


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


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """A small demo province, there for the whole module; how many reservations it has."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield sown()
        transaction.set_rollback(True)
