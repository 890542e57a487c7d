"""The free time of a calendar while a plan is made: what one booking is promised is gone for the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Tier
from booking.reservations.selectors.timing import Gap, Timing, common_gaps
from core.windows import TimeWindow

_READ = """
    SELECT w.instrument, r.turnaround_minutes, g.place, g.tiers, g.starts_at, g.ends_at, g.opened_at, m.mode
    FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) w (instrument, since, until)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    CROSS JOIN LATERAL (
        SELECT unnest(%(modes)s::varchar[]) WHERE w.instrument = %(own)s
        UNION ALL SELECT '' WHERE w.instrument <> %(own)s
    ) m (mode)
    CROSS JOIN LATERAL free_gaps_computed(r.id, tstzrange(w.since, w.until), %(without)s::bigint[],
        w.instrument = %(own)s, ARRAY[m.mode]) g
    UNION ALL
    SELECT w.instrument, r.turnaround_minutes, 0, o.tiers, lower(o.during), upper(o.during), lower(o.during), ''
    FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) w (instrument, since, until)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    CROSS JOIN LATERAL calendar_off_peak(r.id, tstzrange(w.since, w.until)) o
    ORDER BY 5, 3
"""
"""Place 0 is none: when it is off-peak."""


class PlaceGap(NamedTuple):
    """A free stretch of one place for the tiers of a mask; its end is reduced by the turnaround before a claim.

    mode: the access mode in which it is; empty: in each.
    """

    place: int
    tiers: int
    gap: Gap
    mode: str = ""

    def is_for(self, tier: Tier, mode: str) -> bool:
        """Whether it is free for this tier when used in this mode."""
        return bool(self.tiers & tier.bit) and self.mode in ("", mode)


@dataclass(slots=True)
class Remaining:
    """One instrument's free time, place by place."""

    turnaround: timedelta
    gaps: list[PlaceGap]
    off_peak: list[PlaceGap] = field(default_factory=list)

    def first_window(self, timed: Timing, tier: Tier, places: int, mode: str) -> TimeWindow | None:
        """The first window that the time rules pass with so many places free."""
        windows = (timed.first_window(gap) for gap in common_gaps(self._open_to(tier, mode), places))
        return min((window for window in windows if window), default=None)

    def has(self, window: TimeWindow, tier: Tier, places: int, mode: str) -> bool:
        """Whether so many places are free for all of the window."""
        return len(self._places(window, tier, mode)) >= places

    def take(self, window: TimeWindow, tier: Tier, places: int, mode: str) -> None:
        """Promise the window: in no mode is it free any more on so many places, nor is the turnaround around it."""
        taken = set(self._places(window, tier, mode)[:places])
        blocked = window.widened(before=self.turnaround, after=self.turnaround)
        self.gaps = [rest for each in self.gaps for rest in _without(each, blocked, taken)]

    def _places(self, window: TimeWindow, tier: Tier, mode: str) -> list[int]:
        return sorted(
            {
                each.place
                for each in self.gaps
                if each.is_for(tier, mode)
                and each.gap.starts_at <= window.starts_at
                and window.ends_at <= each.gap.ends_at
            }
        )

    def _open_to(self, tier: Tier, mode: str) -> list[Gap]:
        quiet = tuple(TimeWindow(*each.gap[:2]) for each in self.off_peak if each.is_for(tier, mode))
        return [each.gap._replace(off_peak=quiet) for each in self.gaps if each.is_for(tier, mode)]


def remaining_time(
    spans: Sequence[tuple[int, TimeWindow]], *, own: int, without: Collection[int], modes: Collection[str]
) -> dict[int, Remaining]:
    """The free time of each instrument within its span, as if the reservations `without` held nothing.

    own: the one on which they are; the operators and shared resources it needs are looked at, those of the others
    only by the rules, because the bookings themselves may hold them. modes: the access modes in which they use it,
    each looked at by itself; empty where the mode decides nothing. An instrument without free time is left out.
    One statement; some milliseconds for each instrument, mode and month.
    """
    found: dict[int, Remaining] = {}
    for instrument_id, turnaround, place, tiers, starts_at, ends_at, opened_at, mode in _rows(
        spans, own, without, modes
    ):
        rest = found.setdefault(instrument_id, Remaining(timedelta(minutes=turnaround), []))
        gap = PlaceGap(place, tiers, Gap(starts_at, ends_at, opened_at), mode)
        (rest.gaps if place else rest.off_peak).append(gap)
    return found


def _rows(
    spans: Sequence[tuple[int, TimeWindow]], own: int, without: Collection[int], modes: Collection[str]
) -> list[tuple[int, int, int, int, datetime, datetime, datetime, str]]:
    values: dict[str, Any] = {
        "ids": [instrument_id for instrument_id, _ in spans],
        "since": [span.starts_at for _, span in spans],
        "until": [span.ends_at for _, span in spans],
        "own": own,
        "without": list(without),
        "modes": sorted(modes),
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, values)
        return list(cursor.fetchall())


def _without(each: PlaceGap, blocked: TimeWindow, places: Collection[int]) -> list[PlaceGap]:
    gap = each.gap
    if each.place not in places or gap.ends_at <= blocked.starts_at or blocked.ends_at <= gap.starts_at:
        return [each]
    rests = (
        gap._replace(ends_at=min(gap.ends_at, blocked.starts_at)),
        gap._replace(starts_at=max(gap.starts_at, blocked.ends_at)),
    )
    return [each._replace(gap=rest) for rest in rests if rest.starts_at < rest.ends_at]
