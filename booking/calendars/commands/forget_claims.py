"""Forget claims that ended long ago, so that the index of conflicts stays small."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from core import clock

CLAIMS_KEPT = timedelta(hours=36)
"""Claims that ended longer ago are deleted; until then they guard turnaround and backdating."""

BATCH = 1000
"""Claims per transaction."""

_OVER = """
    SELECT c.id FROM calendars_claim c LEFT JOIN reservations_reservation b ON b.id = c.reservation_id
    WHERE upper(c.occupies) < %s AND coalesce(b.status, '') NOT IN ('held', 'requested', 'confirmed', 'in_use')
    ORDER BY c.id
"""

# What a command is working on right now is left for the next run.
_FORGET = """
    DELETE FROM calendars_claim WHERE id IN (
        SELECT c.id FROM calendars_claim c LEFT JOIN reservations_reservation b ON b.id = c.reservation_id
        WHERE c.id = ANY (%s::bigint[]) AND upper(c.occupies) < %s
          AND coalesce(b.status, '') NOT IN ('held', 'requested', 'confirmed', 'in_use')
        FOR UPDATE OF c SKIP LOCKED
    )
"""


def forget_claims() -> int:
    """Delete the claims of ended reservations that ended over 36 hours ago. Idempotent; returns how many.

    Revisions and free gaps stay: what is over is not offered. Source: engine.md, "Tables", Claim.
    """
    before = clock.now() - CLAIMS_KEPT
    with connection.cursor() as cursor:
        cursor.execute(_OVER, [before])
        over = [key for (key,) in cursor.fetchall()]
    return sum(_forget(before, over[start : start + BATCH]) for start in range(0, len(over), BATCH))


@transaction.atomic
def _forget(before: datetime, keys: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('benchshare.forgets_claims', 'on', true)")
        cursor.execute(_FORGET, [keys, before])
        forgotten = cursor.rowcount
        cursor.execute("SELECT set_config('benchshare.forgets_claims', '', true)")  # for an outer transaction
    return int(forgotten)
