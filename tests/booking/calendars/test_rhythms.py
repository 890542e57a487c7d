"""Patterns of repeating closures: what comes out, and the traps of django-scheduler that they could fall into."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.calendars.recurrence import InvalidRhythm, Rhythm, rhythm_windows, store_rhythm
from core.windows import at_wall_clock

pytestmark = pytest.mark.django_db

Event, Rule = apps.get_model("schedule", "Event"), apps.get_model("schedule", "Rule")
LONDON, SHANGHAI = ZoneInfo("Europe/London"), ZoneInfo("Asia/Shanghai")
FIRST = date(2035, 3, 5)


def dates(rhythm: Rhythm, days: int = 180, zone: ZoneInfo = SHANGHAI, first: date = FIRST) -> list[date]:
    windows = rhythm_windows(store_rhythm(rhythm, zone), zone, (first, first + timedelta(days=days)))
    assert {window.minutes for window in windows} <= {rhythm.minutes}
    return [window.starts_at.astimezone(zone).date() for window in windows]


def rhythm(**values: Any) -> Rhythm:
    given: dict[str, Any] = {"start": time(8), "minutes": 60, "every": 1, "unit": "weeks", "first_on": FIRST}
    return Rhythm(**(given | values))


def test_weeks__every_third__keeps_its_phase_from_any_day_on() -> None:
    expected = [FIRST + timedelta(weeks=weeks) for weeks in (0, 3, 6, 9)]
    assert dates(rhythm(every=3), days=70) == expected
    stored = store_rhythm(rhythm(every=3), SHANGHAI)
    later = rhythm_windows(stored, SHANGHAI, (FIRST + timedelta(days=1), FIRST + timedelta(days=70)))
    assert [window.starts_at.astimezone(SHANGHAI).date() for window in later] == expected[1:]


def test_months__second_tuesday__stays_the_second_tuesday() -> None:
    found = dates(rhythm(unit="months", first_on=date(2035, 3, 13)))
    assert found == [
        date(2035, 3, 13),
        date(2035, 4, 10),
        date(2035, 5, 8),
        date(2035, 6, 12),
        date(2035, 7, 10),
        date(2035, 8, 14),
    ]


def test_months__fifth_weekday__is_the_last_one_of_each_month() -> None:
    """byweekday:-1FR would become every day: the position is stored apart."""
    found = dates(rhythm(unit="months", every=2, first_on=date(2035, 3, 30)))
    assert found == [date(2035, 3, 30), date(2035, 5, 25), date(2035, 7, 27)]


def test_dates__single_ones__just_those() -> None:
    on = (date(2035, 3, 9), date(2035, 4, 20))
    assert dates(rhythm(every=0, unit="", first_on=None, dates=on)) == list(on)


def test_until__the_last_day__is_included() -> None:
    assert dates(rhythm(until=FIRST + timedelta(weeks=2))) == [FIRST + timedelta(weeks=n) for n in range(3)]


def test_london__over_the_change__same_wall_clock_and_length() -> None:
    stored = store_rhythm(rhythm(first_on=date(2035, 3, 19), start=time(9)), LONDON)
    windows = rhythm_windows(stored, LONDON, (date(2035, 3, 19), date(2035, 4, 3)))
    assert [(w.starts_at.hour, w.minutes) for w in windows] == [(9, 60), (8, 60), (8, 60)]


def test_late_evening__near_midnight_in_utc__local_day_counts() -> None:
    stored = store_rhythm(rhythm(start=time(0, 30)), SHANGHAI)
    (window,) = rhythm_windows(stored, SHANGHAI, (FIRST, FIRST + timedelta(days=7)))
    assert window.starts_at == at_wall_clock(FIRST, time(0, 30), SHANGHAI)


def test_cancelled_occurrence__is_left_out() -> None:
    stored = store_rhythm(rhythm(), SHANGHAI)
    event = Event.objects.get(calendar=stored)
    start = at_wall_clock(FIRST + timedelta(weeks=1), time(8), SHANGHAI)
    next(o for o in event.get_occurrences(start, start + timedelta(hours=2)) if o.start == start).cancel()
    found = rhythm_windows(stored, SHANGHAI, (FIRST, FIRST + timedelta(days=21)))
    assert len(found) == 2


def test_rules__are_shared__and_many_dates_cost_no_more_queries() -> None:
    for _each in range(3):
        store_rhythm(rhythm(), SHANGHAI)
    assert Rule.objects.filter(name="rhythm").count() == 1
    on = tuple(FIRST + timedelta(days=n) for n in range(20))
    stored = store_rhythm(rhythm(every=0, unit="", first_on=None, dates=on), SHANGHAI)
    with CaptureQueriesContext(connection) as captured:
        assert len(rhythm_windows(stored, SHANGHAI, (FIRST, FIRST + timedelta(days=30)))) == 20
    assert len(captured) <= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": 0},
        {"unit": "days"},
        {"first_on": None},
        {"dates": (FIRST,)},
        {"minutes": 0},
        {"minutes": 7 * 1440 + 1},
        {"start": time(8, tzinfo=SHANGHAI)},
    ],
)
def test_rhythm__makes_no_sense__refused(wrong: dict[str, Any]) -> None:
    """Longer than seven days would outlast its interval, and the scheduler loses such occurrences."""
    with pytest.raises(InvalidRhythm):
        rhythm(**wrong)
