"""Time windows: half-open [starts_at, ends_at), aware, UTC. Touching ends do not collide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

LONGEST_QUERY = timedelta(days=400)
"""No question about a calendar may span more than this; answers would grow without bound."""


class InvalidWindow(Invalid):
    """The two ends do not make a window."""

    code = "window_invalid"
    title = _("The time window is not valid.")


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """Half-open [starts_at, ends_at), both aware and stored as UTC. Raises InvalidWindow."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        for end in (self.starts_at, self.ends_at):
            if end.utcoffset() is None:
                raise InvalidWindow(_("Give times with their offset, such as 2026-03-02T09:00:00+08:00."))
        if self.ends_at <= self.starts_at:
            raise InvalidWindow(_("The end must be after the start."))
        object.__setattr__(self, "starts_at", self.starts_at.astimezone(UTC))
        object.__setattr__(self, "ends_at", self.ends_at.astimezone(UTC))

    @classmethod
    def of(cls, bounds: Any) -> "TimeWindow":
        """From anything with `lower` and `upper`, such as a database range."""
        return cls(bounds.lower, bounds.upper)

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        """Elapsed whole minutes, not wall-clock difference."""
        return int(self.duration.total_seconds() // 60)

    def overlaps(self, other: "TimeWindow") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, other: "TimeWindow") -> bool:
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def holds(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at

    def clipped_to(self, other: "TimeWindow") -> "TimeWindow | None":
        """The common part, or None."""
        starts_at, ends_at = max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at)
        return TimeWindow(starts_at, ends_at) if starts_at < ends_at else None

    def part_in(self, windows: Iterable["TimeWindow"]) -> timedelta:
        """How much of it lies in these windows, which don't overlap."""
        parts = (self.clipped_to(window) for window in windows)
        return sum((part.duration for part in parts if part), timedelta())

    def widened(self, *, before: timedelta = timedelta(), after: timedelta = timedelta()) -> "TimeWindow":
        return TimeWindow(self.starts_at - before, self.ends_at + after)

    def shifted(self, by: timedelta) -> "TimeWindow":
        return TimeWindow(self.starts_at + by, self.ends_at + by)


def query_window(starts_at: datetime, ends_at: datetime) -> TimeWindow:
    """A window somebody asks about. Raises InvalidWindow, also when it is longer than LONGEST_QUERY."""
    window = TimeWindow(starts_at, ends_at)
    if window.duration > LONGEST_QUERY:
        raise InvalidWindow(
            _("The window is too long: ask for at most %(days)d days at a time.") % {"days": LONGEST_QUERY.days}
        )
    return window


def merged(windows: Iterable[TimeWindow]) -> list[TimeWindow]:
    """The union as sorted, disjoint windows; touching ones become one."""
    result: list[TimeWindow] = []
    for window in sorted(windows):
        if result and window.starts_at <= result[-1].ends_at:
            if window.ends_at > result[-1].ends_at:
                result[-1] = TimeWindow(result[-1].starts_at, window.ends_at)
        else:
            result.append(window)
    return result


def subtracted(windows: Iterable[TimeWindow], taken: Iterable[TimeWindow]) -> list[TimeWindow]:
    """The parts of `windows` that no window in `taken` covers, sorted and disjoint."""
    result: list[TimeWindow] = []
    holes = merged(taken)
    for window in merged(windows):
        result.extend(_rest(window, holes))
    return result


def _rest(window: TimeWindow, holes: list[TimeWindow]) -> Iterator[TimeWindow]:
    cursor = window.starts_at
    for hole in holes:
        if hole.ends_at <= cursor:
            continue
        if hole.starts_at >= window.ends_at:
            break
        if hole.starts_at > cursor:
            yield TimeWindow(cursor, hole.starts_at)
        cursor = hole.ends_at
    if cursor < window.ends_at:
        yield TimeWindow(cursor, window.ends_at)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """An IANA zone by name. Raises Invalid."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(_("Unknown time zone; give an IANA name such as Asia/Shanghai.")) from None


def is_zone(name: str) -> bool:
    """Whether the name is an IANA zone of this machine."""
    return name in available_timezones()


def at_wall_clock(on: date, wall: time, tz: ZoneInfo) -> datetime:
    """The instant at which a clock on the wall in `tz` shows `wall` on `on`, in UTC.

    A wall time that the change to summer time skips becomes the instant of the change plus what was
    skipped; one that occurs twice means its first occurrence (PEP 495, fold=0).
    """
    return datetime.combine(on, wall, tzinfo=tz).astimezone(UTC)


def local_day(on: date, tz: ZoneInfo) -> TimeWindow:
    """The local calendar day as a window: 23, 24 or 25 hours long."""
    return TimeWindow(at_wall_clock(on, time.min, tz), at_wall_clock(on + timedelta(days=1), time.min, tz))
