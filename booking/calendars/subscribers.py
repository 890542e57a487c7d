"""Instruments that are published get their calendars ready."""

from booking.calendars.tasks import open_calendar
from core.events import subscribe
from instruments.catalogue.events import InstrumentPublished


@subscribe(InstrumentPublished)
def open_calendars(event: InstrumentPublished) -> None:
    """One job per instrument, dropped with the transaction if it rolls back."""
    for instrument_id in event.instrument_ids:
        open_calendar.defer(instrument_id=instrument_id)
