"""Make free time right after opening hours that several instruments keep were expanded anew."""

from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from core.events import publish
from core.locks import retried_when_busy


@retried_when_busy
def follow_hours(*, instrument_id: int) -> None:
    """Recompute an instrument's free gaps from today on. Does nothing without a calendar.

    Raises: CalendarBusy. Emits: CalendarChanged.
    """
    for resource_id in functions.lock_instruments([instrument_id]):
        zone = Resource.objects.values_list("institution__zone", flat=True).get(pk=resource_id)
        rest = rest_of_calendar(zone)
        functions.rebuild_gaps(resource_id, rest.starts_at)
        revision = functions.revise(resource_id)
        publish(CalendarChanged(instrument_id, revision, rest.starts_at, rest.ends_at, redrawn=True))
