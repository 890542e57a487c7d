"""Give a calendar a new revision without changing its times."""

from datetime import timedelta

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.calendars.models import SEARCH_DAYS
from core import clock
from core.events import publish
from core.locks import retried_when_busy


@retried_when_busy
def revise_calendar(*, instrument_id: int) -> None:
    """What an instrument's calendar means has changed: its status, its rules. Does nothing without a calendar.

    Raises: CalendarBusy. Emits: CalendarChanged over the search horizon.
    """
    for resource_id in functions.lock_instruments([instrument_id]):
        now = clock.now()
        revision = functions.revise(resource_id)
        publish(CalendarChanged(instrument_id, revision, now, now + timedelta(days=SEARCH_DAYS), redrawn=True))
