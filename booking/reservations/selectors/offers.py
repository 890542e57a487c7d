"""The next windows that pass: what a refusal offers instead."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.db import connection

from booking.reservations.rules.registry import Context, Violation, all_rules
from core.windows import TimeWindow, at_wall_clock

LOOK_AT_GAPS = 60
"""Gaps looked at per refusal; keeps a refusal's cost bounded."""

_GAPS = """
    SELECT g.starts_at, g.ends_at, lower(w.during) FROM calendars_freegap g
    CROSS JOIN LATERAL calendar_open_windows(g.resource_id, tstzrange(g.starts_at, g.ends_at)) w
    WHERE g.resource_id = %(resource)s AND g.tiers & %(bit)s <> 0 AND w.tiers & %(bit)s <> 0
      AND g.ends_at > %(since)s AND g.minutes >= %(minutes)s
    ORDER BY g.starts_at, g.ends_at LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A window on an instrument that would pass the time rules for this tier."""

    instrument_id: int
    window: TimeWindow


class _Gap(NamedTuple):
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime


def next_windows(context: Context, *, count: int = 3) -> list[TimeWindow]:
    """The first windows of the wished length, from the wished start on, that respect opening hours, grid,
    lead time, booking window and other bookings. At most one per gap. One query, bounded.
    """
    lead = timedelta(minutes=context.value("lead_time") or 0)
    earliest = max(context.window.starts_at, context.now + lead)
    length = _allowed_length(context)
    windows: list[TimeWindow] = []
    for gap in _gaps(context, earliest, length):
        window = _first_window(context, gap, earliest, length)
        if window and window not in windows:
            windows.append(window)
        if len(windows) == count:
            break
    return windows


def with_nearest(violations: list[Violation], windows: list[TimeWindow]) -> list[Violation]:
    """Violations that name no nearest window of their own get the first one that passes the time rules."""
    if not windows:
        return violations
    return [
        replace(broken, nearest=windows[0]) if broken.nearest is None and broken.code in _TIMED else broken
        for broken in violations
    ]


_TIMED = {
    "place_free",
    "not_closed",
    "within_opening_hours",
    "starts_in_future",
    "lead_time",
}


def blocks_time(violations: list[Violation]) -> bool:
    """Whether the time itself is taken or closed: 409 rather than 422."""
    return any(all_rules()[broken.code].blocks_time for broken in violations)


def _gaps(context: Context, earliest: datetime, length: timedelta) -> Iterator[_Gap]:
    with connection.cursor() as cursor:
        cursor.execute(
            _GAPS,
            {
                "resource": context.resource_id,
                "bit": context.tier.bit,
                "since": earliest,
                "minutes": int(length.total_seconds() // 60),
                "limit": LOOK_AT_GAPS,
            },
        )
        return iter([_Gap(*row) for row in cursor.fetchall()])


def _first_window(context: Context, gap: _Gap, earliest: datetime, length: timedelta) -> TimeWindow | None:
    start = max(gap.starts_at, earliest)
    step = timedelta(minutes=context.value("on_grid") or 1)
    origin = _origin(context, gap, start)
    start = origin - ((origin - start) // step) * step
    ahead = context.value("booking_window")
    if ahead is not None and start > context.now + timedelta(days=ahead):
        return None
    return TimeWindow(start, start + length) if start + length <= gap.ends_at else None


def _origin(context: Context, gap: _Gap, start: datetime) -> datetime:
    local_date = start.astimezone(context.zone).date()
    if gap.opened_at.astimezone(context.zone).date() == local_date:
        return gap.opened_at
    return at_wall_clock(local_date, time.min, context.zone)


def _allowed_length(context: Context) -> timedelta:
    """The wished length, brought within the shortest and longest booking and onto the grid."""
    minutes = max(context.window.minutes, context.value("min_duration") or 1)
    longest = context.value("max_duration")
    step = context.value("on_grid") or 1
    minutes = -(-minutes // step) * step
    if longest is not None and minutes > longest:
        minutes = max(step, longest // step * step)
    return timedelta(minutes=minutes)
