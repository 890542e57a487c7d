"""Windows for a wish of the waiting list: one certain window, or the first of that length within a span."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from booking.calendars.selectors import open_time
from booking.reservations.models import WaitlistEntry
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.hunts import Hunt, pursue
from booking.reservations.selectors.timing import Gap, Timing, timing
from core.windows import TimeWindow

GAPS_PER_WISH: Final = (24, 96)
"""Gaps looked at per question, round by round while nothing is found."""

_MOST_SHIFTS: Final = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """Any `minutes` within span; all of it is one certain window. Half-open, aware UTC. account_id: the firm.

    access_mode: how it is to be used, which may decide what is needed; empty: the first way offered.
    """

    span: TimeWindow
    minutes: int
    places: int = 1
    account_id: int | None = None
    access_mode: str = ""

    @classmethod
    def of(cls, entry: WaitlistEntry) -> "Wish":
        return cls(TimeWindow.of(entry.span), entry.minutes, entry.places, entry.account_id, entry.access_mode)

    @property
    def is_fixed(self) -> bool:
        return self.span.duration == self.length

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def beginning(self, now: datetime) -> TimeWindow:
        """A window of this length as early as may be: for reading what rules say, not for booking."""
        starts_at = self.span.starts_at if self.span.ends_at - self.length < now else max(self.span.starts_at, now)
        return TimeWindow(starts_at, starts_at + self.length)


def first_free(wish: Wish, context: Context, since: datetime, refused: Collection[TimeWindow]) -> TimeWindow | None:
    """The first window that the time rules pass and that is free, from `since` on; not a refused one.

    context: of this person, any window. Bounded: one statement each time, at most _MOST_SHIFTS times. None: there
    is none, or the rules have no room for this length any more.
    """
    for _shift in range(_MOST_SHIFTS):
        timed = _timing(wish, context, since)
        hunt = Hunt(
            context.instrument_id,
            context.tier,
            context.now,
            since,
            wish.span.ends_at,
            wish.minutes,
            places=wish.places,
            timing=timed,
        )
        if timed.is_impossible or wish.length not in (timed.wished, timed.full):
            return None
        pursue([hunt], GAPS_PER_WISH, mode=context.own_mode)
        found = next(iter(hunt.found()), None)
        in_the_way = [window.ends_at for window in refused if found and window.overlaps(found)]
        if not in_the_way:
            return found
        since = max(in_the_way)
    return None


def first_open(wish: Wish, context: Context) -> TimeWindow | None:
    """The first window that the time rules would pass if nobody else had booked. One statement."""
    timed = _timing(wish, context, max(wish.span.starts_at, context.now))
    if timed.is_impossible or wish.length not in (timed.wished, timed.full):
        return None
    opened, off_peak = open_time(context.resource_id, context.tier, wish.span)
    gaps = (Gap(each.starts_at, each.ends_at, each.starts_at, off_peak=tuple(off_peak)) for each in opened)
    windows = (timed.first_window(gap) for gap in gaps)
    return next((window for window in windows if window), None)


def _timing(wish: Wish, context: Context, since: datetime) -> Timing:
    timed = timing(
        context.values, context.zone, now=context.now, since=since, until=wish.span.ends_at, minutes=wish.minutes
    )
    return replace(timed, earliest=max(timed.earliest, wish.span.starts_at), is_exact=True)
