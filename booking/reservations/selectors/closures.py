"""Closures and maintenance of one instrument."""

from django.db.models import QuerySet

from booking.reservations.models import Kind, Reservation
from booking.reservations.selectors.lists import LIVE
from core import clock
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
