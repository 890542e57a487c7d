"""The index of free time is right after every change, whatever the order. Checked by free_gaps_wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import combinations
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.commands.inherit_opening_hours import inherit_opening_hours
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.commands.set_turnaround import set_turnaround
from booking.calendars.models import FreeGap, Resource
from booking.calendars.recurrence import Band
from booking.calendars.selectors import gaps_of
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.set_capacity import set_capacity
from booking.reservations.models import Reservation
from core import clock
from core.errors import DomainError
from core.windows import TimeWindow, at_wall_clock
from instruments.catalogue.models import Instrument
from tests.conftest import DEEP
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    ALL_DAY,
    MONDAY,
    SHANGHAI,
    band,
    booked,
    claims_of,
    open_instrument,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

OPENINGS: tuple[list[Band], ...] = (
    [ALL_DAY],
    [band("09:00", "17:00")],
    [band("22:00", "06:00")],
    [band("08:00", "18:00"), band("18:00", "22:00", tiers=Tier.INTERNAL.bit)],
    [band("08:00", "12:00"), band("12:00", "18:00", tiers=3), band("10:00", "20:00", tiers=4)],
    [],
)


@dataclass
class Desk:
    """One instrument and what its manager does with it; refusals are fine, wrong gaps are not."""

    instrument: Instrument
    manager: Viewer
    clock: Any
    bookings: list[int] = field(default_factory=list)

    def book(self, at: TimeWindow, places: int) -> None:
        waived = {"within_opening_hours": "test", "on_grid": "test"}
        wanted = Wanted(places=places)
        made = book(viewer=self.manager, instrument=self.instrument, window=at, wanted=wanted, waivers=waived)
        self.bookings.append(made.pk)

    def close(self, at: TimeWindow, _places: int) -> None:
        manager, instrument = self.manager, self.instrument
        self.bookings.append(close_instrument(viewer=manager, instrument=instrument, window=at, reason="test"))

    def cancel(self, at: TimeWindow, places: int) -> None:
        cancel_reservation(viewer=self.manager, reservation=self._some(at), reason="test")

    def move(self, at: TimeWindow, places: int) -> None:
        waived = {"within_opening_hours": "test"}
        reschedule_reservation(viewer=self.manager, reservation=self._some(at), window=at, waivers=waived)

    def open(self, at: TimeWindow, places: int) -> None:
        bands = OPENINGS[at.starts_at.hour % len(OPENINGS)]
        set_opening_hours(viewer=self.manager, instrument=self.instrument, bands=bands)

    def inherit(self, at: TimeWindow, places: int) -> None:
        inherit_opening_hours(viewer=self.manager, instrument=self.instrument)

    def resize(self, at: TimeWindow, places: int) -> None:
        set_capacity(viewer=self.manager, instrument=self.instrument, places=places)

    def turn_around(self, at: TimeWindow, places: int) -> None:
        set_turnaround(viewer=self.manager, instrument=self.instrument, minutes=at.starts_at.hour % 4 * 25)

    def sleep(self, at: TimeWindow, places: int) -> None:
        self.clock.shift(timedelta(hours=20))
        extend_calendars()

    def _some(self, at: TimeWindow) -> Reservation:
        if not self.bookings:
            raise DomainError
        return Reservation.objects.get(pk=self.bookings[at.starts_at.day % len(self.bookings)])


STEPS: list[Callable[[Desk, TimeWindow, int], None]] = [
    *[Desk.book] * 4,
    *[Desk.cancel] * 2,
    *[Desk.move] * 2,
    Desk.close,
    Desk.open,
    Desk.inherit,
    Desk.resize,
    Desk.turn_around,
    Desk.sleep,
]
times = st.builds(
    lambda day, half_hours, length: slot("00:00", length / 2, day=day).shifted(timedelta(minutes=30 * half_hours)),
    st.integers(0, 4),
    st.integers(0, 47),
    st.integers(1, 24),
)
sequences = st.lists(st.tuples(st.sampled_from(STEPS), times, st.integers(1, 3)), min_size=4, max_size=14)


def wrong(instrument: Instrument) -> list[Any]:
    """From the present local day on; what is over is trimmed."""
    resource = Resource.objects.get(instrument=instrument)
    return functions.wrong_gaps(resource.pk, at_wall_clock(clock.today(SHANGHAI), time.min, SHANGHAI))


def overlapping_claims(instrument: Instrument) -> list[Any]:
    return [(a, b) for a, b in combinations(claims_of(instrument), 2) if a[0] == b[0] and a[1].overlaps(b[1])]


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint that is rolled back: every example begins with the same instrument."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_new_transaction(instrument: Instrument) -> None:
    """Revisions grow once per transaction; the test's commands all share one."""
    Resource.objects.filter(instrument=instrument).update(revised_in=0)


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(turnaround=30, places=2, bands=OPENINGS[3])


@settings(
    max_examples=1000 if DEEP else 10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=not DEEP,
)
@given(steps=sequences)
def test_gaps__any_sequence_of_changes__never_wrong(instrument: Instrument, steps: list[Any]) -> None:
    morning = at_wall_clock(MONDAY, time(8), SHANGHAI)
    with time_machine.travel(morning, tick=False) as traveller, undone():
        desk = Desk(instrument, manager_of(instrument.institution), traveller)
        for step, at, places in steps:
            as_new_transaction(instrument)
            before = revision_of(instrument)
            try:
                step(desk, at, places)
            except DomainError:
                assert revision_of(instrument) == before
            assert (wrong(instrument), overlapping_claims(instrument)) == ([], [])
            assert revision_of(instrument) - before in (0, 1)


def gaps(instrument: Instrument, tier: Tier = Tier.ENTERPRISE, day: int = 0) -> list[tuple[str, str]]:
    found = gaps_of(instrument.pk, tier, slot("00:00", 24, day=day))
    return [tuple(f"{at.astimezone(SHANGHAI):%H:%M}" for at in gap) for gap in found]  # type: ignore[misc]


def test_gaps__one_booking__split_left_and_right() -> None:
    instrument = open_instrument()
    booked(instrument, window=slot("11:00", 2))
    assert gaps(instrument) == [("09:00", "11:00"), ("13:00", "17:00")]


def test_gaps__turnaround__kept_free_before_and_after_but_not_at_closing_time() -> None:
    instrument = open_instrument(turnaround=30)
    booked(instrument, window=slot("11:00", 2))
    assert gaps(instrument) == [("09:00", "10:30"), ("13:30", "17:00")]


def test_gaps__two_places__one_set_per_place() -> None:
    instrument = open_instrument(places=2)
    booked(instrument, window=slot("09:00", 8))
    assert gaps(instrument) == [("09:00", "17:00")]
    booked(instrument, window=slot("12:00", 1))
    assert gaps(instrument) == [("09:00", "12:00"), ("13:00", "17:00")]


def test_gaps__band_for_internal_only__kept_apart_per_audience() -> None:
    instrument = open_instrument(bands=OPENINGS[3])
    booked(instrument, window=slot("12:00", 1))
    assert gaps(instrument) == [("08:00", "12:00"), ("13:00", "18:00")]
    assert gaps(instrument, Tier.INTERNAL) == [("08:00", "12:00"), ("13:00", "22:00")]


def test_gaps__cancelled__whole_again() -> None:
    instrument = open_instrument(turnaround=30)
    reservation = booked(instrument)
    cancel_reservation(viewer=manager_of(instrument.institution), reservation=reservation, reason="test")
    assert gaps(instrument) == [("09:00", "17:00")]


def test_gaps__horizon__complete_for_35_days_and_nothing_beyond() -> None:
    instrument = open_instrument(bands=[band("09:00", "17:00")])
    assert FreeGap.objects.filter(resource__instrument=instrument).count() == 35
    last = FreeGap.objects.order_by("starts_at").last()
    assert last
    assert last.starts_at == at_wall_clock(MONDAY + timedelta(days=34), time(9), SHANGHAI)


def test_gaps__booking_beyond_the_horizon__found_when_the_days_are_appended() -> None:
    instrument = open_instrument()
    booked(instrument, window=slot("10:00", 1, day=37))
    assert gaps(instrument, day=37) == []
    with time_machine.travel(datetime.combine(MONDAY + timedelta(days=5), time(3), SHANGHAI), tick=False):
        extend_calendars()
        assert wrong(instrument) == []
    assert gaps(instrument, day=37) == [("09:00", "10:00"), ("11:00", "17:00")]


def test_gaps__after_bookings_and_painting__know_when_their_window_began() -> None:
    instrument = open_instrument(bands=[band("08:10", "18:00")])
    booked(instrument, window=slot("10:10", 1))
    opened = slot("08:10").starts_at
    day = FreeGap.objects.filter(resource__instrument=instrument, starts_at__lt=slot("00:00", day=1).starts_at)
    assert list(day.order_by("starts_at").values_list("opened_at", flat=True)) == [opened, opened]
    assert wrong(instrument) == []
    FreeGap.objects.filter(pk__in=day).update(opened_at=slot("08:00").starts_at)
    assert len(wrong(instrument)) == 4


def test_gaps__broken_by_hand__the_check_says_which() -> None:
    instrument = open_instrument()
    gap = FreeGap.objects.filter(resource__instrument=instrument).order_by("starts_at")[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calendars_freegap SET ends_at = ends_at + interval '1 hour' WHERE id = %s", [gap.pk])
    assert sorted(fault for fault, *_ in wrong(instrument)) == ["missing", "surplus"]
