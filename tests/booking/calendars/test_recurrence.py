"""Weekly bands to windows, and every trap of django-scheduler 0.12 that recurrence.py answers."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import Tier
from booking.calendars import recurrence
from booking.calendars.models import OpeningBand, OpeningProfile
from booking.calendars.recurrence import WEEKDAYS, AudienceWindow, Band, InvalidOpeningHours
from core.windows import TimeWindow
from tests.factories.booking import ALL_DAY, band

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere_open")]

LONDON, NEW_YORK, SHANGHAI = (ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Asia/Shanghai"))
ANCHOR = date(2026, 1, 5)
NO_HOLIDAYS: Mapping[date, bool] = {}


def stored(bands: list[Band], zone: ZoneInfo, on: date = ANCHOR) -> OpeningProfile:
    profile = OpeningProfile.objects.create(zone=zone.key, calendar=recurrence.create_calendar("test"))
    pairs = recurrence.store_bands(profile.calendar, bands, zone, on)
    OpeningBand.objects.bulk_create(
        OpeningBand(profile=profile, event=event, tiers=tiers) for event, tiers in pairs
    )
    return profile


def expanded(
    profile: OpeningProfile, first: date, last: date, holidays: Mapping[date, bool] = NO_HOLIDAYS
) -> list[AudienceWindow]:
    bands = profile.bands.select_related("event__rule").prefetch_related("event__occurrence_set")
    pairs = [(each.event, each.tiers) for each in bands]
    return recurrence.audience_windows(pairs, ZoneInfo(profile.zone), (first, last), holidays)


def local(windows: list[AudienceWindow], zone: ZoneInfo) -> list[str]:
    return [
        f"{w.window.starts_at.astimezone(zone):%a %d %H:%M}–{w.window.ends_at.astimezone(zone):%H:%M}"
        for w in windows
    ]


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, SHANGHAI])
@pytest.mark.parametrize(
    "week", [date(2026, 3, 2), date(2026, 3, 23), date(2026, 10, 19), date(2026, 10, 26), date(2027, 3, 8)]
)
def test_weekly_nine_to_five__around_both_changes__stays_at_local_nine(zone: ZoneInfo, week: date) -> None:
    windows = expanded(stored([band("09:00", "17:00")], zone), week, week + timedelta(days=14))
    starts = {f"{w.window.starts_at.astimezone(zone):%H:%M}" for w in windows}
    ends = {f"{w.window.ends_at.astimezone(zone):%H:%M}" for w in windows}
    assert (len(windows), starts, ends) == (14, {"09:00"}, {"17:00"})
    assert {w.window.minutes for w in windows} == {480}


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        (LONDON, (date(2026, 3, 28), "17:00"), (date(2026, 3, 29), "16:00")),
        (LONDON, (date(2026, 10, 24), "16:00"), (date(2026, 10, 25), "17:00")),
        (NEW_YORK, (date(2026, 3, 7), "22:00"), (date(2026, 3, 8), "21:00")),
        (NEW_YORK, (date(2027, 11, 6), "21:00"), (date(2027, 11, 7), "22:00")),
        (SHANGHAI, (date(2026, 3, 28), "09:00"), (date(2026, 3, 29), "09:00")),
    ],
)
def test_weekly_nine_to_five__seen_from_shanghai__moves_with_the_change(
    zone: ZoneInfo, before: tuple[date, str], after: tuple[date, str]
) -> None:
    profile = stored([band("09:00", "17:00")], zone)
    for on, seen in (before, after):
        (window,) = expanded(profile, on, on + timedelta(days=1))
        assert f"{window.window.starts_at.astimezone(SHANGHAI):%H:%M}" == seen


def test_overnight__any_night__one_window_that_belongs_to_its_first_day() -> None:
    profile = stored([band("22:00", "06:00", days=["FR"])], SHANGHAI)
    assert local(expanded(profile, date(2026, 3, 2), date(2026, 3, 9)), SHANGHAI) == ["Fri 06 22:00–06:00"]


def test_overnight__day_before_reaches_in__counted() -> None:
    profile = stored([band("22:00", "06:00", days=["FR"])], SHANGHAI)
    assert local(expanded(profile, date(2026, 3, 7), date(2026, 3, 8)), SHANGHAI) == ["Fri 06 22:00–06:00"]


@pytest.mark.parametrize(
    ("on", "elapsed"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 6), 8)]
)
def test_overnight__over_the_change__wall_clock_ends_not_elapsed(on: date, elapsed: int) -> None:
    (window,) = expanded(stored([band("22:00", "06:00", days=["SA"])], LONDON), on, on + timedelta(days=1))
    assert window.window.minutes == elapsed * 60
    assert f"{window.window.ends_at.astimezone(LONDON):%H:%M}" == "06:00"


def test_bands__inside_the_skipped_hour__nothing_is_open() -> None:
    profile = stored([band("01:00", "02:00")], LONDON)
    assert expanded(profile, date(2026, 3, 29), date(2026, 3, 30)) == []


def test_around_the_clock__many_days__one_window() -> None:
    (window,) = expanded(stored([ALL_DAY], LONDON), date(2026, 3, 27), date(2026, 4, 3))
    covers = TimeWindow(datetime(2026, 3, 27, tzinfo=LONDON), datetime(2026, 4, 3, tzinfo=LONDON))
    assert window.window.contains(covers)


def test_touching_bands__one_audience__merged() -> None:
    profile = stored([band("08:00", "12:00", days=["MO"]), band("12:00", "18:00", days=["MO"])], SHANGHAI)
    assert local(expanded(profile, date(2026, 3, 2), date(2026, 3, 3)), SHANGHAI) == ["Mon 02 08:00–18:00"]


def test_audiences__evening_for_internal_only__internal_has_one_long_window() -> None:
    evening = band("18:00", "22:00", days=["MO"], tiers=Tier.INTERNAL.bit)
    profile = stored([band("08:00", "18:00", days=["MO"]), evening], SHANGHAI)
    windows = expanded(profile, date(2026, 3, 2), date(2026, 3, 3))
    assert local(windows, SHANGHAI) == ["Mon 02 08:00–18:00", "Mon 02 08:00–22:00"]
    assert [w.tiers for w in windows] == [Tier.everyone() - Tier.INTERNAL.bit, Tier.INTERNAL.bit]


def test_several_weekdays__started_on_monday__each_of_them() -> None:
    """`byweekday:0,2` would keep only the weekday of the start: names are stored."""
    profile = stored([band("09:00", "10:00", days=["MO", "WE"])], SHANGHAI)
    assert local(expanded(profile, date(2026, 3, 2), date(2026, 3, 9)), SHANGHAI) == [
        "Mon 02 09:00–10:00",
        "Wed 04 09:00–10:00",
    ]
    assert profile.bands.get().event.rule.params == "byweekday:MO,WE"


@pytest.mark.parametrize("day", WEEKDAYS)
def test_one_weekday__anchored_on_a_monday__only_that_day(day: str) -> None:
    """The anchor itself is no occurrence unless its weekday is meant."""
    profile = stored([band("09:00", "10:00", days=[day])], SHANGHAI)
    for first in (date(2025, 12, 29), date(2026, 3, 2)):
        (window,) = expanded(profile, first, first + timedelta(days=7))
        assert WEEKDAYS[window.window.starts_at.astimezone(SHANGHAI).weekday()] == day


def test_expansion__asked_from_elsewhere__is_in_the_definitions_own_zone() -> None:
    """django-scheduler expands in the zone of the query; ours is always the profile's."""
    profile = stored([band("23:00", "23:30", days=["SU"])], NEW_YORK)
    (window,) = expanded(profile, date(2026, 3, 8), date(2026, 3, 9))
    assert f"{window.window.starts_at.astimezone(NEW_YORK):%a %H:%M}" == "Sun 23:00"


def test_occurrence__cancelled__stays_out() -> None:
    profile = stored([band("09:00", "17:00", days=["MO", "TU"])], SHANGHAI)
    event = profile.bands.get().event
    monday = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    occurrence = next(iter(event.get_occurrences(monday, monday + timedelta(hours=1))))
    occurrence.cancelled = True
    occurrence.save()
    assert local(expanded(profile, date(2026, 3, 2), date(2026, 3, 4)), SHANGHAI) == ["Tue 03 09:00–17:00"]


def test_occurrence__moved__counts_where_it_is_now() -> None:
    profile = stored([band("09:00", "17:00", days=["MO"])], SHANGHAI)
    event = profile.bands.get().event
    monday = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    occurrence = next(iter(event.get_occurrences(monday, monday + timedelta(hours=1))))
    occurrence.start, occurrence.end = (at + timedelta(days=2) for at in (occurrence.start, occurrence.end))
    occurrence.save()
    assert local(expanded(profile, date(2026, 3, 2), date(2026, 3, 9)), SHANGHAI) == ["Wed 04 09:00–17:00"]


def test_expansion__many_years__as_the_scheduler_says() -> None:
    """Asked for the rule alone; its own occurrences would say the same, but take the square of the time."""
    profile = stored([band("09:00", "17:00", days=["MO", "SA"])], LONDON)
    event = profile.bands.get().event
    since, until = (datetime(year, 3, 1, tzinfo=LONDON) for year in (2026, 2028))
    theirs = [occurrence.start.astimezone(LONDON) for occurrence in event.get_occurrences(since, until)]
    ours = [window.window.starts_at for window in expanded(profile, since.date(), until.date())]
    assert [at.date() for at in theirs] == [at.astimezone(LONDON).date() for at in ours]
    assert len(ours) == 2 * 104 + 1


def test_many_bands__prefetched__two_queries_for_all() -> None:
    profile = stored([band(f"{hour:02}:00", f"{hour:02}:30") for hour in range(6, 18)], SHANGHAI)
    with CaptureQueriesContext(connection) as queries:
        assert len(expanded(profile, date(2026, 3, 2), date(2026, 3, 9))) == 12 * 7
    assert len(queries) == 2


def test_reanchor__over_a_year_old__moved_on_and_expands_the_same() -> None:
    profile = stored([band("22:00", "06:00", days=["SA", "WE"])], LONDON, date(2016, 2, 3))
    before = expanded(profile, date(2026, 3, 23), date(2026, 4, 6))
    recurrence.reanchor(profile.calendar, LONDON, date(2026, 3, 26))
    event = profile.bands.get().event
    assert event.start.astimezone(LONDON).date() == date(2026, 3, 16)
    assert expanded(profile, date(2026, 3, 23), date(2026, 4, 6)) == before


def test_reanchor__younger_than_a_year__left_alone() -> None:
    profile = stored([band("09:00", "17:00")], LONDON)
    start = profile.bands.get().event.start
    recurrence.reanchor(profile.calendar, LONDON, date(2026, 12, 1))
    assert profile.bands.get().event.start == start


def test_reanchor__across_a_change__keeps_the_wall_clock() -> None:
    profile = stored([band("09:00", "17:00")], LONDON, date(2025, 1, 15))
    recurrence.reanchor(profile.calendar, LONDON, date(2026, 7, 1))
    start = profile.bands.get().event.start.astimezone(LONDON)
    assert (start.time(), start.utcoffset()) == (time(9), timedelta(hours=1))


def test_rule__bands_replaced__never_deleted() -> None:
    """Deleting a Rule turns every series that shares it into a single event."""
    first, second = (stored([band("09:00", "17:00")], zone) for zone in (SHANGHAI, LONDON))
    assert first.bands.get().event.rule == second.bands.get().event.rule
    recurrence.store_bands(first.calendar, [], SHANGHAI, ANCHOR)
    assert len(expanded(second, date(2026, 3, 2), date(2026, 3, 9))) == 7


def test_bands_of__stored_bands__read_back_as_written() -> None:
    bands = [band("09:00", "17:00", days=["MO", "FR"], tiers=3), band("22:00", "06:00", days=["TU"]), ALL_DAY]
    profile = stored(bands, LONDON, date(2026, 7, 1))
    pairs = [(each.event, each.tiers) for each in profile.bands.select_related("event__rule")]
    assert sorted(recurrence.bands_of(pairs, LONDON), key=str) == sorted(bands, key=str)


@pytest.mark.parametrize(
    "fields",
    [
        {"weekdays": ()},
        {"weekdays": ("MO", "XX")},
        {"tiers": 0},
        {"tiers": 16},
        {"start": time(9, tzinfo=SHANGHAI)},
    ],
)
def test_band__impossible__refused(fields: dict[str, object]) -> None:
    values: dict[str, object] = {"weekdays": ("MO",), "start": time(9), "end": time(17), "tiers": 1}
    with pytest.raises(InvalidOpeningHours):
        Band(**(values | fields))  # type: ignore[arg-type]


MAKE_UP = {date(2026, 2, 14): True, date(2026, 2, 28): True} | {date(2026, 2, day): False for day in range(15, 24)}


def test_holidays__spring_festival_2026__off_days_closed_and_make_up_saturdays_open() -> None:
    profile = stored([band("09:00", "17:00", days=WEEKDAYS[:5])], SHANGHAI)
    windows = expanded(profile, date(2026, 2, 9), date(2026, 3, 2), MAKE_UP)
    days = [w.window.starts_at.astimezone(SHANGHAI).day for w in windows]
    assert days == [9, 10, 11, 12, 13, 14, 24, 25, 26, 27, 28]


def test_holidays__make_up_day__has_the_hours_of_that_weeks_monday() -> None:
    monday, friday = band("08:00", "12:00", days=["MO"]), band("13:00", "15:00", days=["FR"])
    profile = stored([monday, friday], SHANGHAI)
    windows = expanded(profile, date(2026, 2, 28), date(2026, 3, 1), MAKE_UP)
    assert local(windows, SHANGHAI) == ["Sat 28 08:00–12:00"]


def test_holidays__overnight_before_a_day_off__still_ends_in_the_morning() -> None:
    profile = stored([band("22:00", "06:00")], SHANGHAI)
    windows = expanded(profile, date(2026, 2, 14), date(2026, 2, 16), MAKE_UP)
    assert local(windows, SHANGHAI) == ["Fri 13 22:00–06:00", "Sat 14 22:00–06:00"]


@pytest.mark.parametrize("name", ["Etc/GMT-8", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
def test_expansion__fixed_and_odd_offsets__stays_at_the_wall_clock(name: str) -> None:
    """django-scheduler crashes on fixed offsets; ours are IANA names always."""
    zone = ZoneInfo(name)
    windows = expanded(stored([band("09:00", "17:00")], zone), date(2026, 3, 30), date(2026, 4, 13))
    assert {f"{w.window.starts_at.astimezone(zone):%H:%M}" for w in windows} == {"09:00"}


def test_scheduler__its_pages_and_admin__mounted_nowhere() -> None:
    for name in ("calendar_home", "calendar_list", "api_occurrences", "event"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert not [model for model in admin.site._registry if model._meta.app_label == "schedule"]
