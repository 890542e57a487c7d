"""What happens to instruments reaches their calendars as jobs, dropped with the transaction if it rolls back."""

from booking.calendars.tasks import open_calendar, revise_calendar
from core.events import subscribe
from instruments.catalogue.events import (
    InstrumentEvent,
    InstrumentPublished,
    InstrumentSuspended,
    InstrumentWithdrawn,
)


@subscribe(InstrumentPublished)
def open_calendars(event: InstrumentPublished) -> None:
    """Published instruments get their calendars ready."""
    for instrument_id in event.instrument_ids:
        open_calendar.defer(instrument_id=instrument_id)


@subscribe(InstrumentSuspended)
def revise_suspended(event: InstrumentSuspended) -> None:
    """Screens that show them learn that nobody can book them any more."""
    _revise(event)


@subscribe(InstrumentWithdrawn)
def revise_withdrawn(event: InstrumentWithdrawn) -> None:
    """The same for those that are gone from the catalogue."""
    _revise(event)


def _revise(event: InstrumentEvent) -> None:
    for instrument_id in event.instrument_ids:
        revise_calendar.defer(instrument_id=instrument_id)
