"""What shared resources and operators are booked for."""

from typing import TYPE_CHECKING

from booking.calendars.models import Resource
from booking.reservations.models import OCCUPYING, Reservation
from booking.reservations.selectors.access import with_related
from core.windows import TimeWindow

if TYPE_CHECKING:
    from django.db.models import QuerySet


def bookings_with(resource: Resource, window: TimeWindow) -> "QuerySet[Reservation]":
    """Bookings that hold a place of a resource at some time in a window, soonest first. Aware UTC."""
    found = Reservation.objects.filter(
        claims__resource=resource,
        claims__occupies__overlap=(window.starts_at, window.ends_at),
        status__in=OCCUPYING,
    )
    return with_related(Reservation.objects.filter(pk__in=found.values("pk"))).order_by("during", "pk")
