"""The free windows of a week as a list: what the grid shows, for everyone who reads or listens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from booking.reservations.policy_values import Effective
from booking.reservations.selectors.availability import Availability
from booking.reservations.selectors.offers import first_bookable
from core.windows import TimeWindow, local_day
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
    windows = [window for free in found.free for window in _bookable(found, free, policy, tz)]
    return [FreeDay(on, list(group)) for on, group in groupby(windows, key=lambda window: window.starts_at.date())]


def _bookable(
    found: Availability, free: TimeWindow, policy: Mapping[str, Effective], tz: ZoneInfo
) -> Iterator[FreeWindow]:
    """The parts of a free stretch that hold a booking, each from its first start on."""
    first = first_bookable(found, free, policy, tz, SUGGESTED_MINUTES)
    if first is None:
        return
    for part in _in_days(TimeWindow(first.starts_at, free.ends_at), tz):
        suggested = first_bookable(found, part, policy, tz, SUGGESTED_MINUTES)
        if suggested:
            yield _shown(suggested, part.ends_at, tz)


def _in_days(stretch: TimeWindow, tz: ZoneInfo) -> Iterator[TimeWindow]:
    """A stretch of over a day, day by day; a night stays in one piece."""
    start = stretch.starts_at
    while stretch.ends_at - start > timedelta(days=1):
        midnight = local_day(start.astimezone(tz).date(), tz).ends_at
        yield TimeWindow(start, midnight)
        start = midnight
    yield TimeWindow(start, stretch.ends_at)


def _shown(suggested: TimeWindow, ends_at: datetime, tz: ZoneInfo) -> FreeWindow:
    start, until = (end.astimezone(tz) for end in (suggested.starts_at, suggested.ends_at))
    return FreeWindow(start, ends_at.astimezone(tz), f"start={start:{_WALL}}&end={until:{_WALL}}")
