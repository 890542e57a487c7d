"""Write down that the product runs, and when it did not."""

from django.db import transaction

from booking.reservations.models import Heartbeat, Outage
from booking.reservations.selectors.check_ins import OUTAGE_AFTER
from core import clock


@transaction.atomic
def keep_heartbeat() -> Outage | None:
    """Called by each run of the clock's job, before it decides anything. Returns the outage it ends, if any.

    Safe to run twice or in parallel: the row is locked, so a gap is found by one run only.
    Source: engine.md, "Meanings".
    """
    now = clock.now()
    Heartbeat.objects.bulk_create([Heartbeat(pk=1, beat_at=now)], ignore_conflicts=True)
    heartbeat = Heartbeat.objects.select_for_update().get(pk=1)
    last, heartbeat.beat_at = heartbeat.beat_at, max(heartbeat.beat_at, now)
    heartbeat.save(update_fields=["beat_at"])
    if now - last <= OUTAGE_AFTER:
        return None
    return Outage.objects.create(started_at=last, ended_at=now)
