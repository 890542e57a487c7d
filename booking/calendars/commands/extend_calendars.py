"""The nightly work on calendars: new days appended, the past trimmed."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction

from booking.calendars import functions, recurrence
from booking.calendars.commands.materialise_windows import horizon, materialise_windows
from booking.calendars.commands.open_calendar import complete_gaps
from booking.calendars.models import OpeningProfile, Resource
from core import clock
from core.locks import retried_when_busy
from core.windows import zone as zone_of

CLAIMS_KEPT = timedelta(hours=36)
"""Claims that ended longer ago are deleted; until then they guard turnaround and backdating."""

_DELETE_CLAIMS = """
    DELETE FROM calendars_claim c USING reservations_reservation b
    WHERE b.id = c.reservation_id AND upper(c.occupies) < %s
      AND b.status NOT IN ('held', 'requested', 'confirmed', 'in_use')
"""


def extend_calendars(progress: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Append the new last day to all open windows and free gaps, and forget what is over. Idempotent.

    Resource by resource, in id order, in short transactions, so that bookings wait for none of it.
    progress is called with (done, total) resources.
    """
    for profile in OpeningProfile.objects.select_related("calendar").order_by("pk"):
        _extend_profile(profile)
    resources = Resource.objects.filter(gaps_until__isnull=False, instrument__isnull=False)
    zones = list(resources.order_by("pk").values_list("pk", "institution__zone"))
    for done, (resource_id, zone_name) in enumerate(zones, start=1):
        _extend_resource(resource_id, zone_name)
        progress(done, len(zones))
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_CLAIMS, [clock.now() - CLAIMS_KEPT])


@transaction.atomic
def _extend_profile(profile: OpeningProfile) -> None:
    zone = zone_of(profile.zone)
    until = horizon(zone)
    known = profile.expanded_until or clock.today(zone)
    if known < until:
        recurrence.reanchor(profile.calendar, zone, clock.today(zone))
        materialise_windows(profile=profile, from_on=known, until_on=until)


@retried_when_busy
def _extend_resource(resource_id: int, zone_name: str) -> None:
    functions.lock_resources([resource_id])
    complete_gaps(resource_id, zone_name)
    functions.trim_gaps([resource_id], clock.now() - timedelta(days=1))
