"""What happens to instruments reaches their calendars as jobs, dropped with the transaction if it rolls back."""

from django.db.models import Q
from procrastinate.types import JSONDict

from booking.calendars.events import HolidaysChanged, HolidaysObserved
from booking.calendars.models import OpeningAssignment
from booking.calendars.tasks import follow_group, follow_hours, open_calendar, revise_calendar
from core import clock
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


@subscribe(HolidaysChanged)
def follow_holidays(event: HolidaysChanged) -> None:
    """The free time of whatever keeps these hours, one calendar after the other."""
    coming = Q(effective__endswith=None) | Q(effective__endswith__gt=clock.now())
    keeping = OpeningAssignment.objects.filter(coming, profile__in=event.profile_ids)
    keys = set(keeping.values_list("resource__instrument_id", flat=True))
    jobs: list[JSONDict] = [{"instrument_id": key} for key in sorted(keys)]
    if jobs:
        follow_hours.batch_defer(*jobs)


@subscribe(HolidaysObserved)
def follow_institution(event: HolidaysObserved) -> None:
    """Instruments that keep the platform's hours take over those of their institution."""
    keeping = OpeningAssignment.objects.filter(
        resource__institution=event.institution_id,
        effective__endswith=None,
        profile__institution__isnull=True,
        profile__group__isnull=True,
        profile__instrument__isnull=True,
    )
    keys = keeping.values_list("resource__instrument_id", flat=True)
    jobs: list[JSONDict] = [{"instrument_id": key} for key in sorted(keys)]
    if jobs:
        follow_group.batch_defer(*jobs)


def _each_of(event: InstrumentEvent) -> list[JSONDict]:
    """A job per instrument, so that one that fails holds up none; one statement inserts them all."""
    return [{"instrument_id": instrument_id} for instrument_id in event.instrument_ids]
