"""Repeating closures and maintenance plans: entered once, never over bookings, tried again."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.calendars.recurrence import Pattern, Rhythm
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.follow_plan import follow_plan
from booking.reservations.commands.place_closures import place_closures, place_closures_of
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.commands.repeat_closure import repeat_closure, repeat_plan
from booking.reservations.commands.skip_occurrence import skip_occurrence
from booking.reservations.commands.withdraw_repeating_closure import withdraw_repeating_closure
from booking.reservations.models import Kind, RepeatingClosure, Reservation
from booking.reservations.selectors.closures import repeating_closures, waiting_at, waiting_occurrences
from core.errors import Forbidden
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.upkeep.commands.plan_maintenance import Wanted, plan_maintenance
from instruments.upkeep.commands.withdraw_plan import withdraw_plan
from tests.factories.accounts import manager_of
from tests.factories.booking import MONDAY, booked, firm_user, make_bookable, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

TUESDAY = MONDAY + timedelta(days=1)


def repeated(instrument: Instrument, **values: Any) -> RepeatingClosure:
    """Every other Tuesday, 9 to 11."""
    given: dict[str, Any] = {"start": time(9), "minutes": 120, "every": 2, "unit": "weeks", "first_on": TUESDAY}
    return repeat_closure(
        viewer=manager_of(instrument.institution),
        instrument=instrument,
        rhythm=Rhythm(**(given | values)),
        reason="Cleaning",
    )


def closures() -> list[TimeWindow]:
    found = Reservation.objects.filter(kind__in=("closure", "maintenance"), status="confirmed").order_by("during")
    return [TimeWindow.of(each.during) for each in found]


def test_repeat__free_time__entered_to_the_horizon_once(instrument: Instrument) -> None:
    repeating = repeated(instrument)
    assert closures() == [slot(day=1 + 14 * n) for n in range(13)]
    assert (place_closures(), len(closures())) == (0, 13)
    assert list(repeating_closures(instrument)) == [repeating]
    assert not waiting_occurrences(instrument)


def test_plan__over_bookings__says_so_like_what_is_entered_and_keeps_nothing(instrument: Instrument) -> None:
    first, second = booked(instrument, window=slot("10:00", 4, day=1)), booked(instrument, window=slot(day=15))
    booked(instrument, window=slot("11:00", day=15))
    rhythm = Rhythm(start=time(9), minutes=120, every=2, unit="weeks", first_on=TUESDAY)
    with CaptureQueriesContext(connection) as queries:
        plan = repeat_plan(viewer=manager_of(instrument.institution), instrument=instrument, rhythm=rhythm)
    assert [each.window for each in plan] == [slot(day=1 + 14 * n) for n in range(13)]
    assert {n: each.affected for n, each in enumerate(plan) if each.affected} == {0: (first,), 1: (second,)}
    assert (RepeatingClosure.objects.count(), Pattern.objects.filter(name__startswith="repeating").count()) == (
        0,
        0,
    )
    repeated(instrument)
    assert [each.original_start for each in waiting_occurrences(instrument)] == [
        plan[0].window.starts_at,
        plan[1].window.starts_at,
    ]
    assert len(queries) <= 16


def test_plan__over_a_clock_change__stays_on_the_wall_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    instrument = make_bookable(zone="Europe/Berlin")
    rhythm = Rhythm(start=time(2, 30), minutes=60, every=1, unit="weeks", first_on=MONDAY + timedelta(days=6))
    plan = repeat_plan(viewer=manager_of(instrument.institution), instrument=instrument, rhythm=rhythm)
    starts = [each.window.starts_at.astimezone(berlin) for each in plan[:4]]
    assert [f"{each:%d %H:%M %z}" for each in starts] == [
        "11 02:30 +0100",
        "18 02:30 +0100",
        "25 03:30 +0200",  # half past two does not exist
        "01 02:30 +0200",
    ]
    assert {each.window.duration for each in plan} == {timedelta(hours=1)}


def test_plan__by_a_customer__forbidden(instrument: Instrument) -> None:
    rhythm = Rhythm(start=time(9), minutes=60, every=1, unit="weeks", first_on=TUESDAY)
    with pytest.raises(Forbidden):
        repeat_plan(viewer=firm_user(), instrument=instrument, rhythm=rhythm)


def test_repeat__later__the_next_ones_are_entered(instrument: Instrument) -> None:
    repeated(instrument)
    with time_machine.travel(slot(day=14).starts_at, tick=False):
        assert place_closures() == 1
    assert len(closures()) == 14


def test_repeat__over_a_booking__waits_and_is_tried_again(instrument: Instrument) -> None:
    booking = booked(instrument, window=slot(day=15))
    repeated(instrument)
    assert slot(day=15) not in closures()
    (waiting,) = waiting_at(instrument.institution_id)
    assert waiting.original_start == slot(day=15).starts_at
    assert place_closures() == 0
    cancel_reservation(viewer=manager_of(instrument.institution), reservation=booking, reason="test")
    assert place_closures() == 1
    assert slot(day=15) in closures()
    assert not waiting_occurrences(instrument)


def test_waiting__closed_by_a_plan__is_entered(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=15))
    repeated(instrument)
    manager, window = manager_of(instrument.institution), slot(day=15)
    (waiting,) = waiting_occurrences(instrument)
    plan = [way.proposal for way in closure_plan(manager, instrument, window)]
    key = close_instrument(
        viewer=manager, instrument=instrument, window=window, reason="x", plan=plan, occurrence_id=waiting.pk
    )
    waiting.refresh_from_db()
    assert (waiting.closure_id, place_closures()) == (key, 0)


def test_waiting__skipped__is_never_entered(instrument: Instrument) -> None:
    booking = booked(instrument, window=slot(day=15))
    repeated(instrument)
    skip_occurrence(viewer=manager_of(instrument.institution), occurrence=waiting_occurrences(instrument)[0])
    cancel_reservation(viewer=manager_of(instrument.institution), reservation=booking, reason="test")
    assert (place_closures(), len(waiting_occurrences(instrument))) == (0, 0)


def test_skip__waits_for_whoever_is_entering_it(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=15))
    repeated(instrument)
    occurrence, viewer = waiting_occurrences(instrument)[0], manager_of(instrument.institution)
    with CaptureQueriesContext(connection) as queries:
        skip_occurrence(viewer=viewer, occurrence=occurrence)
    first = next(each["sql"] for each in queries if not each["sql"].startswith("SAVEPOINT"))
    assert "reservation_lock" in first


def test_entered__removed_by_staff__stays_removed(instrument: Instrument) -> None:
    repeated(instrument)
    first = Reservation.objects.filter(kind="closure").order_by("during")[0]
    reopen_instrument(viewer=manager_of(instrument.institution), closure=first)
    assert (place_closures(), len(closures())) == (0, 12)


def test_withdraw__coming_ones_are_lifted__twice_does_nothing(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=15))
    repeating, manager = repeated(instrument), manager_of(instrument.institution)
    for _time in range(2):
        withdraw_repeating_closure(viewer=manager, repeating=repeating)
    assert (closures(), place_closures()) == ([], 0)
    assert not waiting_occurrences(instrument)
    assert not repeating_closures(instrument)


def test_repeat__by_a_customer__forbidden(instrument: Instrument) -> None:
    rhythm = Rhythm(start=time(9), minutes=60, every=1, unit="weeks", first_on=TUESDAY)
    with pytest.raises(Forbidden):
        repeat_closure(viewer=firm_user(), instrument=instrument, rhythm=rhythm, reason="x")


def test_plan__followed_twice_and_withdrawn__maintenance_comes_and_goes(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    wanted = Wanted(starts=time(9), minutes=120, dates=[TUESDAY, TUESDAY + timedelta(days=30)])
    plan = plan_maintenance(viewer=manager, instrument=instrument, wanted=wanted, note="Calibration")
    for _time in range(2):
        follow_plan(plan_id=plan.pk)
    assert closures() == [slot(day=1), slot(day=31)]
    assert {(each.kind, each.purpose) for each in Reservation.objects.all()} == {(Kind.MAINTENANCE, "Calibration")}
    withdraw_plan(viewer=manager, plan=plan)
    follow_plan(plan_id=plan.pk)
    assert closures() == []


def test_place_closures__one_rhythm_fails__those_after_it_are_entered(
    instrument: Instrument, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = repeated(instrument), repeated(instrument, start=time(13))

    def failing(repeating_id: int) -> int:
        if repeating_id == broken.pk:
            raise ValueError
        return place_closures_of(repeating_id)

    monkeypatch.setattr("booking.reservations.commands.place_closures.place_closures_of", failing)
    with time_machine.travel(slot(day=14).starts_at, tick=False), pytest.raises(ExceptionGroup):
        place_closures()
    assert (broken.occurrences.count(), whole.occurrences.count()) == (13, 14)
