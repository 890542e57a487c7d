"""The free windows of a week as a list: what the grid shows, for everyone who reads or listens."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from booking.reservations.policy_values import Effective
from booking.reservations.selectors.availability import Availability
from core import clock
from core.windows import TimeWindow, at_wall_clock, local_day
from core.windows import zone as zone_of

SUGGESTED_MINUTES: Final = 60
"""How long a window is when someone picks a free stretch and says no more."""

_WALL: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class FreeWindow:
    """A free stretch on the instrument's wall clock, and the booking it suggests as the page's query."""

    starts_at: datetime
    ends_at: datetime
    query: str

    @property
    def ends_at_midnight(self) -> bool:
        """It lasts to the end of its day, which a clock would call the next day's 00:00."""
        midnight = datetime.combine(self.starts_at.date() + timedelta(days=1), time.min, self.starts_at.tzinfo)
        return self.ends_at == midnight

    @property
    def runs_over_midnight(self) -> bool:
        return self.ends_at.date() > self.starts_at.date() and not self.ends_at_midnight


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A local day on which something is free."""

    on: date
    windows: list[FreeWindow]


def free_days(found: Availability, policy: Mapping[str, Effective], zone: str) -> list[FreeDay]:
    """What can still be booked of a week, day by day; a stretch belongs to the day it starts on."""
    tz = zone_of(zone)
    stretches = bookable(found, policy, tz, clock.now())
    windows = [_shown(part, policy, tz) for stretch in stretches for part in _in_days(stretch, tz)]
    return [FreeDay(on, list(group)) for on, group in groupby(windows, key=lambda window: window.starts_at.date())]


def bookable(
    found: Availability, policy: Mapping[str, Effective], tz: ZoneInfo, now: datetime
) -> Iterable[TimeWindow]:
    """Free stretches from now and the lead time on, begun on the grid, long enough for the shortest booking."""
    earliest = now + timedelta(minutes=policy["lead_time"].value or 0)
    ahead = policy["booking_window"].value
    shortest = timedelta(minutes=policy["min_duration"].value or 1)
    for free in found.free:
        start = max(free.starts_at, earliest)
        start = _on_grid(start, _origin(found.open, start, tz), policy["on_grid"].value)
        too_far = ahead is not None and start > now + timedelta(days=ahead)
        if start + shortest <= free.ends_at and not too_far:
            yield TimeWindow(start, free.ends_at)


def _in_days(stretch: TimeWindow, tz: ZoneInfo) -> Iterator[TimeWindow]:
    """A stretch of over a day, day by day; a night stays in one piece."""
    start = stretch.starts_at
    while stretch.ends_at - start > timedelta(days=1):
        midnight = local_day(start.astimezone(tz).date(), tz).ends_at
        yield TimeWindow(start, midnight)
        start = midnight
    yield TimeWindow(start, stretch.ends_at)


def _origin(opened: Iterable[TimeWindow], start: datetime, tz: ZoneInfo) -> datetime:
    """Where the grid counts from: the opening on the same local date, else local midnight."""
    on = start.astimezone(tz).date()
    stretch = next((window for window in opened if window.holds(start)), None)
    if stretch and stretch.starts_at.astimezone(tz).date() == on:
        return stretch.starts_at
    return at_wall_clock(on, time.min, tz)


def _on_grid(start: datetime, origin: datetime, step_minutes: int | None) -> datetime:
    step = timedelta(minutes=step_minutes or 1)
    return origin - ((origin - start) // step) * step


def _shown(window: TimeWindow, policy: Mapping[str, Effective], tz: ZoneInfo) -> FreeWindow:
    start, end = window.starts_at.astimezone(tz), window.ends_at.astimezone(tz)
    step = policy["on_grid"].value or 1
    minutes = max(policy["min_duration"].value or 1, -(-SUGGESTED_MINUTES // step) * step)
    until = min(window.starts_at + timedelta(minutes=minutes), window.ends_at).astimezone(tz)
    return FreeWindow(start, end, f"start={start:{_WALL}}&end={until:{_WALL}}")
