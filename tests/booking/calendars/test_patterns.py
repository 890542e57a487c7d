"""How something repeats: dates, and windows on a clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.calendars.patterns import Every, InvalidRepeat, Repeat, dates, occurrences, wall_clock_window
from booking.calendars.recurrence import pattern_of, store_pattern
from core.windows import TimeWindow

LONDON, NEW_YORK, SHANGHAI = ZoneInfo("Europe/London"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
FRIDAY = date(2026, 1, 30)
"""The fifth and last Friday of its month."""


def repeat(every: str, **options: Any) -> Repeat:
    return Repeat(Every(every), **options)


def days(found: list[date]) -> list[str]:
    return [f"{on:%m-%d}" for on in found]


def at(wall: str, zone: ZoneInfo, hours: float = 2) -> TimeWindow:
    starts_at = datetime.fromisoformat(wall).replace(tzinfo=zone).astimezone(UTC)
    return TimeWindow(starts_at, starts_at + timedelta(hours=hours))


def walls(windows: list[TimeWindow], zone: ZoneInfo) -> list[str]:
    ends = [(w.starts_at.astimezone(zone), w.ends_at.astimezone(zone)) for w in windows]
    return [f"{start:%m-%d %H:%M}–{end:%H:%M}" for start, end in ends]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (repeat("week", count=3), ["01-30", "02-06", "02-13"]),
        (repeat("week", interval=2, until=date(2026, 2, 27)), ["01-30", "02-13", "02-27"]),
        (repeat("week", weekdays=("FR", "MO"), count=4), ["01-30", "02-02", "02-06", "02-09"]),
        (repeat("week", weekdays=("MO",), interval=2, count=2), ["02-09", "02-23"]),
        (repeat("days", interval=3, count=3), ["01-30", "02-02", "02-05"]),
        (repeat("weekdays", count=3), ["01-30", "02-02", "02-03"]),
        (repeat("month_weekday", count=3), ["01-30", "02-27", "03-27"]),
        (repeat("month_weekday", ordinal=2, count=2), ["02-13", "03-13"]),
        (repeat("month_weekday", ordinal=-1, weekdays=("SU",), interval=2, count=2), ["03-29", "05-31"]),
    ],
)
def test_dates__each_way_to_repeat__its_days(how: Repeat, expected: list[str]) -> None:
    assert days(dates(how, FRIDAY)) == expected


def test_dates__fourth_friday_that_is_not_the_last__stays_the_fourth() -> None:
    assert days(dates(repeat("month_weekday", count=3), date(2026, 1, 23))) == ["01-23", "02-27", "03-27"]
    assert days(dates(repeat("month_weekday", count=5), date(2026, 3, 27)))[3:] == ["06-26", "07-24"]
    assert days(dates(repeat("month_weekday", ordinal=-1, count=5), date(2026, 3, 27)))[3:] == ["06-26", "07-31"]


def test_dates__leap_day__is_a_day_like_others() -> None:
    assert days(dates(repeat("days", count=3), date(2028, 2, 28))) == ["02-28", "02-29", "03-01"]
    assert days(dates(repeat("week", until=date(2028, 2, 29)), date(2028, 2, 15))) == ["02-15", "02-22", "02-29"]


def test_dates__until__is_included_and_may_be_the_first_day() -> None:
    assert days(dates(repeat("days", until=FRIDAY), FRIDAY)) == ["01-30"]


@pytest.mark.parametrize(
    "options",
    [
        {"every": "week"},
        {"every": "week", "count": 2, "until": FRIDAY},
        {"every": "week", "count": 0},
        {"every": "week", "count": 367},
        {"every": "week", "count": 2, "interval": 0},
        {"every": "week", "count": 2, "weekdays": ("XX",)},
        {"every": "week", "count": 2, "ordinal": 1},
        {"every": "days", "count": 2, "weekdays": ("MO",)},
        {"every": "weekdays", "count": 2, "interval": 2},
        {"every": "month_weekday", "count": 2, "ordinal": 5},
        {"every": "month_weekday", "count": 2, "ordinal": 0},
        {"every": "month_weekday", "count": 2, "weekdays": ("MO", "TU")},
    ],
)
def test_repeat__that_says_nothing_or_too_much__refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRepeat):
        repeat(**options)


@pytest.mark.parametrize(
    "how",
    [
        repeat("days", until=date(2027, 2, 1)),
        repeat("week", count=366),
        repeat("days", interval=366, count=366),
        repeat("month_weekday", interval=366, count=366),
        repeat("week", until=date(2026, 1, 29)),
        repeat("week", until=date(9999, 12, 31)),
    ],
)
def test_dates__none_or_too_many_or_too_far__refused(how: Repeat) -> None:
    with pytest.raises(InvalidRepeat):
        dates(how, FRIDAY)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        (LONDON, "2026-03-23T09:00"),
        (LONDON, "2026-10-19T09:00"),
        (NEW_YORK, "2026-03-02T09:00"),
        (NEW_YORK, "2026-10-26T09:00"),
    ],
)
def test_occurrences__over_a_clock_change__nine_stays_nine(zone: ZoneInfo, first: str) -> None:
    found = occurrences(repeat("week", count=3), at(first, zone), zone)
    assert {wall[6:] for wall in walls(found, zone)} == {"09:00–11:00"}
    assert len({window.starts_at.hour for window in found}) == 2


def test_occurrences__overnight_over_both_changes__end_on_the_wall_clock() -> None:
    spring = occurrences(repeat("days", count=3), at("2026-03-27T22:00", LONDON, 8), LONDON)
    autumn = occurrences(repeat("days", count=3), at("2026-10-23T22:00", LONDON, 8), LONDON)
    assert walls(spring, LONDON) == ["03-27 22:00–06:00", "03-28 22:00–06:00", "03-29 22:00–06:00"]
    assert [window.minutes // 60 for window in (*spring, *autumn)] == [8, 7, 8, 8, 9, 8]


def test_occurrences__start_that_is_skipped__moves_on_and_keeps_its_length() -> None:
    found = occurrences(repeat("days", count=3), at("2026-03-28T01:30", LONDON, 0.5), LONDON)
    assert walls(found, LONDON) == ["03-28 01:30–02:00", "03-29 02:30–03:00", "03-30 01:30–02:00"]


def test_occurrences__first_in_the_hour_that_comes_twice__is_taken_as_asked() -> None:
    second = TimeWindow(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC))
    found = occurrences(repeat("days", count=2), second, LONDON)
    assert found[0] == second
    assert walls(found, LONDON)[1] == "10-26 01:30–03:00"


def test_wall_clock_window__whole_day__has_the_hours_of_that_day() -> None:
    assert wall_clock_window(date(2026, 3, 29), time(0), timedelta(days=1), LONDON).minutes == 23 * 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        repeat("week", weekdays=("MO", "WE"), interval=2, count=9),
        repeat("days", interval=3, count=9),
        repeat("weekdays", count=9),
        repeat("month_weekday", ordinal=-1, weekdays=("FR",), count=9),
        repeat("month_weekday", ordinal=2, count=9),
    ],
)
def test_store_pattern__read_back_and_expanded_by_the_scheduler__the_same_days(how: Repeat) -> None:
    planned = occurrences(how, at("2026-02-06T09:00", LONDON), LONDON)
    event = store_pattern(how, planned, LONDON)
    event.refresh_from_db()
    assert occurrences(pattern_of(event, LONDON), planned[0], LONDON) == planned
    first, last = planned[0].starts_at.astimezone(LONDON), planned[-1].ends_at.astimezone(LONDON)
    expanded = event.get_occurrences(first - timedelta(days=1), last + timedelta(days=90))
    assert [each.start for each in expanded] == [window.starts_at for window in planned]


@pytest.mark.django_db
def test_store_pattern__rules_are_shared() -> None:
    planned = occurrences(repeat("week", count=2), at("2026-02-06T09:00", LONDON), LONDON)
    one, two = (store_pattern(repeat("week", count=2), planned, LONDON) for _ in range(2))
    assert (one.rule_id, one.calendar_id) == (two.rule_id, two.calendar_id)
