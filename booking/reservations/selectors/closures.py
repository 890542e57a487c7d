"""Closures and maintenance of one instrument, and what lies in their way."""

from django.db.models import Exists, OuterRef, QuerySet

from booking.calendars.models import Claim
from booking.reservations.models import OCCUPYING, Kind, Reservation
from booking.reservations.selectors.lists import LIVE
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


def coming_closures(instrument: Instrument) -> "QuerySet[Reservation]":
    """Those that are not over, soonest first, with who entered them."""
    return (
        Reservation.objects.filter(
            instrument=instrument,
            kind__in=(Kind.CLOSURE, Kind.MAINTENANCE),
            status__in=LIVE,
            during__endswith__gt=clock.now(),
        )
        .select_related("booked_by")
        .order_by("during", "pk")
    )


def affected_reservations(instrument: Instrument, window: TimeWindow) -> "QuerySet[Reservation]":
    """Bookings and closures that occupy the instrument during a window, in order of time."""
    claims = Claim.objects.filter(
        reservation=OuterRef("pk"),
        resource__instrument=instrument,
        occupies__overlap=(window.starts_at, window.ends_at),
    )
    return (
        Reservation.objects.filter(Exists(claims), status__in=OCCUPYING)
        .select_related("instrument__institution", "user", "account")
        .order_by("during", "pk")
    )
