"""Daily facts against days computed by hand: (open, booked, used, external) minutes and bookings."""

from datetime import date, timedelta

import pytest

from accounts.models import Tier
from booking.utilisation.commands.refresh_facts import refresh_facts
from booking.utilisation.models import DailyFact
from tests.booking.utilisation.scenario import (
    EVERYONE,
    HOME,
    MONDAY,
    booked,
    fact_on,
    keeps,
    local,
    make_profile,
    open_instrument,
)
from tests.factories.instruments import make_instrument

pytestmark = pytest.mark.django_db

OFFICE = (EVERYONE, "2026-03-02 09:00", "2026-03-02 17:00")
EVENING = (Tier.INTERNAL.bit, "2026-03-02 09:00", "2026-03-02 22:00")
ALL_MARCH = (EVERYONE, "2026-03-01 00:00", "2026-04-01 00:00")


def test_facts__use_within_opening_hours__counts_booked_and_used() -> None:
    instrument = open_instrument(OFFICE)
    booked(instrument, "2026-03-02 10:00", "2026-03-02 12:00", used=("2026-03-02 10:10", "2026-03-02 11:40"))
    assert fact_on(instrument, MONDAY) == (480, 120, 90, 90, 1)


def test_facts__closed_day_without_bookings__is_absent() -> None:
    assert fact_on(open_instrument(OFFICE), MONDAY + timedelta(days=1)) is None


def test_facts__instrument_without_opening_hours__still_counts_its_bookings() -> None:
    instrument = make_instrument()
    booked(instrument, "2026-03-02 10:00", "2026-03-02 12:00")
    assert fact_on(instrument, MONDAY) == (0, 120, 0, 0, 1)


def test_facts__bands_of_several_tiers_overlap__no_minute_counts_twice() -> None:
    assert fact_on(open_instrument(OFFICE, EVENING), MONDAY) == (13 * 60, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("zone_name", "on", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Shanghai", date(2026, 3, 29), 24),
    ],
)
def test_facts__open_all_day_when_clocks_change__has_the_hours_of_the_day(
    zone_name: str, on: date, hours: int
) -> None:
    instrument = open_instrument((EVERYONE, "2026-01-01 00:00", "2026-12-31 00:00"), zone_name=zone_name)
    booked(instrument, f"{on} 00:00", f"{on + timedelta(days=1)} 00:00")
    assert fact_on(instrument, on) == (hours * 60, hours * 60, 0, 0, 1)


def test_facts__overnight_window__splits_at_local_midnight() -> None:
    instrument = open_instrument((EVERYONE, "2026-03-02 22:00", "2026-03-03 06:00"))
    night = ("2026-03-02 23:00", "2026-03-03 05:00")
    booked(instrument, *night, used=night)
    assert fact_on(instrument, MONDAY) == (120, 60, 60, 60, 1)
    assert fact_on(instrument, MONDAY + timedelta(days=1)) == (360, 300, 300, 300, 0)


def test_facts__day_in_another_zone__is_the_institutions() -> None:
    instrument = open_instrument((EVERYONE, "2026-03-02 20:00", "2026-03-02 23:00"), zone_name="America/New_York")
    assert fact_on(instrument, MONDAY) == (180, 0, 0, 0, 0)
    assert fact_on(instrument, MONDAY + timedelta(days=1)) is None


def test_facts__use_runs_past_midnight__counts_on_both_days() -> None:
    instrument = open_instrument(ALL_MARCH)
    booked(instrument, "2026-03-02 20:00", "2026-03-02 23:00", used=("2026-03-02 20:00", "2026-03-03 01:00"))
    assert fact_on(instrument, MONDAY) == (1440, 180, 240, 240, 1)
    assert fact_on(instrument, MONDAY + timedelta(days=1)) == (1440, 0, 60, 60, 0)


@pytest.mark.parametrize("kind", ["closure", "maintenance"])
def test_facts__closure_within_opening_hours__is_not_open(kind: str) -> None:
    instrument = open_instrument(OFFICE)
    booked(instrument, "2026-03-02 08:00", "2026-03-02 11:00", kind=kind)
    assert fact_on(instrument, MONDAY) == (360, 0, 0, 0, 0)


def test_facts__closure_of_one_of_two_places__leaves_the_other_open() -> None:
    instrument = open_instrument(OFFICE, capacity=2)
    booked(instrument, "2026-03-02 09:00", "2026-03-02 13:00", kind="closure")
    assert fact_on(instrument, MONDAY) == (720, 0, 0, 0, 0)


def test_facts__closure_of_several_weeks__counts_on_a_day_in_its_middle() -> None:
    instrument = open_instrument(ALL_MARCH)
    booked(instrument, "2026-03-01 00:00", "2026-03-30 12:00", kind="closure")
    assert fact_on(instrument, date(2026, 3, 20)) is None
    assert fact_on(instrument, date(2026, 3, 30)) == (720, 0, 0, 0, 0)


def test_facts__two_places__count_twice() -> None:
    instrument = open_instrument(OFFICE, capacity=2)
    hours = ("2026-03-02 10:00", "2026-03-02 12:00")
    booked(instrument, *hours, used=hours, places=2)
    assert fact_on(instrument, MONDAY) == (960, 240, 240, 240, 1)


@pytest.mark.parametrize("status", ["cancelled", "declined", "expired"])
def test_facts__booking_that_let_go__counts_nothing(status: str) -> None:
    instrument = open_instrument(OFFICE)
    booked(instrument, "2026-03-02 10:00", "2026-03-02 12:00", status=status)
    assert fact_on(instrument, MONDAY) == (480, 0, 0, 0, 0)


def test_facts__nobody_turned_up__is_booked_and_not_used() -> None:
    instrument = open_instrument(OFFICE)
    booked(instrument, "2026-03-02 10:00", "2026-03-02 12:00", status="no_show")
    assert fact_on(instrument, MONDAY) == (480, 120, 0, 0, 1)


@pytest.mark.parametrize(("tier", "external"), [(Tier.INTERNAL, 0), (Tier.MEMBER, 60), (Tier.EXTERNAL, 60)])
def test_facts__tier__decides_what_is_external(tier: Tier, external: int) -> None:
    instrument = open_instrument(OFFICE)
    hours = ("2026-03-02 10:00", "2026-03-02 11:00")
    booked(instrument, *hours, used=hours, tier=tier)
    assert fact_on(instrument, MONDAY) == (480, 60, 60, external, 1)


def test_facts__opening_hours_changed_at_noon__each_part_keeps_its_own() -> None:
    instrument = make_instrument()
    noon = local("2026-03-02 12:00", HOME)
    keeps(instrument, make_profile(HOME, OFFICE), None, noon)
    keeps(instrument, make_profile(HOME, EVENING), noon, None)
    assert fact_on(instrument, MONDAY) == ((3 + 10) * 60, 0, 0, 0, 0)


def test_facts__recomputed_without_a_change__touch_nothing() -> None:
    instrument = open_instrument(OFFICE)
    until_on = MONDAY + timedelta(days=2)
    changed = [refresh_facts(from_on=MONDAY, until_on=until_on, instrument_ids=[instrument.pk]) for _ in range(2)]
    assert changed == [1, 0]


def test_facts__booking_cancelled_later__are_corrected_or_go() -> None:
    instrument = make_instrument()
    reservation = booked(instrument, "2026-03-02 10:00", "2026-03-02 12:00")
    assert fact_on(instrument, MONDAY) is not None
    reservation.status = "cancelled"
    reservation.save()
    assert fact_on(instrument, MONDAY) is None


def test_facts__other_days_and_instruments__are_left_alone() -> None:
    first, second = open_instrument(ALL_MARCH), open_instrument(ALL_MARCH)
    refresh_facts(from_on=MONDAY, until_on=MONDAY + timedelta(days=3))
    DailyFact.objects.update(bookings=7)
    assert fact_on(first, MONDAY) == (1440, 0, 0, 0, 0)
    assert DailyFact.objects.filter(bookings=7).count() == 5
    assert DailyFact.objects.filter(instrument=second).count() == 3
