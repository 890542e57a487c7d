"""Availability: what is open, busy and free in a window. A function of the revision, not of now."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.selectors import open_time
from booking.reservations.models import Kind, Status
from booking.reservations.selectors.access import CalendarHead
from core import clock
from core.windows import TimeWindow, merged, subtracted

# Claims are kept while they matter; older bookings are read from the reservations themselves. "::bigint", because
# a small number is sent as a small integer, which the index of claims can't compare: it would be read whole.
_TAKEN = """
    SELECT c.place, b.id, b.kind, b.status, b.user_id, lower(c.occupies), upper(c.occupies), b.turnaround_minutes
    FROM calendars_claim c JOIN reservations_reservation b ON b.id = c.reservation_id
    WHERE c.resource_id = %(resource)s::bigint AND c.occupies && tstzrange(%(since)s, %(until)s)
    UNION ALL
    SELECT p.place, p.id, p.kind, p.status, p.user_id, lower(p.occupies), upper(p.occupies), p.turnaround
    FROM reservation_past(%(instrument)s, tstzrange(%(since)s, %(until)s), %(now)s) p
    ORDER BY 6
"""


class _Taken(NamedTuple):
    place: int
    reservation_id: int
    kind: str
    status: str
    user_id: int | None
    starts_at: datetime
    blocked_until: datetime
    turnaround_minutes: int

    @property
    def window(self) -> TimeWindow:
        return TimeWindow(self.starts_at, self.blocked_until)


class Busy(NamedTuple):
    """A busy stretch. kind: taken, hold, own, closure, maintenance or turnaround."""

    window: TimeWindow
    kind: str
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """Windows are clipped to what was asked for. free: where at least one place is bookable for the tier.

    gaps: the same for each place by itself, so that a booking fits into one of them.
    """

    resource: CalendarHead
    window: TimeWindow
    open: list[TimeWindow]
    busy: list[Busy]
    free: list[TimeWindow]
    gaps: list[TimeWindow]
    off_peak: list[TimeWindow] = field(default_factory=list)


def availability_tag(resource: CalendarHead, window: TimeWindow, tier: Tier, viewer: Viewer, mode: str = "") -> str:
    """The ETag: a hash of everything the answer depends on. Own bookings change only with the revision."""
    horizon = resource.gaps_until.isoformat() if resource.gaps_until else ""
    parts = (resource.pk, resource.revision, window.starts_at, window.ends_at, tier, viewer.user_id, horizon, mode)
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def availability(
    resource: CalendarHead, window: TimeWindow, tier: Tier, viewer: Viewer, mode: str = ""
) -> Availability:
    """Open, busy and free stretches of one instrument in a window, for a tier. Two statements, three where it
    needs something besides itself.

    mode: an access mode, whose own needs must be free too; empty: only what every use needs.
    """
    during = open_time(resource.pk, tier, window)
    opened = _clipped(during.open, window)
    taken = _taken(resource, window)
    turnaround = timedelta(minutes=resource.turnaround_minutes)
    lacking = _needs_taken(resource, window, mode)
    gaps: list[TimeWindow] = []
    for place in range(1, resource.capacity + 1):
        blocked = [t.window.widened(before=turnaround) for t in taken if t.place == place]
        for needed in lacking:
            gaps.extend(subtracted(opened, [*blocked, *needed]))
    busy = _busy(resource, taken, window, viewer) + _lacking(lacking, window)
    off_peak = _clipped(during.off_peak, window)
    return Availability(resource, window, opened, sorted(set(busy), key=_order), merged(gaps), gaps, off_peak)


def _needs_taken(resource: CalendarHead, window: TimeWindow, mode: str) -> list[list[TimeWindow]]:
    if not resource.has_needs:
        return [[]]
    return functions.needs_taken(resource.instrument_id, window, modes=[mode] if mode else [])


def _taken(resource: CalendarHead, window: TimeWindow) -> list[_Taken]:
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                "resource": resource.pk,
                "instrument": resource.instrument_id,
                "now": clock.now(),
                "since": window.starts_at,
                # A claim just after the window still shortens the free time before it.
                "until": window.ends_at + timedelta(minutes=resource.turnaround_minutes),
            },
        )
        return [_Taken(*row) for row in cursor.fetchall()]


def _busy(resource: CalendarHead, taken: list[_Taken], window: TimeWindow, viewer: Viewer) -> list[Busy]:
    """With parallel places, bookings of others show only where no place is left; own and closed ones always."""
    stretches: list[Busy] = []
    for each in taken:
        kind = _kind(each, viewer)
        if resource.capacity == 1 or kind in ("own", Kind.CLOSURE, Kind.MAINTENANCE):
            stretches.extend(_stretches(each, kind))
    if resource.capacity > 1:
        stretches.extend(Busy(full, "taken") for full in _full(resource, taken, window))
    clipped = (
        Busy(part, busy.kind, busy.reservation_id) for busy in stretches if (part := busy.window.clipped_to(window))
    )
    return list(clipped)


def _order(busy: Busy) -> tuple[TimeWindow, str]:
    return (busy.window, busy.kind)


def _lacking(lacking: list[list[TimeWindow]], window: TimeWindow) -> list[Busy]:
    """Where whatever one chose, something that is needed besides the instrument would be taken."""
    had: list[TimeWindow] = []
    for needed in lacking:
        had.extend(subtracted([window], needed))
    return [Busy(part, "taken") for part in subtracted([window], had)]


def _full(resource: CalendarHead, taken: list[_Taken], window: TimeWindow) -> list[TimeWindow]:
    """Where every place is taken."""
    left: list[TimeWindow] = []
    for place in range(1, resource.capacity + 1):
        left.extend(subtracted([window], [t.window for t in taken if t.place == place]))
    return subtracted([window], left)


def _kind(each: _Taken, viewer: Viewer) -> str:
    if each.kind in (Kind.CLOSURE, Kind.MAINTENANCE):
        return each.kind
    if viewer.user_id is not None and each.user_id == viewer.user_id:
        return "own"
    return "hold" if each.status == Status.HELD else "taken"


def _stretches(each: _Taken, kind: str) -> Iterable[Busy]:
    """The booking itself, and the turnaround behind it."""
    ends_at = max(each.blocked_until - timedelta(minutes=each.turnaround_minutes), each.starts_at)
    own_id = each.reservation_id if kind == "own" else None
    if ends_at > each.starts_at:
        yield Busy(TimeWindow(each.starts_at, ends_at), kind, own_id)
    if each.blocked_until > ends_at and kind not in (Kind.CLOSURE, Kind.MAINTENANCE):
        yield Busy(TimeWindow(ends_at, each.blocked_until), "turnaround")


def _clipped(windows: Iterable[TimeWindow], to: TimeWindow) -> list[TimeWindow]:
    return [part for window in windows if (part := window.clipped_to(to))]
