"""Telling that the calendars of several instruments changed at once."""

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from core.events import publish
from core.windows import TimeWindow


def announce_dependents(resource_id: int, window: TimeWindow) -> None:
    """Publish CalendarChanged for every instrument that needs a resource."""
    for instrument_id, revision in functions.revisions_of_dependents(resource_id).items():
        publish(CalendarChanged(instrument_id, revision, window.starts_at, window.ends_at, redrawn=True))
