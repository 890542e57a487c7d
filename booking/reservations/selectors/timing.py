"""What the time rules ask of a window, and the first window in a free gap that satisfies them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from booking.reservations.policy_values import Effective
from core.windows import TimeWindow, at_wall_clock


class Gap(NamedTuple):
    """A free stretch, aware UTC. opened_at: when its open window began. places: how many have just this gap.

    off_peak: the tier's off-peak windows around it, where they were read.
    """

    starts_at: datetime
    ends_at: datetime
    opened_at: datetime
    places: int = 1
    off_peak: tuple[TimeWindow, ...] = ()


MOST_TRIES: Final = 50
"""Starts tried in one gap for a window whose off-peak part makes it as long as wished."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What the time rules ask of a window. Instants aware UTC, zone: the instrument's.

    earliest, latest: of the start; until: of the end. wished: the length asked for, on the grid.
    shortest None: the shortest, the longest booking and the grid leave no length at all. full: the length
    asked for, where it is longer than the longest booking, so that the rest must be off-peak. is_exact: nothing
    shorter will do.
    """

    earliest: datetime
    latest: datetime | None
    until: datetime | None
    step: timedelta
    shortest: timedelta | None
    wished: timedelta
    zone: ZoneInfo
    longest: timedelta | None = None
    full: timedelta | None = None
    is_exact: bool = False

    @property
    def is_impossible(self) -> bool:
        """No window of any calendar would do."""
        last = self.last_start
        return self.shortest is None or (last is not None and self.earliest > last)

    @property
    def last_start(self) -> datetime | None:
        """No window of the wished length starts later. None: unlimited."""
        bounds = [] if self.until is None else [self.until - self.wished]
        return min([*bounds, *([] if self.latest is None else [self.latest])], default=None)

    def first_window(self, gap: Gap) -> TimeWindow | None:
        """The first window in a gap that lies on the grid: as long as asked for, where enough of one is off-peak;
        else of the wished length.
        """
        whole = self._off_peak_window(gap) if self.full and gap.off_peak else None
        return whole or (None if self.full and self.is_exact else self._first_window(gap))

    def _off_peak_window(self, gap: Gap) -> TimeWindow | None:
        """A later start gains at most as much off-peak time as it is later, so none in between is missed."""
        assert self.full is not None
        assert self.longest is not None
        earliest = self.earliest
        for _try in range(MOST_TRIES):
            window = replace(self, wished=self.full, full=None, earliest=earliest).first_window(gap)
            if window is None:
                return None
            lacking = self.full - self.longest - window.part_in(gap.off_peak)
            if lacking <= timedelta():
                return window
            earliest = window.starts_at + lacking
        return None

    def _first_window(self, gap: Gap) -> TimeWindow | None:
        start = self._on_grid(gap, max(gap.starts_at, self.earliest))
        last = self.last_start
        if self.shortest is None or start + self.wished > gap.ends_at or (last is not None and start > last):
            return None
        return TimeWindow(start, start + self.wished)

    def longest_window(self, gap: Gap) -> TimeWindow | None:
        """The first window on the grid, of the wished length or as much of it as fits into the gap."""
        if self.shortest is None:
            return None
        first = replace(self, wished=self.shortest, full=None).first_window(gap)
        if first is None:
            return None
        room = (gap.ends_at - first.starts_at) // self.step * self.step
        return TimeWindow(first.starts_at, first.starts_at + max(self.shortest, min(self.wished, room)))

    def _on_grid(self, gap: Gap, start: datetime) -> datetime:
        """The first grid line from `start` on; the next local day has a grid of its own, from midnight."""
        local_date = start.astimezone(self.zone).date()
        midnight, next_midnight = (
            at_wall_clock(on, time.min, self.zone) for on in (local_date, local_date + timedelta(days=1))
        )
        origin = max(midnight, gap.opened_at)
        return min(origin - ((origin - start) // self.step) * self.step, next_midnight)


def timing(
    values: Mapping[str, Effective],
    zone: ZoneInfo,
    *,
    now: datetime,
    since: datetime,
    until: datetime | None = None,
    minutes: int = 0,
) -> Timing:
    """The timing of a wish under the policy in force. minutes 0: the shortest booking; since, until: aware UTC."""
    ahead, step = values["booking_window"].value, values["on_grid"].value or 1
    shortest, wished = _lengths(values, minutes, step)
    longest, asked = values["max_duration"].value, _rounded_up(minutes, step)
    return Timing(
        earliest=max(since, now + timedelta(minutes=values["lead_time"].value or 0)),
        latest=None if ahead is None else now + timedelta(days=ahead),
        until=until,
        step=timedelta(minutes=step),
        shortest=None if shortest is None else timedelta(minutes=shortest),
        wished=timedelta(minutes=wished),
        zone=zone,
        longest=None if longest is None else timedelta(minutes=longest),
        full=timedelta(minutes=asked) if shortest is not None and longest is not None and asked > longest else None,
    )


def common_gaps(gaps: list[Gap], places: int) -> list[Gap]:
    """The longest stretches from each start on that so many places have in common; one place's never overlap."""
    if places == 1:
        return gaps
    common: list[Gap] = []
    for starts_at in sorted({gap.starts_at for gap in gaps}):
        holding = [gap for gap in gaps if gap.starts_at <= starts_at < gap.ends_at for _place in range(gap.places)]
        if len(holding) >= places:
            last = sorted(holding, key=lambda gap: gap.ends_at, reverse=True)[places - 1]
            common.append(last._replace(starts_at=starts_at))
    return common


def _lengths(values: Mapping[str, Effective], minutes: int, step: int) -> tuple[int | None, int]:
    """The shortest length and the wished one brought within shortest and longest, both on the grid."""
    shortest = _rounded_up(max(values["min_duration"].value or 1, 1), step)
    wished = max(shortest, _rounded_up(minutes, step))
    longest = values["max_duration"].value
    if longest is None:
        return shortest, wished
    longest = longest // step * step
    return (shortest, min(wished, longest)) if shortest <= longest else (None, wished)


def _rounded_up(minutes: int, step: int) -> int:
    return -(-minutes // step) * step
