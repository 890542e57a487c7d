"""End the waiting for time that is over."""

from django.db import connection

from core import clock

BATCH = 500
"""Rows per run; the next one goes on."""

# Offers are left alone: they lapse as holds do. Whoever is just being judged or leaving is left for the next run.
_EXPIRE = """
    UPDATE reservations_waitlistentry e SET status = 'expired'
    FROM (
        SELECT id FROM reservations_waitlistentry
        WHERE status = 'waiting' AND upper(span) - minutes * interval '1 minute' <= %s
        ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
    ) due
    WHERE e.id = due.id
"""


def expire_waiting() -> int:
    """Entries for which no window can begin any more become expired. Returns how many.

    Safe to run late, twice or in parallel.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [clock.now(), BATCH])
        return int(cursor.rowcount)
