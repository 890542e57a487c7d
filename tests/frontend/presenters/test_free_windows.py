"""The list of free windows: rounded to what can be booked, told by days. Pure."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import QueryDict

from booking.reservations.policy_values import Effective, Level
from booking.reservations.rules.registry import defaults
from booking.reservations.selectors.access import CalendarHead
from booking.reservations.selectors.availability import Availability
from core.windows import TimeWindow, merged, zone
from frontend.presenters.free_windows import free_days
from tests.factories.booking import slot

NOW = slot("08:00").starts_at
HEAD = CalendarHead(1, 1, 1, "Asia/Shanghai", 1, 0, 1, None, "published", "", "a-1", "", "A")


def policy(**values: int | None) -> dict[str, Effective]:
    """The built-in rules, some replaced."""
    return {code: Effective(value, Level.DEFAULT) for code, value in {**defaults(), **values}.items()}


def found(*gaps: TimeWindow, opened: TimeWindow | None = None) -> Availability:
    free = merged(gaps)
    return Availability(HEAD, slot("00:00", 24 * 7), [opened] if opened else free, [], free, list(gaps))


def suggested(availability: Availability, values: dict[str, Effective], now: datetime = NOW) -> list[str]:
    """Per free stretch: where it begins and where the suggested booking ends."""
    with time_machine.travel(now, tick=False):
        days = free_days(availability, values, "Asia/Shanghai")
    queries = [QueryDict(window.query) for day in days for window in day.windows]
    return [f"{query['start'][11:]}-{query['end'][11:]}" for query in queries]


def test_free_days__running_stretch__begins_on_the_next_grid_line() -> None:
    assert suggested(found(slot("08:15", 8)), policy(), NOW + timedelta(minutes=50)) == ["09:15-10:15"]


def test_free_days__lead_time_and_shortest_booking__are_respected() -> None:
    assert suggested(found(slot("09:00", 2)), policy(lead_time=90)) == ["09:30-10:30"]
    assert suggested(found(slot("09:00", 1)), policy(min_duration=90)) == []


def test_free_days__beyond_the_booking_window__is_left_out() -> None:
    assert suggested(found(slot("09:00", day=5)), policy(booking_window=2)) == []
    assert suggested(found(slot("09:00", day=5)), policy(booking_window=None)) == ["09:00-10:00"]


def test_free_days__grid_and_longest_booking__the_suggestion_keeps_them() -> None:
    fifty = found(slot("09:00", 50 / 60))
    assert suggested(fifty, policy()) == ["09:00-09:30"]
    assert suggested(fifty, policy(on_grid=15)) == ["09:00-09:45"]
    assert suggested(fifty, policy(min_duration=45)) == []
    assert suggested(found(slot("09:00", 3)), policy(max_duration=30)) == ["09:00-09:30"]


def test_free_days__places_free_one_after_the_other__the_suggestion_fits_one() -> None:
    opened = slot("09:00", 8)
    assert suggested(found(slot("09:00", 0.5), slot("09:30", 2), opened=opened), policy()) == ["09:00-09:30"]
    long = policy(min_duration=60)
    assert suggested(found(slot("09:00", 0.5), slot("09:30", 2), opened=opened), long) == ["09:30-10:30"]


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
