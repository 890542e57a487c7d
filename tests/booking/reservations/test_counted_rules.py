"""Every counted rule by itself: pure functions over what has been counted, both DST days included."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.reservations.rules.counting import (
    first_of_month,
    first_of_week,
    first_with_room,
    next_month,
    next_week,
    periods,
)
from booking.reservations.rules.registry import Context, Counted, Violation, all_rules
from core.windows import TimeWindow, at_wall_clock
from tests.booking.reservations.test_rules import NOW, check, context
from tests.factories.booking import MONDAY, SHANGHAI, slot

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")


def judged(
    code: str, limit: int | None, counted: Counted, window: TimeWindow | None = None, **facts: Any
) -> Context:
    return context(window, {code: limit}, counted={code: counted}, **facts)


def by_date(used: Mapping[date, float]) -> Counted:
    """Hours by the first day of a period."""
    return Counted(by_date={day: int(hours * 60) for day, hours in used.items()})


def local(day: date, start: str, hours: float, zone: ZoneInfo) -> TimeWindow:
    starts_at = at_wall_clock(day, time.fromisoformat(start), zone)
    return TimeWindow(starts_at, starts_at + timedelta(hours=hours))


def passes_from(broken: Violation | None) -> date | None:
    """The local day before which nothing passes; it begins at midnight."""
    assert broken
    if broken.not_before is None:
        return None
    local_time = broken.not_before.astimezone(SHANGHAI)
    assert local_time.time() == time.min
    return local_time.date()


@pytest.mark.parametrize("code", [code for code, each in all_rules().items() if each.is_counted and each.setting])
def test_counted_rule__no_value_or_nobody_to_count__passes(code: str) -> None:
    assert check(code, judged(code, None, Counted(number=10**6))) is None
    assert check(code, context(values={code: 1})) is None


@pytest.mark.parametrize("code", ["max_per_day", "max_per_day_enterprise"])
def test_max_per_day__as_many_already__broken_until_a_day_with_room(code: str) -> None:
    assert check(code, judged(code, 2, Counted(by_date={MONDAY: 1}))) is None
    used = {MONDAY: 2, MONDAY + timedelta(1): 2, MONDAY + timedelta(2): 1}
    broken = check(code, judged(code, 2, Counted(by_date=used)))
    assert broken
    assert (broken.limit, broken.actual) == (2, 3)
    assert passes_from(broken) == date(2035, 3, 7)


def test_max_per_day__every_known_day_full__nothing_to_offer() -> None:
    used = {MONDAY + timedelta(n): 1 for n in range(15)}
    assert passes_from(check("max_per_day", judged("max_per_day", 1, Counted(by_date=used)))) is None


@pytest.mark.parametrize(
    ("zone", "day", "start", "counts_on"),
    [
        (LONDON, date(2035, 3, 25), "00:30", date(2035, 3, 25)),  # 23 hours long
        (LONDON, date(2035, 10, 28), "23:30", date(2035, 10, 28)),  # 25 hours long
        (NEW_YORK, date(2035, 3, 11), "23:59", date(2035, 3, 11)),
        (NEW_YORK, date(2035, 11, 4), "00:00", date(2035, 11, 4)),
        (SHANGHAI, date(2035, 3, 5), "00:00", date(2035, 3, 5)),  # still Sunday in UTC
    ],
)
def test_max_per_day__start__is_counted_on_its_local_day(
    zone: ZoneInfo, day: date, start: str, counts_on: date
) -> None:
    window = local(day, start, 2, zone)
    assert check("max_per_day", judged("max_per_day", 1, Counted(by_date={counts_on: 1}), window, zone=zone))
    others = Counted(by_date={counts_on - timedelta(1): 9, counts_on + timedelta(1): 9})
    assert check("max_per_day", judged("max_per_day", 1, others, window, zone=zone)) is None


@pytest.mark.parametrize("code", ["max_upcoming", "max_upcoming_enterprise"])
def test_max_upcoming__one_more_than_allowed__broken_whenever_it_is(code: str) -> None:
    assert check(code, judged(code, 3, Counted(number=2))) is None
    broken = check(code, judged(code, 3, Counted(number=3)))
    assert broken
    assert (broken.limit, broken.actual, broken.not_before) == (3, 4, None)


@pytest.mark.parametrize("code", ["max_upcoming", "max_upcoming_hours"])
def test_upcoming_caps__entered_late__does_not_count(code: str) -> None:
    window = TimeWindow(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert check(code, judged(code, 1, Counted(number=10_000), window)) is None


@pytest.mark.parametrize("code", ["max_upcoming_hours", "max_upcoming_hours_enterprise"])
def test_max_upcoming_hours__just_fits__passes_and_a_minute_more_does_not(code: str) -> None:
    assert check(code, judged(code, 8, Counted(number=6 * 60), slot(hours=2))) is None
    broken = check(code, judged(code, 8, Counted(number=6 * 60 + 1), slot(hours=2)))
    assert broken
    assert (broken.limit, broken.actual) == (8, 9)


def test_max_upcoming_hours__two_places__count_twice() -> None:
    code = "max_upcoming_hours"
    assert check(code, judged(code, 4, Counted(number=1), slot(hours=2), places=2, capacity=2))


@pytest.mark.parametrize("code", ["max_hours_per_week", "max_hours_per_week_enterprise"])
def test_max_hours_per_week__over_sunday_midnight__each_week_gets_its_part(code: str) -> None:
    window = local(date(2035, 3, 11), "22:00", 5, SHANGHAI)  # 2 h on Sunday, 3 h on Monday
    first, second = date(2035, 3, 5), date(2035, 3, 12)
    assert check(code, judged(code, 10, by_date({first: 8, second: 7}), window)) is None
    assert check(code, judged(code, 10, by_date({first: 8.1, second: 0}), window))
    assert check(code, judged(code, 10, by_date({first: 0, second: 7.1}), window))


def test_max_hours_per_week__full__offers_the_next_week_with_room_for_all_of_it() -> None:
    code, weeks = "max_hours_per_week", [MONDAY, MONDAY + timedelta(7)]
    broken = check(code, judged(code, 10, by_date({weeks[0]: 9, weeks[1]: 8}), slot(hours=2)))
    assert broken
    assert (broken.limit, broken.actual, passes_from(broken)) == (10, 11, date(2035, 3, 12))
    assert passes_from(check(code, judged(code, 10, by_date({weeks[0]: 9, weeks[1]: 9}), slot(hours=2)))) is None


@pytest.mark.parametrize("code", ["max_hours_per_month", "max_hours_per_month_enterprise"])
def test_max_hours_per_month__over_the_border_in_a_leap_year__each_month_gets_its_part(code: str) -> None:
    window = local(date(2036, 2, 29), "22:00", 4, SHANGHAI)
    months = {date(2036, 2, 1): 18.0, date(2036, 3, 1): 18.0}
    assert check(code, judged(code, 20, by_date(months), window)) is None
    assert check(code, judged(code, 20, by_date(months | {date(2036, 3, 1): 18.5}), window))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (LONDON, date(2035, 3, 25), 23),
        (LONDON, date(2035, 10, 28), 25),
        (NEW_YORK, date(2035, 3, 11), 23),
        (NEW_YORK, date(2035, 11, 4), 25),
    ],
)
def test_max_hours_per_week__sunday_of_a_clock_change__elapsed_hours_count(
    zone: ZoneInfo, day: date, hours: int
) -> None:
    code, monday = "max_hours_per_week", first_of_week(day)
    window = local(day, "00:00", hours + 1, zone)  # one hour of it on Monday
    assert check(code, judged(code, hours, by_date({monday: 0}), window, zone=zone)) is None
    assert check(code, judged(code, hours, by_date({monday: 0.1}), window, zone=zone))
    assert [part.minutes for _day, part in periods(window, zone, first_of_week, next_week)] == [hours * 60, 60]


def test_periods__touching_a_border__belongs_to_one_month() -> None:
    window = local(date(2035, 1, 31), "22:00", 2, SHANGHAI)
    assert [day for day, _part in periods(window, SHANGHAI, first_of_month, next_month)] == [date(2035, 1, 1)]
    assert next_month(date(2035, 12, 31)) == date(2036, 1, 1)


def test_first_with_room__only_full_or_earlier_ones__none() -> None:
    days = [MONDAY, MONDAY + timedelta(7)]
    assert first_with_room({days[0]: 0, days[1]: 5}, days[0], 2, 6) is None
    assert first_with_room({days[0]: 0, days[1]: 4}, days[0], 2, 6) == days[1]


@pytest.mark.parametrize(
    ("other", "actual"),
    [
        (slot("07:00", 1), None),
        (slot("07:01", 1), 59),
        (slot("12:00", 1), None),
        (slot("11:59", 1), 59),
        (slot("11:00", 1), 0),
        (slot("08:00", 1), 0),
        (slot("10:00", 1), 0),
    ],
)
def test_min_gap__before_and_after__an_hour_apart_or_more(other: TimeWindow, actual: int | None) -> None:
    broken = check("min_gap", judged("min_gap", 60, Counted(windows=(other,)), slot("09:00", 2)))
    assert (broken and broken.actual) == actual
    assert broken is None or broken.not_before == other.ends_at + timedelta(hours=1)


def test_own_bookings__at_the_same_time__collide_and_touching_ones_do_not() -> None:
    code = "own_bookings_do_not_collide"
    for own, collides in [(slot("07:00"), False), (slot("11:00"), False), (slot("10:59"), True), (slot(), True)]:
        facts = {"asks_presence": Counted(windows=(own,))}
        broken = check(code, context(slot(), {"asks_presence": 1}, counted=facts))
        assert (broken and broken.not_before) == (own.ends_at if collides else None)
