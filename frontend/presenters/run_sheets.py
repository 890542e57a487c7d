"""The run-sheet of an instrument as the page shows it: what runs, what is late, who is next. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from booking.calendars.models import Resource
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.selectors.check_ins import OVERRUN_GRACE
from booking.reservations.selectors.operators import running
from booking.reservations.selectors.run_sheets import RunSheet
from frontend.presenters.attendance import NOTHING, Attendance, attendances
from frontend.presenters.filled import FilledInWords, in_words
from instruments.catalogue.models import Instrument

GRACE: Final = timedelta(minutes=2)
"""The clock starts bookings once a minute; later than this, something needs a person."""

_UPKEEP: Final = (Kind.CLOSURE, Kind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a reservation and its phase (closed, over, running, overrun, late, next, coming)."""

    reservation: Reservation
    phase: str
    attendance: Attendance = NOTHING
    offers_choice: bool = False
    """Whether the instrument is used in several ways."""
    operators: tuple[str, ...] = ()
    """Who runs it."""

    @property
    def is_upkeep(self) -> bool:
        return self.reservation.kind in _UPKEEP

    @property
    def filled(self) -> FilledInWords:
        """What was filled in; staff may read it. The form was read with the reservation."""
        return in_words(self.reservation, self.reservation.form, offers_choice=self.offers_choice)


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


def sheets_of(runs: Sequence[RunSheet], at: datetime) -> list[Sheet]:
    """The lines of each instrument at an instant. Two queries at most: who can check in, who runs what."""
    there = attendances((each for run in runs for each in run.reservations), at, by_staff=True)
    booked = [each.pk for run in runs for each in run.reservations if each.kind not in _UPKEEP]
    operators = running(booked) if booked else {}
    return [_sheet(run, at, there, operators) for run in runs]


def _sheet(
    run: RunSheet, at: datetime, there: Mapping[int, Attendance], operators: Mapping[int, Sequence[str]]
) -> Sheet:
    assert run.resource.instrument is not None
    entries: list[Entry] = []
    offers_choice = len(run.resource.instrument.access_modes) > 1
    for reservation in run.reservations:
        phase = _phase(reservation, at)
        if phase == "coming" and not any(entry.phase == "next" for entry in entries):
            phase = "next"
        attendance, names = there.get(reservation.pk, NOTHING), operators.get(reservation.pk, ())
        entries.append(Entry(reservation, phase, attendance, offers_choice, tuple(names)))
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
