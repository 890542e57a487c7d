"""What happens to instruments reaches their calendars as jobs, dropped with the transaction if it rolls back."""

from procrastinate.types import JSONDict

from booking.calendars.tasks import follow_group, open_calendar, revise_calendar
from core.events import subscribe
from instruments.catalogue.events import (
    InstrumentChanged,
    InstrumentEvent,
    InstrumentPublished,
    InstrumentSuspended,
    InstrumentWithdrawn,
)


@subscribe(InstrumentPublished)
def open_calendars(event: InstrumentPublished) -> None:
    """Published instruments get their calendars ready."""
    open_calendar.batch_defer(*_each_of(event))


@subscribe(InstrumentSuspended)
def revise_suspended(event: InstrumentSuspended) -> None:
    """Screens that show them learn that nobody can book them any more."""
    revise_calendar.batch_defer(*_each_of(event))


@subscribe(InstrumentWithdrawn)
def revise_withdrawn(event: InstrumentWithdrawn) -> None:
    """The same for those that are gone from the catalogue."""
    revise_calendar.batch_defer(*_each_of(event))


@subscribe(InstrumentChanged)
def follow_groups(event: InstrumentChanged) -> None:
    """Another group means other rules and, unless they have their own, other opening hours."""
    if event.regrouped:
        follow_group.batch_defer(*_each_of(event))


def _each_of(event: InstrumentEvent) -> list[JSONDict]:
    """A job per instrument, so that one that fails holds up none; one statement inserts them all."""
    return [{"instrument_id": instrument_id} for instrument_id in event.instrument_ids]
