"""How something repeats: pure dates on a clock on the wall, without a database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil import rrule
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.windows import TimeWindow, at_wall_clock

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS: Final = WEEKDAYS[:5]
ORDINALS: Final = (1, 2, 3, 4, -1)
"""Which of a month's Fridays, say; -1 is the last. A fifth one exists in some months only."""

MOST_OCCURRENCES: Final = 366
LONGEST_SPAN: Final = timedelta(days=731)
"""From the first occurrence to the last: two years, one of them a leap year."""

_DAYS_PER_WEEK: Final = 7


class InvalidRepeat(Invalid):
    """It is not said how something repeats, or it would never come to an end."""

    code = "repeat_invalid"
    title = _("This is no way to repeat.")


class Every(StrEnum):
    """What an interval counts. month_weekday: the same weekday of a month, such as its last Friday."""

    WEEK = "week"
    DAYS = "days"
    WEEKDAYS = "weekdays"
    MONTH_WEEKDAY = "month_weekday"


@dataclass(frozen=True, slots=True)
class Repeat:
    """How something repeats. Either until (local date, included) or count.

    weekdays: by name; of `week` any number, of `month_weekday` one; none: that of the first occurrence.
    ordinal: of `month_weekday`, one of ORDINALS; None: the first occurrence's. Raises InvalidRepeat.
    """

    every: Every
    interval: int = 1
    weekdays: tuple[str, ...] = ()
    ordinal: int | None = None
    until: date | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if (self.until is None) == (self.count is None):
            raise InvalidRepeat(_("Say either how many times or until when."))
        if self.count is not None and not 1 <= self.count <= MOST_OCCURRENCES:
            raise _too_many()
        if not 1 <= self.interval <= MOST_OCCURRENCES:
            raise InvalidRepeat(_("Give an interval from 1 to 366."))
        if not set(self.weekdays) <= set(WEEKDAYS):
            raise InvalidRepeat(_("Name the weekdays as MO, TU, WE, TH, FR, SA, SU."))
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        most_days = {Every.WEEK: _DAYS_PER_WEEK, Every.MONTH_WEEKDAY: 1}.get(self.every, 0)
        if len(self.weekdays) > most_days:
            raise InvalidRepeat(_("Weekdays are named for weeks, and one for months."))
        if self.every == Every.WEEKDAYS and self.interval != 1:
            raise InvalidRepeat(_("Every weekday has no interval."))
        if self.ordinal is not None and (self.every != Every.MONTH_WEEKDAY or self.ordinal not in ORDINALS):
            raise InvalidRepeat(_("Say which weekday of the month: 1 to 4, or -1 for the last."))

    def resolved(self, first: date) -> "Repeat":
        """The same with what it leaves to the first occurrence filled in."""
        if self.every == Every.WEEKDAYS:
            return replace(self, weekdays=())
        days = self.weekdays or (WEEKDAYS[first.weekday()],)
        if self.every == Every.WEEK:
            return replace(self, weekdays=tuple(day for day in WEEKDAYS if day in days))
        if self.every == Every.MONTH_WEEKDAY:
            nth = (first.day - 1) // _DAYS_PER_WEEK + 1
            return replace(self, weekdays=days, ordinal=self.ordinal or (nth if nth in ORDINALS else -1))
        return self


def dates(repeat: Repeat, first: date) -> list[date]:
    """The local dates of all occurrences, the first not before `first`. Raises InvalidRepeat."""
    last = first + LONGEST_SPAN
    if repeat.until is not None and repeat.until > last:
        raise _too_far()
    found: list[date] = []
    for on in _dates(repeat.resolved(first), first):
        if on > last:
            raise _too_far()
        if len(found) == MOST_OCCURRENCES:
            raise _too_many()
        found.append(on)
    if not found:
        raise InvalidRepeat(_("There is no such day before the end."))
    return found


def occurrences(repeat: Repeat, first: TimeWindow, zone: ZoneInfo) -> list[TimeWindow]:
    """The windows of all occurrences on the wall clock of the zone: 09:00–11:00 stays so over a clock change.

    first: the window that repeats. A start that a change to summer time skips moves on
    (core.windows.at_wall_clock), and the occurrence then keeps its length. Raises InvalidRepeat.
    """
    start, end = (instant.astimezone(zone).replace(tzinfo=None) for instant in (first.starts_at, first.ends_at))
    later = (end.date() - start.date()).days
    return [
        first if on == start.date() else _on_the_wall(on, start.time(), later, end, zone)
        for on in dates(repeat, start.date())
    ]


def wall_clock_window(on: date, start: time, length: timedelta, zone: ZoneInfo) -> TimeWindow:
    """A window that begins on a day at a wall time and ends where the clock shows so much more."""
    end = datetime.combine(on, start) + length
    return _on_the_wall(on, start, (end.date() - on).days, end, zone)


def _on_the_wall(on: date, start: time, days_later: int, end: datetime, zone: ZoneInfo) -> TimeWindow:
    starts_at = at_wall_clock(on, start, zone)
    ends_on = on + timedelta(days=days_later)
    ends_at = at_wall_clock(ends_on, end.time(), zone)
    is_skipped = starts_at.astimezone(zone).time() != start
    if is_skipped or ends_at <= starts_at:
        ends_at = starts_at + (datetime.combine(ends_on, end.time()) - datetime.combine(on, start))
    return TimeWindow(starts_at.astimezone(UTC), ends_at)


def _dates(repeat: Repeat, first: date) -> Iterator[date]:
    """Without end where it has a count that dates beyond the calendar would need."""
    options: dict[str, Any] = {"dtstart": datetime.combine(first, time.min), "interval": repeat.interval}
    if repeat.count is not None:
        options["count"] = repeat.count
    days = WORKDAYS if repeat.every == Every.WEEKDAYS else repeat.weekdays
    if repeat.every != Every.DAYS:
        options["byweekday"] = [rrule.weekday(WEEKDAYS.index(day)) for day in days]
    if repeat.every == Every.MONTH_WEEKDAY:
        options["bysetpos"] = repeat.ordinal
    found = (each.date() for each in rrule.rrule(_FREQUENCIES[repeat.every], **options))
    until = repeat.until
    return found if until is None else takewhile(lambda on: on <= until, found)


_FREQUENCIES: Final = {
    Every.WEEK: rrule.WEEKLY,
    Every.DAYS: rrule.DAILY,
    Every.WEEKDAYS: rrule.WEEKLY,
    Every.MONTH_WEEKDAY: rrule.MONTHLY,
}


def _too_many() -> InvalidRepeat:
    return InvalidRepeat(_("A series has 1 to 366 occurrences."))


def _too_far() -> InvalidRepeat:
    return InvalidRepeat(_("A series ends within two years."))
