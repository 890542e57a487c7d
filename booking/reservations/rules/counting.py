"""What the counted rules share: local days, weeks and months, and what of a cap is used. Source: ADR 0012."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.reservations.policy_values import Setting
from booking.reservations.rules.registry import Context, Counted
from core.windows import TimeWindow, local_day

HOUR = 60
Days = Callable[[date], date]
"""From a day to the first day of its period, or of the next one."""


def cap(unit: str, *, most: int) -> Setting:
    """A cap's setting: nothing is counted until somebody sets it."""
    return Setting(default=None, unit=unit, minimum=1, maximum=most)


def cap_on(context: Context, code: str) -> tuple[int, Counted] | None:
    """A cap and what counts towards it; None: there is no cap, or nobody it is a cap on."""
    limit, counted = context.value(code), context.counted.get(code)
    return None if limit is None or counted is None else (limit, counted)


def place_minutes(context: Context) -> int:
    """The instrument time that is wished for: each place counts."""
    return context.window.minutes * context.places


def first_of_week(day: date) -> date:
    """Monday."""
    return day - timedelta(days=day.weekday())


def next_week(day: date) -> date:
    """The Monday after."""
    return first_of_week(day) + timedelta(days=7)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return first_of_month(first_of_month(day) + timedelta(days=31))


def periods(window: TimeWindow, zone: ZoneInfo, first: Days, following: Days) -> Iterator[tuple[date, TimeWindow]]:
    """The local weeks or months that a window touches: the first day, and the window's part in each."""
    day = first(window.starts_at.astimezone(zone).date())
    while (starts_at := local_day(day, zone).starts_at) < window.ends_at:
        until = local_day(following(day), zone).starts_at
        part = window.clipped_to(TimeWindow(starts_at, until))
        if part:
            yield day, part
        day = following(day)


def first_with_room(used: Mapping[date, int], after: date, room: int, limit: int) -> date | None:
    """The first known day after one on which so much still fits below the limit; None: none that is known."""
    return next((day for day in sorted(used) if day > after and used[day] + room <= limit), None)
