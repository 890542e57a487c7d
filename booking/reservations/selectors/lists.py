"""Lists of reservations: one's own, and a day's at institutions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.viewers import Viewer
from booking.calendars.models import Resource
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


@dataclass(frozen=True, slots=True)
class InstrumentDay:
    """One instrument's reservations on one day, in order of time."""

    resource: Resource
    reservations: tuple[Reservation, ...]


def day_list(
    institution_ids: Collection[int], window: TimeWindow, *, instrument_id: int | None = None
) -> list[InstrumentDay]:
    """What happens at the institutions' public instruments during a window; instruments without anything are left
    out, unless one is asked for. The caller has checked that the viewer staffs them. Two queries.
    """
    found = overlapping(
        Reservation.objects.filter(
            instrument__institution_id__in=institution_ids, status__in=(*LIVE, Status.COMPLETED, Status.NO_SHOW)
        ),
        window,
    )
    if instrument_id is not None:
        found = found.filter(instrument_id=instrument_id)
    by_instrument: dict[int, list[Reservation]] = {}
    for reservation in found.select_related("user", "account").order_by("during", "pk"):
        by_instrument.setdefault(reservation.instrument_id, []).append(reservation)
    wanted = [instrument_id] if instrument_id is not None else list(by_instrument)
    resources = Resource.objects.filter(instrument_id__in=wanted, institution_id__in=institution_ids)
    resources = resources.select_related("instrument__institution").order_by("instrument__name_zh", "pk")
    return [
        InstrumentDay(resource, tuple(by_instrument.get(resource.instrument_id or 0, ()))) for resource in resources
    ]
