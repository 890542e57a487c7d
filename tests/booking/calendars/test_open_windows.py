"""Opening hours expanded into stored windows: when they are written, and what is never rewritten."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import Tier
from booking.calendars.commands.create_opening_profile import create_opening_profile, write_bands
from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.commands.materialise_windows import horizon, materialise_windows
from booking.calendars.models import HolidayDay, OpeningProfile, OpenWindow, Resource
from booking.calendars.recurrence import WEEKDAYS, Band
from core.windows import TimeWindow, at_wall_clock
from tests.factories.booking import ALL_DAY, SHANGHAI, band, open_instrument

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere_open")]

START = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def early_march() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at_wall_clock(START, time(10), SHANGHAI), tick=False) as traveller:
        yield traveller


def created(*bands: Band, zone: str = "Asia/Shanghai", holidays: str = "") -> OpeningProfile:
    return create_opening_profile(bands=bands, zone=zone, on=START, holidays=holidays)


def windows(profile: OpeningProfile, tier: Tier = Tier.ENTERPRISE) -> list[TimeWindow]:
    rows = OpenWindow.objects.filter(profile=profile).order_by("during")
    return [TimeWindow.of(row.during) for row in rows if row.tiers & tier.bit]


def rows(profile: OpeningProfile) -> list[tuple[object, int]]:
    return list(
        OpenWindow.objects.filter(profile=profile).order_by("during", "tiers").values_list("during", "tiers")
    )


def test_create__weekdays__every_one_up_to_the_horizon() -> None:
    profile = created(band("09:00", "17:00", days=WEEKDAYS[:5]))
    stored = windows(profile)
    days = (horizon(SHANGHAI) - START).days
    assert (days, profile.expanded_until) == (180 + 35, START + timedelta(days=215))
    weekdays = [START + timedelta(n) for n in range(days) if (START + timedelta(n)).weekday() < 5]
    assert [w.starts_at.astimezone(SHANGHAI).date() for w in stored] == weekdays


def test_create__around_the_clock__one_window_to_the_horizon() -> None:
    (window,) = windows(created(ALL_DAY))
    assert window == TimeWindow(
        at_wall_clock(START, time.min, SHANGHAI), at_wall_clock(START + timedelta(days=215), time.min, SHANGHAI)
    )


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_create__over_the_changes__no_window_of_a_tier_touches_another(zone: str) -> None:
    profile = created(band("22:00", "06:00"), band("06:00", "09:00", tiers=1), zone=zone)
    for tier in Tier:
        stored = windows(profile, tier)
        assert all(a.ends_at < b.starts_at for a, b in itertools.pairwise(stored))


def test_create__institutions_holidays__observed() -> None:
    for on, works in ((date(2026, 4, 6), False), (date(2026, 5, 9), True)):
        HolidayDay.objects.create(country="CN", on=on, is_working=works)
    profile = created(band("09:00", "17:00", days=WEEKDAYS[:5]), holidays="CN")
    days = {w.starts_at.astimezone(SHANGHAI).date() for w in windows(profile)}
    assert date(2026, 4, 6) not in days
    assert date(2026, 5, 9) in days


def test_materialise__new_hours_from_a_day__the_past_is_never_rewritten() -> None:
    profile = created(band("09:00", "17:00"))
    change_on = START + timedelta(days=10)
    before = [w for w in windows(profile) if w.ends_at <= at_wall_clock(change_on, time.min, SHANGHAI)]
    write_bands(profile, [band("10:00", "12:00")], change_on)
    materialise_windows(profile=profile, from_on=change_on)
    after = windows(profile)
    assert after[: len(before)] == before
    assert {f"{w.starts_at.astimezone(SHANGHAI):%H}" for w in after[len(before) :]} == {"10"}


def test_materialise__window_over_the_midnight_of_the_change__keeps_its_earlier_part() -> None:
    profile = created(band("22:00", "06:00"))
    change_on = START + timedelta(days=3)
    midnight = at_wall_clock(change_on, time.min, SHANGHAI)
    write_bands(profile, [], change_on)
    materialise_windows(profile=profile, from_on=change_on)
    assert windows(profile)[-1] == TimeWindow(midnight - timedelta(hours=2), midnight)


def test_materialise__same_definitions_again__same_rows() -> None:
    profile = created(ALL_DAY, band("22:00", "06:00", tiers=1))
    before = rows(profile)
    materialise_windows(profile=profile, from_on=START + timedelta(days=20))
    assert rows(profile) == before


def test_extend_calendars__next_night__appends_a_day_and_is_idempotent(early_march: time_machine.Traveller) -> None:
    profile = created(band("09:00", "17:00"))
    count = len(windows(profile))
    early_march.shift(timedelta(days=1))
    for _ in range(2):
        extend_calendars()
        assert len(windows(profile)) == count + 1


@pytest.mark.parametrize("hours", [("22:00", "06:00"), ("00:00", "00:00"), ("09:00", "17:00")])
def test_extend_calendars__night_after_night__same_as_expanded_at_once(
    early_march: time_machine.Traveller, hours: tuple[str, str]
) -> None:
    """Nothing is lost or doubled at the horizon, over the change to winter time either."""
    profile = created(band(*hours), zone="Europe/London")
    for _ in range(0, 70, 7):
        early_march.shift(timedelta(days=7))
        extend_calendars()
    nightly = rows(profile)
    OpenWindow.objects.filter(profile=profile).delete()
    materialise_windows(profile=profile, from_on=START, until_on=OpeningProfile.objects.get().expanded_until)
    at_once = [row for row in rows(profile) if row[0].upper > nightly[0][0].lower]  # type: ignore[attr-defined]
    assert nightly == at_once


def test_extend_calendars__anchors_over_a_year_old__occurrences_go_on(early_march: time_machine.Traveller) -> None:
    profile = created(band("09:00", "17:00", days=["TU"]))
    for _ in range(15):
        early_march.shift(timedelta(days=30))
        extend_calendars()
    stored = windows(profile)
    gaps = {b.starts_at - a.starts_at for a, b in itertools.pairwise(stored)}
    assert gaps == {timedelta(days=7)}
    assert profile.bands.get().event.start.year == 2027


def test_extend_calendars__gaps__appended_trimmed_and_right(early_march: time_machine.Traveller) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    early_march.shift(timedelta(days=3))
    extend_calendars()
    resource = Resource.objects.get(instrument=instrument)
    today = datetime.combine(START + timedelta(days=3), time.min, SHANGHAI)
    assert resource.gaps_until == today + timedelta(days=35)
    assert resource.free_gaps.count() == 1


def test_extend_calendars__progress__told_per_resource(early_march: time_machine.Traveller) -> None:
    for _ in range(2):
        open_instrument()
    early_march.shift(timedelta(days=1))
    seen: list[tuple[int, int]] = []
    extend_calendars(lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_horizon__of_a_zone__215_local_days_ahead() -> None:
    assert horizon(ZoneInfo("America/New_York")) == date(2026, 3, 1) + timedelta(days=215)
