"""Change how long an instrument needs between two bookings."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from core.errors import Forbidden, Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument

LONGEST_TURNAROUND_MINUTES = 1440


class InvalidTurnaround(Invalid):
    """Not a number of minutes within a day."""

    code = "turnaround_invalid"
    title = _("Give a turnaround between 0 and 1440 minutes.")


@retried_when_busy
def set_turnaround(*, viewer: Viewer, instrument: Instrument, minutes: int) -> Resource:
    """From now on bookings of an instrument block this many minutes after their end.

    Existing bookings keep the turnaround they were made with. The present value changes nothing.
    Raises: Forbidden, InvalidTurnaround, CalendarBusy. Emits: CalendarChanged.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    if not 0 <= minutes <= LONGEST_TURNAROUND_MINUTES:
        raise InvalidTurnaround
    with acting(actor_id=viewer.user_id, command="set_turnaround"):
        functions.lock_instruments([instrument.pk])
        resource = Resource.objects.get(instrument=instrument)
        if resource.turnaround_minutes != minutes:
            resource.turnaround_minutes = minutes
            resource.save(update_fields=["turnaround_minutes"])
            rest = rest_of_calendar(instrument.institution.zone)
            functions.rebuild_gaps(resource.pk, rest.starts_at)
            revision = functions.revise(resource.pk)
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at, redrawn=True))
    return resource
