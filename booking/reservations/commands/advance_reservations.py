"""Let the clock start and complete bookings that nobody checks in to."""

from datetime import datetime

from django.db import connection, transaction

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.reservations.events import ReservationAdvanced
from core import clock
from core.events import publish
from core.history import acting

BATCH = 500
"""Rows per transaction, so that no lock is held long."""

# Resources first, as every command does; who is booking on one right now is not waited for but left for later.
_LOCK = """
    SELECT r.id FROM calendars_resource r
    WHERE r.instrument_id IN (
        SELECT b.instrument_id FROM reservations_reservation b
        WHERE b.status IN ('confirmed', 'in_use') AND lower(b.during) <= %(now)s
          AND (b.status = 'confirmed' OR upper(b.during) <= %(now)s)
        LIMIT %(batch)s
    )
    ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
"""

# A closure or maintenance is not used; it only ends. The use is marked assumed.
_ADVANCE = """
    WITH due AS (
        SELECT b.id FROM reservations_reservation b JOIN calendars_resource r ON r.instrument_id = b.instrument_id
        WHERE r.id = ANY (%(resources)s) AND b.status IN ('confirmed', 'in_use') AND lower(b.during) <= %(now)s
          AND (b.status = 'confirmed' OR upper(b.during) <= %(now)s)
        ORDER BY b.id LIMIT %(batch)s FOR NO KEY UPDATE OF b SKIP LOCKED
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
    RETURNING b.id, b.instrument_id, r.id, lower(b.during), upper(b.during)
"""


def advance_reservations() -> int:
    """Set confirmed bookings whose start has come in_use, and those whose end has come completed.

    Returns how many changed. Safe to run late, twice or in parallel. Source: engine.md, "Meanings".
    Emits: ReservationAdvanced, CalendarChanged (a new revision, so that screens that were cut off catch up).
    """
    total = 0
    while changed := _advance(clock.now()):
        total += changed
    return total


@transaction.atomic
def _advance(now: datetime) -> int:
    with acting(actor_id=None, command="advance"), connection.cursor() as cursor:
        cursor.execute(_LOCK, {"now": now, "batch": BATCH})
        resources = [row[0] for row in cursor.fetchall()]
        cursor.execute(_ADVANCE, {"now": now, "batch": BATCH, "resources": resources})
        rows = cursor.fetchall()
        revisions = functions.revise_all({row[2] for row in rows})
    for reservation_id, instrument_id, resource_id, starts_at, ends_at in rows:
        publish(ReservationAdvanced(reservation_id, instrument_id, starts_at, ends_at))
        publish(CalendarChanged(instrument_id, revisions[resource_id], starts_at, ends_at))
    return len(rows)
