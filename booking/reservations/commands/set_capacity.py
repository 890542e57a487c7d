"""Change how many identical places an instrument has.

It stands above the calendars because closures, which are reservations, always take every place.
"""

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.errors import CapacityClaimed
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import OCCUPYING, Kind, Reservation
from core import clock
from core.errors import Forbidden, Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument

MOST_PLACES = 200

# A coming closure takes the new places as well and lets go those that are no more.
_CLOSE_PLACES = """
    WITH closure AS (
        SELECT b.id, (array_agg(c.occupies))[1] AS occupies FROM reservations_reservation b
        JOIN calendars_claim c ON c.reservation_id = b.id AND c.resource_id = %(resource)s::bigint
        WHERE b.kind IN ('closure', 'maintenance') AND upper(c.occupies) > %(now)s
        GROUP BY b.id
    ), gone AS (
        DELETE FROM calendars_claim c USING closure
        WHERE c.reservation_id = closure.id AND c.resource_id = %(resource)s::bigint AND c.place > %(new)s
    ), counted AS (
        UPDATE reservations_reservation b SET places = %(new)s, version = b.version + 1
        FROM closure WHERE b.id = closure.id
    )
    INSERT INTO calendars_claim (reservation_id, resource_id, place, occupies)
    SELECT closure.id, %(resource)s, p.place, closure.occupies
    FROM closure CROSS JOIN generate_series(%(old)s + 1, %(new)s) p (place)
    ORDER BY closure.id, p.place
"""


class InvalidCapacity(Invalid):
    """Not a number of places."""

    code = "capacity_invalid"
    title = _("Give between 1 and 200 places.")


@retried_when_busy
def set_capacity(*, viewer: Viewer, instrument: Instrument, places: int) -> Resource:
    """Let an instrument take this many bookings at the same time, from now on. The present value changes nothing.

    Bookings are never touched; coming closures take every place, before and after.
    Raises: Forbidden, InvalidCapacity, CapacityClaimed (extra: reservations), CalendarBusy. Emits: CalendarChanged.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    if not 1 <= places <= MOST_PLACES:
        raise InvalidCapacity
    with acting(actor_id=viewer.user_id, command="set_capacity"):
        lock_calendars([instrument.pk])
        resource = Resource.objects.get(instrument=instrument)
        if resource.capacity != places:
            _refuse_claimed(resource, places)
            _set(resource, places)
            rest = rest_of_calendar(instrument.institution.zone)
            functions.rebuild_gaps(resource.pk, rest.starts_at)
            revision = functions.revise(resource.pk)
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at, redrawn=True))
    return resource


def _refuse_claimed(resource: Resource, places: int) -> None:
    beyond = Reservation.objects.filter(
        claims__resource=resource,
        claims__place__gt=places,
        claims__occupies__endswith__gt=clock.now(),
        status__in=OCCUPYING,
    ).exclude(kind__in=(Kind.CLOSURE, Kind.MAINTENANCE))
    claimed = sorted(set(beyond.values_list("pk", flat=True)))
    if claimed:
        raise CapacityClaimed(reservations=claimed)


def _set(resource: Resource, places: int) -> None:
    values: dict[str, Any] = {"resource": resource.pk, "old": resource.capacity, "new": places, "now": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_PLACES, values)
    resource.capacity = places
    resource.save(update_fields=["capacity"])
