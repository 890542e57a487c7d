"""The run-sheet of an instrument as the page shows it: what runs, what is late, who is next. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from booking.calendars.models import Resource
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.selectors.check_ins import OVERRUN_GRACE
from booking.reservations.selectors.run_sheets import RunSheet
from instruments.catalogue.models import Instrument

GRACE: Final = timedelta(minutes=2)
"""The clock starts bookings once a minute; later than this, something needs a person."""

_UPKEEP: Final = (Kind.CLOSURE, Kind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a reservation and its phase (closed, over, running, overrun, late, next, coming)."""

    reservation: Reservation
    phase: str

    @property
    def is_upkeep(self) -> bool:
        return self.reservation.kind in _UPKEEP


@dataclass(frozen=True, slots=True)
class Sheet:
    """One instrument's day."""

    resource: Resource
    instrument: Instrument
    entries: tuple[Entry, ...]


def by_urgency(sheets: Iterable[Sheet]) -> list[Sheet]:
    """Whatever is due first stands first; days that are over come last."""
    return sorted(sheets, key=_due_at)


def _due_at(sheet: Sheet) -> datetime:
    due = [entry.reservation.during.lower for entry in sheet.entries if entry.phase != "over"]
    return min(due, default=datetime.max.replace(tzinfo=UTC))


def sheet_of(run: RunSheet, at: datetime) -> Sheet:
    """The lines of one instrument at an instant."""
    assert run.resource.instrument is not None
    entries: list[Entry] = []
    for reservation in run.reservations:
        phase = _phase(reservation, at)
        if phase == "coming" and not any(entry.phase == "next" for entry in entries):
            phase = "next"
        entries.append(Entry(reservation, phase))
    return Sheet(run.resource, run.resource.instrument, tuple(entries))


def _phase(reservation: Reservation, at: datetime) -> str:
    start, end = reservation.during.lower, reservation.during.upper
    if reservation.status in (Status.COMPLETED, Status.NO_SHOW):
        return "over"
    if reservation.kind in _UPKEEP:
        return "closed" if start <= at < end else "over" if end <= at else "coming"
    if reservation.status == Status.IN_USE:
        return "overrun" if end + OVERRUN_GRACE <= at else "running"
    if end <= at:
        return "over"
    return "coming" if start + GRACE > at else "late"
