"""What follows for an instrument's calendar when it moves to another group."""

from booking.calendars import functions
from booking.calendars.commands.inherit_opening_hours import keep_inherited
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def follow_group(*, instrument_id: int) -> None:
    """From today (its local day) on an instrument keeps the hours of its new group, unless it has its own.

    The revision grows in any case: the group's booking rules apply as well. Bookings are never touched. Does
    nothing without a calendar; idempotent but for the revision. Raises: CalendarBusy. Emits: CalendarChanged.
    """
    with acting(actor_id=None, command="follow_group"):
        for resource_id in functions.lock_instruments([instrument_id]):
            resource = Resource.objects.select_related("instrument__institution").get(pk=resource_id)
            assert resource.instrument is not None
            running = resource.opening_assignments.filter(effective__endswith=None)
            if running.filter(profile__instrument=None).exists():
                keep_inherited(resource, resource.instrument)
            rest = rest_of_calendar(resource.instrument.institution.zone)
            revision = functions.revise(resource_id)
            publish(CalendarChanged(instrument_id, revision, rest.starts_at, rest.ends_at, redrawn=True))
