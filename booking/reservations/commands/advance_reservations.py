"""Let the clock start and complete bookings that nobody checks in to."""

from datetime import datetime

from django.db import connection, transaction

from booking.calendars.events import CalendarChanged
from booking.reservations.events import ReservationAdvanced
from core import clock
from core.events import publish
from core.history import acting

BATCH = 500
"""Rows per transaction, so that no lock is held long."""

# A closure or maintenance is not used; it only ends. The use is marked assumed.
_ADVANCE = """
    WITH due AS (
        SELECT b.id FROM reservations_reservation b
        WHERE b.status IN ('confirmed', 'in_use') AND lower(b.during) <= %(now)s
          AND (b.status = 'confirmed' OR upper(b.during) <= %(now)s)
        ORDER BY b.id LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE reservations_reservation b
    SET status = CASE WHEN upper(b.during) <= %(now)s THEN 'completed' ELSE 'in_use' END,
        used_from = CASE WHEN b.kind IN ('use', 'training') THEN coalesce(b.used_from, lower(b.during)) END,
        used_until = CASE WHEN b.kind IN ('use', 'training') AND upper(b.during) <= %(now)s
                     THEN coalesce(b.used_until, upper(b.during)) END,
        use_is_assumed = b.kind IN ('use', 'training'),
        version = b.version + 1
    FROM due, calendars_resource r
    WHERE b.id = due.id AND r.instrument_id = b.instrument_id
    RETURNING b.id, b.instrument_id, lower(b.during), upper(b.during), r.revision
"""


def advance_reservations() -> int:
    """Set confirmed bookings whose start has come in_use, and those whose end has come completed.

    Returns how many changed. Safe to run late, twice or in parallel. Source: engine.md, "Meanings".
    Emits: ReservationAdvanced, CalendarChanged (same revision: the calendar itself did not change).
    """
    total = 0
    while changed := _advance(clock.now()):
        total += changed
    return total


@transaction.atomic
def _advance(now: datetime) -> int:
    with acting(actor_id=None, command="advance"), connection.cursor() as cursor:
        cursor.execute(_ADVANCE, {"now": now, "batch": BATCH})
        rows = cursor.fetchall()
    for reservation_id, instrument_id, starts_at, ends_at, revision in rows:
        publish(ReservationAdvanced(reservation_id, instrument_id, starts_at, ends_at))
        publish(CalendarChanged(instrument_id, revision, starts_at, ends_at))
    return len(rows)
