"""Closures over booked time: every booking has a way out, and all of them are taken in one step or none."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import PlanRefused, SlotTaken
from booking.reservations.events import ReservationCancelled, ReservationCutShort, ReservationRescheduled
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.replanning import Action, Step, WaysOut
from core import clock
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Category, Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    ALL_DAY,
    PRICES,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    revision_of,
    slot,
)
from tests.factories.instruments import make_instrument

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

CHEAP = {tier: price // 2 for tier, price in PRICES.items()}


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(turnaround=30)


def close(instrument: Instrument, window: TimeWindow | None = None, plan: Any = (), **more: Any) -> int:
    values: dict[str, Any] = {"reason": "Leak", "window": window or slot()} | more
    return close_instrument(viewer=manager_of(instrument.institution), instrument=instrument, plan=plan, **values)


def proposed(instrument: Instrument, window: TimeWindow | None = None) -> list[WaysOut]:
    return closure_plan(manager_of(instrument.institution), instrument, window or slot())


def steps(instrument: Instrument, window: TimeWindow | None = None) -> list[Step]:
    return [way.proposal for way in proposed(instrument, window)]


def gaps_are_right(*instruments: Instrument) -> bool:
    keys = Resource.objects.filter(instrument__in=instruments).values_list("pk", flat=True)
    return not any(functions.wrong_gaps(key, clock.now()) for key in keys)


def with_twin(**fields: Any) -> tuple[Instrument, Instrument]:
    """Two instruments of one group; the second has its own prices."""
    first = open_instrument(turnaround=30, **fields)
    group = first.institution.groups.create(name_en="Spectrometers")
    second = open_instrument(first.institution, group=group, prices=CHEAP, name_en="The other one")
    first.group = group
    first.save(update_fields=["group"])
    return first, second


def test_plan__two_bookings__nearest_windows_that_fit_together(instrument: Instrument) -> None:
    """Open 9–17 with 30 minutes turnaround: what the first takes is gone for the second."""
    for start in ("09:00", "12:00"):
        booked(instrument, window=slot(start, 2))
    ways = proposed(instrument, slot("09:00", 5.5))
    assert [way.window for way in ways] == [slot("14:30", 2), slot("09:00", 2, day=1)]
    assert [way.proposal.action for way in ways] == [Action.MOVE, Action.MOVE]
    assert all(way.twins == () for way in ways)


def test_close__with_the_proposals__moves_and_closes_in_one_step(
    instrument: Instrument, published: list[Event]
) -> None:
    first, second = booked(instrument), booked(instrument, window=slot("12:00", 2))
    window = slot("09:00", 5.5)
    plan = steps(instrument, window)
    published.clear()
    close(instrument, window, plan)
    for booking, now in ((first, slot("14:30", 2)), (second, slot("09:00", 2, day=1))):
        booking.refresh_from_db()
        assert (TimeWindow.of(booking.during), booking.version, booking.status) == (now, 2, "confirmed")
        assert ReservationRescheduled(booking.pk, instrument.pk, now.starts_at, now.ends_at) in published
        assert (history_of(booking)[-1].command, history_of(booking)[-1].reason) == ("reschedule", "Leak")
    assert claims_of(instrument)[0] == (1, window)
    assert gaps_are_right(instrument)


def test_close__twin__same_id_other_instrument_new_price(published: list[Event]) -> None:
    instrument, twin = with_twin()
    booking = booked(instrument)
    (way,) = proposed(instrument, slot(hours=24 * 40))
    assert (way.twins, way.proposal) == ((twin,), Step(booking.pk, Action.TWIN, instrument_id=twin.pk))
    before = revision_of(twin)
    published.clear()
    close(instrument, slot(hours=24 * 40), [way.proposal])
    moved = Reservation.objects.get(pk=booking.pk)
    assert (moved.instrument, moved.version, moved.total_fen) == (twin, 2, booking.total_fen // 2)
    assert TimeWindow.of(moved.during) == slot()
    assert (claims_of(twin), revision_of(twin) > before) == ([(1, slot())], True)
    assert ReservationRescheduled(booking.pk, twin.pk, slot().starts_at, slot().ends_at) in published
    assert ("instrument_id", instrument.pk, twin.pk) in [
        (change.field, change.old, change.new) for change in history_of(moved)[-1].changes
    ]
    assert gaps_are_right(instrument, twin)


def test_close__cancel__with_the_closures_reason(instrument: Instrument, published: list[Event]) -> None:
    booking = booked(instrument)
    close(instrument, plan=[Step(booking.pk, Action.CANCEL)])
    booking.refresh_from_db()
    assert (booking.status, booking.ended_reason) == ("cancelled", "Leak")
    assert ReservationCancelled(booking.pk, instrument.pk, slot().starts_at, slot().ends_at) in published
    assert claims_of(instrument) == [(1, slot())]


def test_close__somebody_booked_meanwhile__refused_with_the_new_list(instrument: Instrument) -> None:
    booking = booked(instrument)
    plan = steps(instrument, slot(hours=8))
    late = booked(instrument, window=slot("13:00"))
    with pytest.raises(PlanRefused) as refusal:
        close(instrument, slot(hours=8), plan)
    assert [way.reservation for way in refusal.value.extra["affected"]] == [booking, late]
    booking.refresh_from_db()
    assert (booking.version, Reservation.objects.count()) == (1, 2)


def test_close__the_new_time_was_taken__refused_and_said_why(instrument: Instrument) -> None:
    booking = booked(instrument)
    plan = steps(instrument)
    booked(instrument, window=slot("11:30"))
    with pytest.raises(PlanRefused) as refusal:
        close(instrument, plan=plan)
    (refused,) = refusal.value.extra["refused"]
    assert (refused["reservation"], refused["code"]) == (booking.pk, "slot_taken")
    (way,) = refusal.value.extra["affected"]
    assert way.window == slot("14:00")
    close(instrument, plan=[way.proposal])


def test_close__move_into_the_closure__refused(instrument: Instrument) -> None:
    booking = booked(instrument)
    with pytest.raises(PlanRefused) as refusal:
        close(instrument, slot(hours=4), [Step(booking.pk, Action.MOVE, slot("10:00"))])
    assert [broken.code for broken in refusal.value.extra["refused"][0]["violations"]] == ["not_closed"]
    assert Reservation.objects.count() == 1


def test_close__without_a_plan__slot_taken_with_the_ways_out(instrument: Instrument) -> None:
    booking = booked(instrument)
    with pytest.raises(SlotTaken) as refusal:
        close(instrument)
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["place_free"]
    assert [way.reservation for way in refusal.value.extra["affected"]] == [booking]


def test_plan__rules_of_the_person__are_kept(instrument: Instrument) -> None:
    """Booked before the lead time was set: it can only move to what can still be booked."""
    booked(instrument)
    manager = manager_of(instrument.institution)
    set_policy_value(viewer=manager, instrument=instrument, code="lead_time", value=24 * 60)
    (way,) = proposed(instrument)
    assert way.window == slot("09:00", day=1)


def test_plan__twins__only_published_free_and_of_the_same_institution() -> None:
    instrument, twin = with_twin()
    group = twin.group
    make_instrument(instrument.institution, group=group, status="draft")
    make_instrument(make_institution(), model="X")
    booked(instrument)
    booked(twin)
    assert [way.twins for way in proposed(instrument)] == [()]


def test_plan__same_model_in_one_category__is_a_twin() -> None:
    category = Category.objects.create(code="999900", name_zh="测试", level=2)
    instrument = open_instrument(model="TX-1", category=category.code)
    other = open_instrument(instrument.institution, model="TX-1", category=category.code)
    open_instrument(instrument.institution, model="TX-2", category=category.code)
    open_instrument(instrument.institution, model="TX-1")
    booked(instrument)
    assert [way.twins for way in proposed(instrument)] == [(other,)]


def test_plan__more_bookings__no_more_queries() -> None:
    instrument, _twin = with_twin()
    manager = manager_of(instrument.institution)
    counts = []
    for day in range(3):
        booked(instrument, window=slot(day=day))
        with CaptureQueriesContext(connection) as captured:
            closure_plan(manager, instrument, slot(hours=24 * 4))
        counts.append(len(captured))
    assert counts == [5, 5, 5]


def in_use(instrument: Instrument) -> Reservation:
    booking = booked(instrument, window=slot("08:00", 2))
    advance_reservations()
    booking.refresh_from_db()
    return booking


@pytest.fixture
def round_the_clock() -> Instrument:
    return open_instrument(bands=[ALL_DAY], turnaround=30)


def test_close__running_booking__kept_unless_said(round_the_clock: Instrument) -> None:
    booking = in_use(round_the_clock)
    (way,) = proposed(round_the_clock, slot("08:00", 4))
    assert (way.actions, way.proposal.action) == ((Action.KEEP, Action.END), Action.KEEP)
    key = close(round_the_clock, slot("08:00", 4), [way.proposal])
    assert TimeWindow.of(Reservation.objects.get(pk=key).during) == slot("10:30", 1.5)
    booking.refresh_from_db()
    assert booking.version == 2


def test_close__running_booking_ends__where_the_closure_begins(
    round_the_clock: Instrument, published: list[Event]
) -> None:
    booking = in_use(round_the_clock)
    close(round_the_clock, slot("09:00", 4), [Step(booking.pk, Action.END)])
    booking.refresh_from_db()
    assert (TimeWindow.of(booking.during), booking.status) == (slot("08:00", 1), "in_use")
    assert booking.total_fen == 24_000
    assert claims_of(round_the_clock) == [(1, slot("08:00", 1)), (1, slot("09:00", 4))]
    assert ReservationCutShort(
        booking.pk, round_the_clock.pk, slot("08:00").starts_at, slot("09:00").starts_at
    ) in (published)


def test_close__running_booking_moved_or_cancelled__refused(round_the_clock: Instrument) -> None:
    booking = in_use(round_the_clock)
    for step in (Step(booking.pk, Action.CANCEL), Step(booking.pk, Action.MOVE, slot("20:00"))):
        with pytest.raises(PlanRefused):
            close(round_the_clock, slot("09:00", 4), [step])


def test_close__hold_and_older_closure__give_way(instrument: Instrument) -> None:
    hold_window(viewer=firm_user(), instrument=instrument, window=slot(), wanted=Wanted())
    close(instrument, slot("13:00"))
    ways = proposed(instrument, slot("09:00", 8))
    assert [way.actions for way in ways] == [(Action.CANCEL,)] * 2
    close(instrument, slot("09:00", 8), [way.proposal for way in ways])
    assert claims_of(instrument) == [(1, slot("09:00", 8))]
    assert sorted(Reservation.objects.values_list("status", flat=True)) == ["cancelled", "cancelled", "confirmed"]


@pytest.mark.parametrize("fault", ["twice", "unknown", "strange_twin", "no_window", "needless_window"])
def test_close__plan_that_makes_no_sense__refused(instrument: Instrument, fault: str) -> None:
    booking = booked(instrument)
    cancel = Step(booking.pk, Action.CANCEL)
    plans = {
        "twice": [cancel, cancel],
        "unknown": [cancel, Step(booking.pk + 1, Action.CANCEL)],
        "strange_twin": [Step(booking.pk, Action.TWIN, instrument_id=make_bookable().pk)],
        "no_window": [Step(booking.pk, Action.MOVE)],
        "needless_window": [Step(booking.pk, Action.CANCEL, slot("14:00"))],
    }
    with pytest.raises(PlanRefused):
        close(instrument, plan=plans[fault])
    assert claims_of(instrument) == [(1, slot("09:00", 2.5))]
