"""Lists of reservations: one's own, and a day's at institutions."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.access import reservations_visible_to
from core import clock
from core.windows import LONGEST_QUERY, TimeWindow

LIVE = (Status.HELD, Status.REQUESTED, Status.CONFIRMED, Status.IN_USE)


def overlapping(reservations: "QuerySet[Reservation]", window: TimeWindow) -> "QuerySet[Reservation]":
    """Those whose agreed time overlaps a window; reads the index on the start, bounded by the longest booking."""
    return reservations.filter(
        during__startswith__lt=window.ends_at,
        during__startswith__gt=window.starts_at - LONGEST_QUERY,
        during__endswith__gt=window.starts_at,
    )


def upcoming_of(viewer: Viewer, *, at: datetime | None = None) -> "QuerySet[Reservation]":
    """The viewer's own bookings that are not over, soonest first."""
    own = _own(viewer).filter(status__in=LIVE, during__endswith__gt=at or clock.now())
    return own.order_by("during", "pk")


def past_of(viewer: Viewer, *, at: datetime | None = None) -> "QuerySet[Reservation]":
    """The viewer's own bookings that are over or were given up, latest first."""
    at = at or clock.now()
    live = _own(viewer).filter(status__in=LIVE, during__endswith__gt=at)
    return _own(viewer).exclude(pk__in=live.values("pk")).order_by("-during", "-pk")


def _own(viewer: Viewer) -> "QuerySet[Reservation]":
    return reservations_visible_to(viewer).filter(user_id=viewer.person_id)
