"""Decide which opening hours a resource keeps."""

from datetime import date, time

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from booking.calendars.models import OpeningAssignment, OpeningProfile, Resource
from core.windows import at_wall_clock
from core.windows import zone as zone_of


@transaction.atomic
def assign_opening(*, resource: Resource, profile: OpeningProfile, from_on: date | None) -> None:
    """From local midnight of `from_on` (None: always) the resource keeps these hours; earlier days keep theirs.

    The caller holds the lock of the resource and rebuilds its gaps.
    """
    since = at_wall_clock(from_on, time.min, zone_of(profile.zone)) if from_on else None
    assigned = OpeningAssignment.objects.filter(resource=resource)
    if since is None:
        assigned.delete()
    else:
        assigned.filter(effective__startswith__gte=since).delete()
        for running in assigned.filter(effective__contains=since):
            running.effective = TimestamptzRange(running.effective.lower, since)
            running.save(update_fields=["effective"])
    OpeningAssignment.objects.create(resource=resource, profile=profile, effective=TimestamptzRange(since, None))
