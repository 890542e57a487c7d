"""Coming bookings that lost their ground: hours, places or the instrument itself are no longer there for them."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.models import OCCUPYING, Kind, Reservation
from booking.reservations.selectors.access import with_related
from booking.reservations.selectors.replanning import WaysOut, ways_out
from core import clock
from core.windows import at_wall_clock, zone
from instruments.catalogue.models import Instrument, InstrumentStatus

MOST: Final = 200

_READ: Final = "SELECT id, cause FROM replanning_displaced(%s, %s, %s::text[], %s::int[], %s, %s)"


class Cause(StrEnum):
    """Why a booking can't simply stay. places: on a place that is to be taken away."""

    HOURS = "hours"
    SUSPENDED = "suspended"
    PLACES = "places"


@dataclass(frozen=True, slots=True)
class Displaced:
    """A booking and why it is listed."""

    reservation: Reservation
    cause: Cause


def displaced_on(instrument: Instrument, *, places: int | None = None) -> list[Displaced]:
    """The first MOST on one instrument, soonest first. places: those on places beyond this number. Two queries."""
    if places is not None:
        return [Displaced(each, Cause.PLACES) for each in with_related(beyond(instrument, places))[:MOST]]
    return _read(instrument.institution_id, instrument.pk)


def displaced_at(institution_id: int) -> list[Displaced]:
    """The first MOST at an institution, soonest first. Two queries, whatever the number of bookings."""
    return _read(institution_id, None)


def beyond(instrument: Instrument, places: int) -> "QuerySet[Reservation]":
    """Bookings that are not over on places beyond this number, soonest first."""
    found = Reservation.objects.filter(
        claims__resource__instrument=instrument,
        claims__place__gt=places,
        claims__occupies__endswith__gt=clock.now(),
        status__in=OCCUPYING,
    )
    upkeep = (Kind.CLOSURE, Kind.MAINTENANCE)
    return Reservation.objects.filter(pk__in=found.exclude(kind__in=upkeep).values("pk")).order_by("during", "pk")


def displaced_ways(
    viewer: Viewer, instrument: Instrument, *, places: int | None = None
) -> list[tuple[Cause, WaysOut]]:
    """Those on one instrument with their ways out. At most seven queries."""
    found = displaced_on(instrument, places=places)
    ways = ways_out(
        viewer,
        instrument,
        [each.reservation for each in found],
        since=back_at(instrument),
        is_closing=False,
        places=places,
    )
    return [(each.cause, way) for each, way in zip(found, ways, strict=True)]


def back_at(instrument: Instrument) -> datetime | None:
    """When bookings can lie on the instrument again: now, or at the expected return; None: nobody knows."""
    if instrument.status != InstrumentStatus.SUSPENDED:
        return clock.now()
    if instrument.expected_return_on is None:
        return None
    return at_wall_clock(instrument.expected_return_on, time.min, zone(instrument.institution.zone))


def _read(institution_id: int, instrument_id: int | None) -> list[Displaced]:
    tiers, bits = [tier.value for tier in Tier], [tier.bit for tier in Tier]
    with connection.cursor() as cursor:
        cursor.execute(_READ, [institution_id, instrument_id, tiers, bits, clock.now(), MOST])
        causes: dict[int, str] = dict(cursor.fetchall())
    found = with_related(Reservation.objects.filter(pk__in=causes)).order_by("during", "pk")
    return [Displaced(each, Cause(causes[each.pk])) for each in found]
