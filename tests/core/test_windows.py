"""Half-open windows, their unions and differences, and the wall clock on the nights it jumps."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.windows import (
    InvalidWindow,
    TimeWindow,
    at_wall_clock,
    local_day,
    merged,
    query_window,
    subtracted,
    zone,
)

BASE = datetime(2026, 3, 2, tzinfo=UTC)


def hours(start: float, end: float) -> TimeWindow:
    return TimeWindow(BASE + timedelta(hours=start), BASE + timedelta(hours=end))


windows_lists = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: hours(pair[0], pair[0] + pair[1])),
    max_size=8,
)


def covered(windows: list[TimeWindow]) -> set[int]:
    """The hours that some window covers."""
    return {hour for hour in range(60) for window in windows if window.holds(BASE + timedelta(hours=hour))}


def test_time_window__offset_given__stored_as_utc() -> None:
    window = TimeWindow(datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8))), BASE + timedelta(hours=2))
    assert (window.starts_at.tzinfo, window.starts_at.hour, window.minutes) == (UTC, 1, 60)


@pytest.mark.parametrize("ends", [0, -1])
def test_time_window__end_not_after_start__refused(ends: int) -> None:
    with pytest.raises(InvalidWindow):
        hours(0, ends)


def test_time_window__naive__refused() -> None:
    with pytest.raises(InvalidWindow, match="offset"):
        TimeWindow(datetime(2026, 3, 2), datetime(2026, 3, 3, tzinfo=UTC))  # noqa: DTZ001 - the point


def test_overlaps__touching_ends__do_not() -> None:
    assert not hours(0, 2).overlaps(hours(2, 3))
    assert hours(0, 2).overlaps(hours(1, 3))
    assert hours(0, 2).clipped_to(hours(2, 3)) is None
    assert not hours(0, 2).holds(BASE + timedelta(hours=2))


def test_query_window__longer_than_400_days__refused() -> None:
    assert query_window(BASE, BASE + timedelta(days=400)).duration == timedelta(days=400)
    with pytest.raises(InvalidWindow, match="400"):
        query_window(BASE, BASE + timedelta(days=400, seconds=1))


def test_merged__touching_and_overlapping__one() -> None:
    assert merged([hours(4, 5), hours(0, 2), hours(2, 3), hours(1, 2.5)]) == [hours(0, 3), hours(4, 5)]


@given(windows_lists, windows_lists)
def test_subtracted__any_windows__exactly_what_is_left(windows: list[TimeWindow], taken: list[TimeWindow]) -> None:
    left = subtracted(windows, taken)
    assert covered(left) == covered(windows) - covered(taken)
    assert left == merged(left)


@pytest.mark.parametrize(
    "name", ["Mars/Base", "", "../etc/passwd", "Asia", "/etc/localtime", "a" * 300, "Asia/\x00"]
)
def test_zone__not_an_iana_name__invalid(name: str) -> None:
    with pytest.raises(Invalid):
        zone(name)


@pytest.mark.parametrize(
    ("name", "on", "elapsed"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/New_York", date(2027, 3, 14), 23),
        ("America/New_York", date(2027, 11, 7), 25),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
    ],
)
def test_local_day__around_the_change__23_24_or_25_hours(name: str, on: date, elapsed: int) -> None:
    assert local_day(on, ZoneInfo(name)).duration == timedelta(hours=elapsed)


def test_at_wall_clock__skipped_and_repeated_times__first_instant_after_and_first_of_two() -> None:
    london = ZoneInfo("Europe/London")
    assert at_wall_clock(date(2026, 3, 29), time(1, 30), london) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert at_wall_clock(date(2026, 10, 25), time(1, 30), london) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
