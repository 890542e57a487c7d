"""Off-peak time: what of a booking lies in it does not count towards the longest, and is outside core hours."""

from typing import Any

import pytest
import time_machine

from accounts.models import Tier
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.models import OffPeakWindow
from booking.calendars.selectors import open_time, opening_hours
from booking.reservations.models import Status
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.offers import next_free
from booking.reservations.selectors.replay import replay
from booking.reservations.selectors.verdicts import Verdict, verdict
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import (
    ALL_DAY,
    Api,
    band,
    booked,
    firm_user,
    open_instrument,
    set_values,
    slot,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NIGHT = band("20:00", "08:00", is_off_peak=True)
WORKDAYS = ("MO", "TU", "WE", "TH", "FR")


def judged(instrument: Instrument, window: TimeWindow, viewer: Any = None) -> Verdict:
    return verdict(viewer=viewer or firm_user(), instrument=instrument, window=window)


@pytest.fixture
def instrument() -> Instrument:
    """Open around the clock, at night off-peak, for two hours at most."""
    made = open_instrument(bands=[ALL_DAY, NIGHT])
    set_values(made, max_duration=120)
    return made


@pytest.mark.parametrize(
    ("start", "hours", "passes"),
    [("18:00", 12, True), ("17:30", 12, False), ("20:00", 12, True), ("20:00", 14.5, False), ("19:00", 14, True)],
)
def test_max_duration__off_peak_part__does_not_count(
    instrument: Instrument, start: str, hours: float, passes: bool
) -> None:
    assert judged(instrument, slot(start, hours)).ok is passes


def test_max_duration__too_long_besides_off_peak__says_what_counts(instrument: Instrument) -> None:
    (broken,) = judged(instrument, slot("17:00", 12)).violations
    assert (broken.code, broken.limit, broken.actual) == ("max_duration", 120, 180)
    assert broken.message == "A booking lasts at most 2 hours besides its off-peak time."
    assert broken.nearest == slot("18:00", 12)


def test_max_duration__off_peak_for_some__counts_for_the_others() -> None:
    instrument = open_instrument(bands=[ALL_DAY, band("20:00", "08:00", tiers=Tier.INTERNAL.bit, is_off_peak=True)])
    set_values(instrument, max_duration=120)
    assert judged(instrument, slot("20:00", 8), manager_of(instrument.institution)).ok
    assert [broken.code for broken in judged(instrument, slot("20:00", 8)).violations] == ["max_duration"]


def test_next_free__longer_than_the_longest__the_night_that_makes_it_possible(instrument: Instrument) -> None:
    wanted = [(instrument.pk, Tier.ENTERPRISE)]
    assert next_free(wanted, minutes=720)[instrument.pk].window == slot("18:00", 12)
    booked(instrument, window=slot("22:00", 1))
    assert next_free(wanted, minutes=720)[instrument.pk].window == slot("08:00", 2), (
        "as much as the first gap allows"
    )


def test_next_free__longer_without_any_off_peak__as_much_as_allowed() -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    set_values(instrument, max_duration=120)
    free = next_free([(instrument.pk, Tier.ENTERPRISE)], minutes=720)[instrument.pk]
    assert free.window
    assert free.window.minutes == 120


def test_set_opening_hours__off_peak__kept_and_replaced_with_the_hours(instrument: Instrument) -> None:
    opening = opening_hours(instrument.pk)
    assert opening is not None
    assert [each.is_off_peak for each in opening.bands] == [False, True]
    resource = instrument.resource.pk
    assert open_time(resource, Tier.MEMBER, slot("00:00", 24, day=1)).off_peak == [
        slot("20:00", 12),
        slot("20:00", 12, day=1),
    ]
    set_opening_hours(viewer=manager_of(instrument.institution), instrument=instrument, bands=[ALL_DAY])
    assert not OffPeakWindow.objects.filter(during__startswith__gte=slot().starts_at).exists()


@pytest.mark.parametrize(
    ("start", "hours", "status"),
    [("09:00", 2, Status.CONFIRMED), ("19:00", 2, Status.REQUESTED), ("18:00", 2, Status.CONFIRMED)],
)
def test_approval_outside_core_hours__off_peak_marked__core_is_the_rest(
    start: str, hours: float, status: Status
) -> None:
    instrument = open_instrument(bands=[ALL_DAY, NIGHT])
    set_values(instrument, approval=ApprovalMode.OUTSIDE_CORE_HOURS)
    assert booked(instrument, window=slot(start, hours, day=5)).status == status


def test_approval_outside_core_hours__off_peak_for_another_tier__the_values_say() -> None:
    instrument = open_instrument(bands=[ALL_DAY, band("20:00", "08:00", tiers=Tier.INTERNAL.bit, is_off_peak=True)])
    set_values(instrument, approval=ApprovalMode.OUTSIDE_CORE_HOURS)
    assert booked(instrument, window=slot("18:00", 1)).status == Status.REQUESTED


def test_api__availability_and_booking__tell_and_allow_off_peak(instrument: Instrument) -> None:
    viewer = firm_user()
    day = slot("00:00", 24)
    answer = Api(viewer).get(
        f"instruments/{instrument.pk}/availability",
        {"from": day.starts_at.isoformat(), "to": day.ends_at.isoformat()},
    )
    assert [start[11:16] for start, _end in answer.json()["off_peak"]] == ["00:00", "20:00"]
    assert Api(viewer).post("reservations", wish(instrument, slot("19:00", 13))).status_code == 201
    assert Api(make_viewer()).post("reservations", wish(instrument, slot("12:00", 3))).status_code == 422


def test_replay__night_longer_than_what_is_tried__not_broken(instrument: Instrument) -> None:
    night = booked(instrument, window=slot("18:00", 12))
    day = booked(instrument, window=slot("09:00", 2, day=1))
    with time_machine.travel(slot("08:00", day=8).starts_at, tick=False):
        found = replay(instrument, {("max_duration", ""): 90}, months=1)
    assert {each.reservation.pk for each in found.bookings} == {night.pk, day.pk}
    assert [each.violations[0].actual for each in found.bookings] == [120, 120]
