"""Lists of reservations: one's own, and a day's at institutions."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, F, Func, OuterRef, Q, QuerySet

from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.access import seen_instruments, sees_everything, with_related
from booking.reservations.selectors.beneficiaries import owned_by
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
    """The viewer's own bookings that are not over, soonest first; not what the waiting list only offers."""
    own = _own(viewer).filter(status__in=LIVE, during__endswith__gt=at or clock.now())
    own = own.exclude(status=Status.HELD, offered_to__isnull=False)
    return own.order_by("during", "pk")


def past_of(viewer: Viewer, *, at: datetime | None = None) -> "QuerySet[Reservation]":
    """The viewer's own bookings that are over or were given up, latest first; not what was only held."""
    at = at or clock.now()
    live = _own(viewer).filter(status__in=LIVE, during__endswith__gt=at)
    only_held = Q(status=Status.EXPIRED, hold_expires_at__isnull=False)
    return _own(viewer).exclude(only_held).exclude(pk__in=live.values("pk")).order_by("-during", "-pk")


def _own(viewer: Viewer) -> "QuerySet[Reservation]":
    return with_related(Reservation.objects.filter(owned_by(viewer)))


class VisibleReservations:
    """Reservations that a viewer may see, newest first: what `reservations_visible_to` finds, to be read in pages.

    One is seen for its user, who booked it, its firm or its instrument, and each of these has its own index. Asked
    together they have none: the plan then walks backwards through everybody's reservations until it has met enough,
    which for a small institution is all of them. So each is read by itself and only so far as a page needs.
    """

    model: Final = Reservation
    keys: Final = ("-pk",)

    def __init__(self, viewer: Viewer, found: "QuerySet[Reservation] | None" = None) -> None:
        """Raises: NotSignedIn."""
        self._viewer, self._everything = viewer, sees_everything(viewer)
        self._found = Reservation.objects.all() if found is None else found

    def filter(self, *conditions: Q, **values: Any) -> "VisibleReservations":
        """Of these, those that fit; conditions about columns of their own."""
        return VisibleReservations(self._viewer, self._found.filter(*conditions, **values))

    def during(self, window: TimeWindow) -> "VisibleReservations":
        """Of these, those whose agreed time overlaps the window."""
        return VisibleReservations(self._viewer, overlapping(self._found, window))

    def first_rows(self, limit: int) -> list[Reservation]:
        """The newest ones with what is shown of them. One query."""
        if self._everything:
            newest = self._found
        else:
            newest = Reservation.objects.filter(pk__in=_together(self._branches(limit, in_order=True)))
        return list(with_related(newest).order_by("-pk")[:limit])

    def count_to(self, most: int) -> int:
        """How many there are, but no more than are worth counting. One query."""
        if self._everything:
            return self._found.values("pk")[:most].count()
        return min(most, _together(self._branches(most, in_order=False)).count())

    def _branches(self, limit: int, *, in_order: bool) -> "Iterator[QuerySet[Any]]":
        """Keys of at most so many by each way of being seen; in_order: of the newest."""
        own = [Q(user_id=self._viewer.user_id), _booked_for_others(self._viewer)]
        if firms := self._viewer.enterprise_ids:
            own.append(Q(account_id__in=firms))
        for condition in own:
            keys = self._found.filter(condition).values("pk")
            # By a sum and not the key itself, whose index would be the way through everybody's.
            yield (keys.order_by((F("pk") + 0).desc()) if in_order else keys)[:limit]
        of_one = self._found.filter(instrument_id=OuterRef("pk")).order_by("-pk").values("pk")[:limit]
        at = seen_instruments(self._viewer).values(key=_Unnest(ArraySubquery(of_one)))
        yield (at.order_by("-key") if in_order else at)[:limit]


def _booked_for_others(viewer: Viewer) -> Q:
    """In the words of its index."""
    others = Q(user=None) | Q(user__lt=F("booked_by")) | Q(user__gt=F("booked_by"))
    return Q(others, booked_by_id=viewer.user_id)


class _Unnest(Func):
    """Each element of an array as a row."""

    function = "unnest"
    set_returning = True
    output_field = BigIntegerField()


def _together(branches: "Iterator[QuerySet[Any]]") -> "QuerySet[Any]":
    first, *others = branches
    return first.union(*others)
