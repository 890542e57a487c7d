"""A shared resource or an operator can't be had for a while."""

from django.db import IntegrityError, connection, transaction
from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from booking.calendars.commands.announcing import announce_dependents
from booking.calendars.errors import SlotTaken
from booking.calendars.models import Absence, Claim, Resource, ResourceKind
from booking.reservations.commands.editing import lock_calendars
from core.errors import Forbidden, NotFound
from core.locks import retried_when_busy
from core.windows import TimeWindow, zone


@retried_when_busy
def add_absence(*, viewer: Viewer, resource: Resource, window: TimeWindow, reason: str = "") -> Absence:
    """Claim every place of it for a window; instruments that need it can't be booked then.

    Operators enter their own; a hold whose time is up is no hindrance. window: half-open, aware UTC.
    Raises: Forbidden, NotFound (an instrument is closed instead), SlotTaken while it is booked (extra: affected, of
    each booking its id and window), CalendarBusy.
    Emits: CalendarChanged for every instrument that needs it; what lock_calendars emits.
    """
    if resource.kind == ResourceKind.INSTRUMENT:
        raise NotFound
    if not (viewer.staffs(resource.institution_id) or viewer.user_id == resource.user_id is not None):
        raise Forbidden
    lock_calendars((), resource_ids=[resource.pk])
    absence = Absence.objects.create(
        resource=resource, during=TimestamptzRange(window.starts_at, window.ends_at), reason=reason.strip()[:200]
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT absence_take(%s)", [absence.pk])
    except IntegrityError as error:
        raise SlotTaken(affected=_in_the_way(resource, window), zone=resource.institution.zone) from error
    announce_dependents(resource.pk, window)
    return absence


def _in_the_way(resource: Resource, window: TimeWindow) -> list[dict[str, object]]:
    """The bookings that hold it in a window, soonest first; instants carry the institution's offset."""
    claims = Claim.objects.filter(
        resource=resource, reservation__isnull=False, occupies__overlap=(window.starts_at, window.ends_at)
    )
    tz, found = zone(resource.institution.zone), claims.values_list("reservation_id", "reservation__during")
    whole = sorted({(during.lower, during.upper, key) for key, during in found})
    return [
        {"reservation": key, "start": start.astimezone(tz).isoformat(), "end": end.astimezone(tz).isoformat()}
        for start, end, key in whole
    ]
