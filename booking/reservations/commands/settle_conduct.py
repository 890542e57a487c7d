"""What uses that are over mean for credit: reports that did not come, uses nobody complained of."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.db import connection

from booking.conduct.commands.change_credit import change_credit
from booking.conduct.models import Reason
from booking.reservations.rules.registry import defaults
from core import clock

BATCH: Final = 500
LOOK_BACK: Final = timedelta(days=30)
"""Older uses are past: nobody is told of them any more, however long the job did not run."""
SETTLED_AFTER: Final = timedelta(hours=24)

_CLEAN: Final = "SELECT * FROM reservation_clean_uses(%s, %s, %s, %s, %s)"
_UNREPORTED: Final = "SELECT * FROM reservation_missing_reports(%s, %s, %s, %s, %s, %s)"


def settle_conduct() -> int:
    """Lower the credit for missing reports and lift it for clean uses; returns how many entries were written.

    Safe to run late, twice or in parallel. Emits: CreditChanged.
    """
    now, built_in = clock.now(), defaults()
    missing = [now - LOOK_BACK, now, built_in["report_within"], built_in["credit_missing_report"]]
    clean = [now - LOOK_BACK, now - SETTLED_AFTER, built_in["credit_clean_use"]]
    return _settled(_UNREPORTED, missing, Reason.MISSING_REPORT, -1) + _settled(_CLEAN, clean, Reason.CLEAN_USE, 1)


def _settled(statement: str, parameters: list[Any], reason: Reason, sign: int) -> int:
    written = 0
    for reservation_id, person_id, institution_id, points in _rows(statement, parameters):
        entry = change_credit(
            person_id=person_id,
            institution_id=institution_id,
            reason=reason,
            change=sign * points,
            reservation_id=reservation_id,
        )
        written += entry is not None
    return written


def _rows(statement: str, parameters: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """In the order of reservations, batch by batch."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [*parameters, last, BATCH])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1][0]
