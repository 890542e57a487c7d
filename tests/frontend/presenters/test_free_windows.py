"""The list of free windows: rounded to what can be booked, told by days. Pure."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from booking.reservations.policy_values import Effective, Level
from booking.reservations.selectors.access import CalendarHead
from booking.reservations.selectors.availability import Availability
from core.windows import TimeWindow, zone
from frontend.presenters.free_windows import bookable, free_days
from tests.factories.booking import SHANGHAI, slot

NOW = slot("08:00").starts_at
HEAD = CalendarHead(1, 1, 1, "Asia/Shanghai", 1, 0, 1, None)


def policy(**values: int | None) -> dict[str, Effective]:
    """The built-in rules, some replaced."""
    usual: dict[str, int | None] = {"on_grid": 30, "min_duration": 30, "lead_time": 0, "booking_window": 60}
    return {code: Effective(value, Level.DEFAULT) for code, value in {**usual, **values}.items()}


def found(*free: TimeWindow, opened: TimeWindow | None = None) -> Availability:
    return Availability(HEAD, slot("00:00", 24 * 7), [opened] if opened else list(free), [], list(free))


def starts(availability: Availability, values: dict[str, Effective], now: datetime = NOW) -> list[str]:
    windows = bookable(availability, values, SHANGHAI, now)
    return [f"{window.starts_at.astimezone(SHANGHAI):%H:%M}" for window in windows]


def test_bookable__running_stretch__begins_on_the_next_grid_line() -> None:
    open_since = slot("08:15", 8)
    assert starts(found(open_since), policy(), NOW + timedelta(minutes=50)) == ["09:15"]


def test_bookable__lead_time_and_shortest_booking__are_respected() -> None:
    assert starts(found(slot("09:00", 2)), policy(lead_time=90)) == ["09:30"]
    assert starts(found(slot("09:00", 1)), policy(min_duration=90)) == []


def test_bookable__beyond_the_booking_window__is_left_out() -> None:
    assert starts(found(slot("09:00", day=5)), policy(booking_window=2)) == []
    assert starts(found(slot("09:00", day=5)), policy(booking_window=None)) == ["09:00"]


@time_machine.travel(NOW, tick=False)
def test_free_days__open_around_the_clock__is_told_day_by_day() -> None:
    days = free_days(found(slot("10:00", 62)), policy(), "Asia/Shanghai")
    assert [(f"{day.on:%d}", len(day.windows)) for day in days] == [("05", 1), ("06", 1), ("07", 1)]
    assert [day.windows[0].ends_at_midnight for day in days] == [True, True, True]


@time_machine.travel(NOW, tick=False)
def test_free_days__a_night__stays_in_one_piece() -> None:
    (day,) = free_days(found(slot("22:00", 8)), policy(), "Asia/Shanghai")
    (night,) = day.windows
    assert night.runs_over_midnight
    assert night.query == "start=2035-03-05T22:00&end=2035-03-05T23:00"


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York"])
def test_free_days__clocks_change__walls_stay(name: str) -> None:
    tz = zone(name)
    change = datetime(2035, 3, 25, tzinfo=tz) if name == "Europe/London" else datetime(2035, 3, 11, tzinfo=tz)
    opened = TimeWindow(change.replace(hour=9).astimezone(UTC), change.replace(hour=17).astimezone(UTC))
    with time_machine.travel(change - timedelta(days=2), tick=False):
        (day,) = free_days(found(opened), policy(), name)
    assert day.windows[0].query.startswith(f"start=2035-03-{change.day:02d}T09:00")
