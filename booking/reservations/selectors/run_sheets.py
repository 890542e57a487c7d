"""A day at an institution's instruments, for the people who run them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from booking.calendars.models import Resource
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.selectors.lists import LIVE, overlapping
from core.windows import TimeWindow

SHOWN: Final = (*LIVE, Status.COMPLETED, Status.NO_SHOW)
_UPKEEP: Final = (Kind.CLOSURE, Kind.MAINTENANCE)
_TEXTS: Final = ("search", "technical_indicators", "services", "methods", "sample_requirements", "user_notice")


@dataclass(frozen=True, slots=True)
class RunSheet:
    """One instrument's reservations in a window, in order of time."""

    resource: Resource
    reservations: list[Reservation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What a day holds: bookings in all, running now, started without anybody, and closures."""

    bookings: int
    running: int
    late: int
    closures: int


def run_sheets(institution_id: int, window: TimeWindow) -> list[RunSheet]:
    """The sheets of all listed instruments of an institution, those with something first. Two queries.

    Retired instruments appear while something is booked on them. The caller has checked that the viewer
    staffs the institution.
    """
    resources = _resources(institution_id).exclude(instrument__status="draft")
    sheets = _sheets(list(resources), window)
    return sorted(
        (sheet for sheet in sheets if sheet.reservations or _is_listed(sheet.resource)),
        key=lambda sheet: not sheet.reservations,
    )


def run_sheet(institution_id: int, instrument_id: int, window: TimeWindow) -> RunSheet:
    """The sheet of one instrument. Two queries."""
    resource = _resources(institution_id).get(instrument_id=instrument_id)
    return _sheets([resource], window)[0]


def day_counts(institution_id: int, window: TimeWindow, *, at: datetime, late_before: datetime) -> DayCounts:
    """The day in figures. late_before: a start before it that nobody began is late. One query."""
    booked = ~Q(kind__in=_UPKEEP)
    found = overlapping(
        Reservation.objects.filter(instrument__institution_id=institution_id, status__in=SHOWN), window
    )
    counts = found.aggregate(
        bookings=Count("pk", filter=booked),
        running=Count("pk", filter=booked & Q(status=Status.IN_USE)),
        late=Count(
            "pk",
            filter=booked
            & Q(status=Status.CONFIRMED, during__startswith__lte=late_before, during__endswith__gt=at),
        ),
        closures=Count("pk", filter=Q(kind__in=_UPKEEP)),
    )
    return DayCounts(**counts)


def _resources(institution_id: int) -> "QuerySet[Resource]":
    found = Resource.objects.filter(institution_id=institution_id, instrument__isnull=False)
    deferred = [f"instrument__{name}" for name in _TEXTS]
    return (
        found.select_related("instrument__institution")
        .defer(*deferred)
        .order_by("instrument__name_zh", "instrument__name_en", "pk")
    )


def _is_listed(resource: Resource) -> bool:
    return resource.instrument is not None and resource.instrument.is_public


def _sheets(resources: Sequence[Resource], window: TimeWindow) -> list[RunSheet]:
    """Revisions were read first: a change in between is then fetched once too often, never missed."""
    sheets = {resource.instrument_id or 0: RunSheet(resource) for resource in resources}
    found = overlapping(Reservation.objects.filter(instrument_id__in=list(sheets), status__in=SHOWN), window)
    for reservation in found.select_related("user", "booked_by", "account", "form").order_by("during", "pk"):
        sheets[reservation.instrument_id].reservations.append(reservation)
    return list(sheets.values())
