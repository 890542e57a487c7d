"""Bookings that lost their ground: by new opening hours, by a fault, by fewer places; listed with ways out."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.book import book
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.follow_faults import follow_faults
from booking.reservations.commands.replan_bookings import replan_bookings
from booking.reservations.commands.set_capacity import set_capacity
from booking.reservations.errors import PlanRefused, SlotTaken
from booking.reservations.events import ReservationsAffected
from booking.reservations.models import Reservation
from booking.reservations.selectors.displaced import displaced_at, displaced_on, displaced_ways
from booking.reservations.selectors.replanning import Action, Step
from core.errors import Forbidden
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.commands.suspend_instrument import suspend_instrument
from instruments.catalogue.models import Instrument
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.models import Fault, Severity
from tests.factories.accounts import manager_of
from tests.factories.booking import MONDAY, band, booked, firm_user, open_instrument, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def open_only(instrument: Instrument, start: str, end: str) -> None:
    manager = manager_of(instrument.institution)
    set_opening_hours(viewer=manager, instrument=instrument, bands=[band(start, end)])


def replan(instrument: Instrument, *steps: Step, **more: Any) -> int:
    viewer = manager_of(instrument.institution)
    return replan_bookings(viewer=viewer, instrument=instrument, plan=steps, reason="New hours", **more)


def broken(instrument: Instrument, days: int | None = 3, what: str = "Smoke") -> Fault:
    on = MONDAY + timedelta(days=days) if days else None
    fault = report_fault(
        viewer=manager_of(instrument.institution),
        instrument=instrument,
        what=what,
        severity=Severity.SUSPENDED,
        expected_return_on=on,
    )
    follow_faults(instrument_id=instrument.pk)
    instrument.refresh_from_db()
    return fault


def test_hours__bookings_now_outside__listed_with_the_nearest_window(instrument: Instrument) -> None:
    outside, inside = booked(instrument), booked(instrument, window=slot("13:00"))
    assert displaced_on(instrument) == []
    open_only(instrument, "12:00", "17:00")
    ((cause, way),) = displaced_ways(manager_of(instrument.institution), instrument)
    assert (cause, way.reservation, way.window) == ("hours", outside, slot("15:00"))
    assert way.actions == (Action.MOVE, Action.TWIN, Action.CANCEL, Action.KEEP)
    replan(instrument, way.proposal)
    outside.refresh_from_db()
    assert TimeWindow.of(outside.during) == slot("15:00")
    assert displaced_on(instrument) == []
    assert Reservation.objects.get(pk=inside.pk).version == 1


def test_hours__kept__a_waiver_says_why_and_it_is_listed_no_more(instrument: Instrument) -> None:
    booking = booked(instrument)
    open_only(instrument, "12:00", "17:00")
    replan(instrument, Step(booking.pk, Action.KEEP))
    waiver = booking.waivers.get()
    assert (waiver.code, waiver.reason) == ("within_opening_hours", "New hours")
    assert displaced_on(instrument) == []


def test_replan__some_of_them__the_others_stay_listed(instrument: Instrument) -> None:
    first, second = booked(instrument), booked(instrument, window=slot(day=1))
    open_only(instrument, "12:00", "17:00")
    assert replan(instrument, Step(first.pk, Action.CANCEL)) == 1
    assert [each.reservation for each in displaced_on(instrument)] == [second]
    assert Reservation.objects.get(pk=first.pk).ended_reason == "New hours"


def test_replan__a_booking_that_is_not_displaced__refused(instrument: Instrument) -> None:
    inside = booked(instrument, window=slot("13:00"))
    with pytest.raises(PlanRefused) as refusal:
        replan(instrument, Step(inside.pk, Action.CANCEL))
    assert refusal.value.extra["affected"] == []


def test_replan__by_a_customer__forbidden(instrument: Instrument) -> None:
    with pytest.raises(Forbidden):
        replan_bookings(viewer=firm_user(), instrument=instrument, plan=[], reason="x")


def test_displaced__more_bookings__constant_queries(instrument: Instrument) -> None:
    open_only(instrument, "09:00", "17:00")
    counts = []
    for day in range(3):
        booked(instrument, window=slot(day=day))
        open_only(instrument, "12:00", "17:00")
        with CaptureQueriesContext(connection) as captured:
            assert len(displaced_at(instrument.institution_id)) == day + 1
            displaced_ways(manager_of(instrument.institution), instrument)
        counts.append(len(captured))
        open_only(instrument, "09:00", "17:00")
    assert counts[0] == counts[1] == counts[2]


def test_fault__suspends__and_tells_who_is_affected(instrument: Instrument, published: list[Event]) -> None:
    before, after = booked(instrument, window=slot(day=1)), booked(instrument, window=slot(day=4))
    broken(instrument)
    assert (instrument.status, instrument.status_reason) == ("suspended", "Smoke")
    assert instrument.expected_return_on == MONDAY + timedelta(days=3)
    back = slot("00:00", day=3).starts_at
    assert published[-1] == ReservationsAffected(instrument.pk, (before.pk,), back)
    assert [(each.reservation, each.cause) for each in displaced_on(instrument)] == [(before, "suspended")]
    told = len(published)
    follow_faults(instrument_id=instrument.pk)
    assert len(published) == told
    assert after.version == 1


def test_fault__affected_booking__moves_to_after_the_return(instrument: Instrument) -> None:
    booking = booked(instrument, window=slot(day=1))
    broken(instrument)
    ((_cause, way),) = displaced_ways(manager_of(instrument.institution), instrument)
    assert way.window == slot("09:00", day=3)
    replan(instrument, way.proposal)
    booking.refresh_from_db()
    assert TimeWindow.of(booking.during) == slot(day=3)
    with pytest.raises(PlanRefused):
        replan(instrument, Step(booking.pk, Action.MOVE, slot(day=1)))


def test_replan__fault_reported_after_the_page_was_read__judged_by_the_new_status(instrument: Instrument) -> None:
    affected, read_before = booked(instrument), Instrument.objects.get(pk=instrument.pk)
    broken(instrument)
    with pytest.raises(PlanRefused) as refusal:
        replan(read_before, Step(affected.pk, Action.MOVE, slot(day=1)))
    assert [each["reservation"] for each in refusal.value.extra["refused"]] == [affected.pk]
    replan(read_before, Step(affected.pk, Action.MOVE, slot(day=3)))


def test_fault__without_a_return__no_window_on_it(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=1))
    broken(instrument, days=None)
    ((_cause, way),) = displaced_ways(manager_of(instrument.institution), instrument)
    assert (way.window, way.proposal.action) == (None, Action.KEEP)


def test_fault__new_bookings__refused_by_both_rules(instrument: Instrument) -> None:
    broken(instrument)
    with pytest.raises(SlotTaken) as refusal:
        book(viewer=firm_user(), instrument=instrument, window=slot(day=1))
    found = {each.code: each for each in refusal.value.extra["violations"]}
    assert set(found) == {"instrument_open_for_booking", "not_closed"}
    assert found["not_closed"].limit == "2035-03-08"


def test_resolve__the_last_fault__publishes_again(instrument: Instrument) -> None:
    faults = [broken(instrument), broken(instrument, what="Leak", days=5)]
    manager = manager_of(instrument.institution)
    assert instrument.expected_return_on == MONDAY + timedelta(days=5)
    for fault, status in zip(faults, ("suspended", "published"), strict=True):
        resolve_fault(viewer=manager, fault=fault)
        follow_faults(instrument_id=instrument.pk)
        instrument.refresh_from_db()
        assert instrument.status == status


def test_resolve__suspended_for_another_reason__stays_so(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    suspend_instrument(viewer=manager, instrument_id=instrument.pk, reason="Moving house")
    fault = broken(instrument)
    resolve_fault(viewer=manager, fault=fault)
    follow_faults(instrument_id=instrument.pk)
    instrument.refresh_from_db()
    assert (instrument.status, instrument.status_reason) == ("suspended", "Moving house")


def test_places__bookings_beyond__replanned_then_fewer_places() -> None:
    instrument = open_instrument(places=2)
    booked(instrument)
    second = booked(instrument)
    ((cause, way),) = displaced_ways(manager_of(instrument.institution), instrument, places=1)
    assert (cause, way.reservation, way.window) == ("places", second, slot("11:00"))
    replan(instrument, way.proposal, places=1)
    assert set_capacity(viewer=manager_of(instrument.institution), instrument=instrument, places=1).capacity == 1


def test_places__somebody_came_early__ends_a_minute_after_the_start_and_screens_are_told(
    published: list[Event],
) -> None:
    instrument, owner = open_instrument(places=2, access_modes=["self_operated"]), firm_user()
    first, second = booked(instrument), booked(instrument, owner)
    with time_machine.travel(slot("08:50").starts_at, tick=False):
        check_in(viewer=owner, reservation=second)
        published.clear()
        replan(instrument, Step(second.pk, Action.END), places=1)
    second.refresh_from_db()
    window = TimeWindow(slot().starts_at, slot().starts_at + timedelta(minutes=1))
    assert (TimeWindow.of(second.during), first.during.upper) == (window, slot().ends_at)
    (hint,) = [event for event in published if isinstance(event, CalendarChanged)]
    assert TimeWindow(hint.starts_at, hint.ends_at) == slot()


def test_replan__moves__lock_the_people_whose_caps_count(instrument: Instrument) -> None:
    owner = firm_user()
    booking = booked(instrument, owner, slot("15:00"))
    open_only(instrument, "09:00", "15:00")
    with CaptureQueriesContext(connection) as queries:
        replan(instrument, Step(booking.pk, Action.MOVE, slot("09:00")))
    (lock,) = [each["sql"] for each in queries if "reservation_lock" in each["sql"]]
    assert f"'{{{owner.user_id}}}'::" in lock


def test_fault__locks_the_calendar_before_it_reads_anything(instrument: Instrument) -> None:
    with CaptureQueriesContext(connection) as queries:
        follow_faults(instrument_id=instrument.pk)
    statements = [each["sql"] for each in queries if not each["sql"].startswith("SAVEPOINT")]
    assert "reservation_lock" in statements[0]
