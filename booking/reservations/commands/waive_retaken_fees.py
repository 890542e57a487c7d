"""Charge nothing for late cancellations whose time somebody else has taken."""

from django.db import connection, transaction

from booking.reservations.events import LateFeeWaived
from core import clock
from core.events import publish
from core.history import acting

_WAIVE = """
    UPDATE reservations_reservation b SET fee_waived = true, version = b.version + 1
    WHERE b.id IN (
        SELECT o.id FROM reservations_reservation o
        WHERE o.id IN (SELECT reservation_fees_retaken(%s)) AND o.fee_fen > 0 AND NOT o.fee_waived
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING b.id, b.instrument_id, lower(b.late_during), upper(b.late_during)
"""


@transaction.atomic
def waive_retaken_fees() -> int:
    """Waive the fees that are due no more; returns how many.

    Safe to run late (a day at most), twice or in parallel; who is changing a row right now is not waited for.
    Emits: LateFeeWaived.
    """
    with acting(actor_id=None, command="waive_fee"), connection.cursor() as cursor:
        cursor.execute(_WAIVE, [clock.now()])
        rows = cursor.fetchall()
    for row in rows:
        publish(LateFeeWaived(*row))
    return len(rows)
