"""A shared resource or an operator can be had after all."""

from django.db import connection

from accounts.viewers import Viewer
from booking.calendars.commands.announcing import announce_dependents
from booking.calendars.models import Absence
from booking.reservations.commands.editing import lock_calendars
from core.errors import Forbidden
from core.locks import retried_when_busy
from core.windows import TimeWindow


@retried_when_busy
def remove_absence(*, viewer: Viewer, absence: Absence) -> None:
    """Give its time back. Raises: Forbidden, CalendarBusy. Emits: CalendarChanged for whatever needs it."""
    resource = absence.resource
    if not (viewer.staffs(resource.institution_id) or viewer.user_id == resource.user_id is not None):
        raise Forbidden
    lock_calendars((), resource_ids=[resource.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT absence_release(%s)", [absence.pk])
    announce_dependents(resource.pk, TimeWindow.of(absence.during))
