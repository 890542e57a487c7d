"""Approval: which bookings wait, who decides, what becomes of those that nobody decides."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import Role
from accounts.viewers import Viewer
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.approve_reservation import OwnRequest, approve_reservation
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.decline_reservation import DeclineReasonRequired, decline_reservation
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import NotRequested
from booking.reservations.events import (
    ReservationApproved,
    ReservationBooked,
    ReservationDeclined,
    ReservationExpired,
    ReservationRequested,
    ReservationRescheduled,
)
from booking.reservations.models import Reservation
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.history import history_of
from core import clock
from core.errors import Stale
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_viewer, manager_of
from tests.factories.booking import (
    ALL_DAY,
    booked,
    claims_of,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    set_values,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
JOBS = """
    SELECT scheduled_at, args ->> 'instrument_id' FROM procrastinate_jobs
    WHERE task_name = 'reservations.expire_hold'
"""
TUESDAY = slot(day=1)


@pytest.fixture
def instrument() -> Instrument:
    instrument = make_bookable()
    set_values(instrument, approval=ApprovalMode.ALWAYS)
    return instrument


@pytest.fixture
def staff(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


def status_of(reservation: Reservation) -> str:
    return Reservation.objects.values_list("status", flat=True).get(pk=reservation.pk)


def later(**span: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def test_book__approval_asked__requested_with_its_place_expiry_event_and_job(
    instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    made = booked(instrument, owner, slot(day=4))
    until = clock.now() + timedelta(days=2)
    assert (made.status, made.request_expires_at) == ("requested", until)
    assert claims_of(instrument) == [(1, slot(day=4))]
    assert published[0] == ReservationRequested(made.pk, instrument.pk, *_ends(slot(day=4)), until)
    assert type(published[1]) is CalendarChanged
    with connection.cursor() as cursor:
        cursor.execute(JOBS)
        assert cursor.fetchall() == [(until, str(instrument.pk))]


def _ends(window: TimeWindow) -> tuple[Any, Any]:
    return window.starts_at, window.ends_at


def test_book__requested_slot__nobody_else_can_ask_for_it(instrument: Instrument) -> None:
    booked(instrument, window=TUESDAY)
    with pytest.raises(SlotTaken):
        booked(instrument, window=TUESDAY)


def test_book__asked_for_first_bookings__costs_no_statement(
    instrument: Instrument, owner: Viewer, django_assert_num_queries: Any
) -> None:
    """Savepoint, lock, context, write, release; one more inserts the job of a request."""
    set_values(instrument, approval=ApprovalMode.FIRST_BOOKING)
    with django_assert_num_queries(6):
        book(viewer=owner, instrument=instrument, window=TUESDAY, wanted=Wanted())
    Reservation.objects.update(status="completed")
    with django_assert_num_queries(5):
        book(viewer=owner, instrument=instrument, window=slot("13:00", day=1), wanted=Wanted())


@pytest.mark.parametrize(
    ("values", "hours"),
    [({}, 47), ({"lead_time": 60}, 24), ({"approval_expires": 30}, 0.5), ({"approval_expires": None}, 25)],
)
def test_book__expiry__time_to_decide_but_no_later_than_the_lead_time(
    instrument: Instrument, values: dict[str, int | None], hours: float
) -> None:
    set_values(instrument, approval_expires=47 * 60)
    set_values(instrument, **values)
    window = slot(day=1) if values else slot(day=3)
    until = booked(instrument, window=window).request_expires_at
    assert until == clock.now() + timedelta(hours=hours)


def test_first_booking__completed_here_before__booked_at_once(owner: Viewer) -> None:
    instrument, other = make_bookable(), make_bookable()
    for each in (instrument, other):
        set_values(each, approval=ApprovalMode.FIRST_BOOKING)
    first = booked(instrument, owner, TUESDAY)
    Reservation.objects.filter(pk=first.pk).update(status="completed")
    assert booked(instrument, owner, slot("13:00", day=1)).status == "confirmed"
    assert booked(other, owner, TUESDAY).status == "requested"
    assert booked(instrument, window=slot(day=2)).status == "requested"


@pytest.mark.parametrize(
    ("start", "hours", "day", "status"),
    [
        ("09:00", 8, 1, "confirmed"),
        ("08:30", 2, 1, "requested"),
        ("16:00", 1.5, 1, "requested"),
        ("10:00", 2, 5, "requested"),
        ("20:00", 4, 1, "requested"),
        ("20:00", 5, 1, "requested"),
    ],
)
def test_outside_core_hours__weekdays_nine_to_five(start: str, hours: float, day: int, status: str) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    set_values(instrument, approval=ApprovalMode.OUTSIDE_CORE_HOURS)
    assert booked(instrument, window=slot(start, hours, day=day)).status == status


def test_outside_core_hours__until_midnight__a_day_ends_where_it_ends() -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    set_values(instrument, approval=ApprovalMode.OUTSIDE_CORE_HOURS, core_hours_end=1440)
    assert booked(instrument, window=slot("20:00", 4, day=1)).status == "confirmed"
    assert booked(instrument, window=slot("20:00", 5, day=2)).status == "requested"


def test_above_price__only_what_costs_more(owner: Viewer) -> None:
    instrument = make_bookable()
    set_values(instrument, approval=ApprovalMode.ABOVE_PRICE, approval_above_fen=48_000)
    assert booked(instrument, owner, slot("09:00", 2, day=1)).status == "confirmed"
    assert booked(instrument, owner, slot("11:00", 2.5, day=1)).status == "requested"


def test_book__backdated_by_staff__needs_nobody(instrument: Instrument, staff: Viewer) -> None:
    with later(hours=3):
        made = booked(instrument, staff, slot("09:00", 1))
    assert made.status == "confirmed"


def test_confirm_hold__approval_asked__the_hold_becomes_a_request(instrument: Instrument, owner: Viewer) -> None:
    held = hold_window(viewer=owner, instrument=instrument, window=TUESDAY, wanted=Wanted())
    assert held.status == "held"
    made = confirm_hold(viewer=owner, hold=held, window=TUESDAY, wanted=Wanted())
    made.refresh_from_db()
    assert (made.status, made.hold_expires_at) == ("requested", None)
    assert made.request_expires_at == TUESDAY.starts_at


def test_approve__booked_announced_and_in_the_history(
    instrument: Instrument, staff: Viewer, published: list[Event]
) -> None:
    made = booked(instrument, window=TUESDAY)
    published.clear()
    approve_reservation(viewer=staff, reservation=made)
    made.refresh_from_db()
    assert (made.status, made.request_expires_at, made.version) == ("confirmed", None, 2)
    assert published == [
        ReservationApproved(made.pk, instrument.pk, *_ends(TUESDAY)),
        CalendarChanged(instrument.pk, revision_of(instrument), *_ends(TUESDAY)),
    ]
    assert [entry.command for entry in history_of(made)] == ["book", "approve"]
    with later(days=3):
        expire_holds()
    assert status_of(made) == "confirmed"


def test_decline__free_again_with_its_reason(instrument: Instrument, staff: Viewer, published: list[Event]) -> None:
    made = booked(instrument, window=TUESDAY)
    published.clear()
    decline_reservation(viewer=staff, reservation=made, reason=" Wrong sample ")
    made.refresh_from_db()
    assert (made.status, made.ended_reason, claims_of(instrument)) == ("declined", "Wrong sample", [])
    assert [type(event) for event in published] == [ReservationDeclined, CalendarChanged]
    assert history_of(made)[1].reason == "Wrong sample"


def test_decline__without_a_reason__refused(instrument: Instrument, staff: Viewer) -> None:
    made = booked(instrument, window=TUESDAY)
    with pytest.raises(DeclineReasonRequired):
        decline_reservation(viewer=staff, reservation=made, reason="  ")
    assert status_of(made) == "requested"


def test_approve__own_request__only_by_an_administrator(instrument: Instrument, staff: Viewer) -> None:
    made = booked(instrument, staff, TUESDAY)
    with pytest.raises(OwnRequest):
        approve_reservation(viewer=staff, reservation=made)
    approve_reservation(viewer=manager_of(instrument.institution), reservation=made)
    admin = make_viewer(Role.ADMIN, institution=instrument.institution)
    own = booked(instrument, admin, slot("13:00", day=1))
    approve_reservation(viewer=admin, reservation=own)
    assert status_of(own) == "confirmed"


def test_approve__seen_version_is_old__refused(instrument: Instrument, owner: Viewer, staff: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    reschedule_reservation(viewer=owner, reservation=made, window=slot("13:00", day=1))
    with pytest.raises(Stale):
        approve_reservation(viewer=staff, reservation=made, expected_version=1)


@pytest.mark.parametrize("decide", ["approve", "decline"])
@pytest.mark.parametrize("ended", ["cancelled", "declined", "confirmed", "expired"])
def test_decide__no_request_any_more__refused_by_the_state(
    instrument: Instrument, owner: Viewer, staff: Viewer, decide: str, ended: str
) -> None:
    made = booked(instrument, owner, TUESDAY)
    if ended == "cancelled":
        cancel_reservation(viewer=owner, reservation=made)
    elif ended == "declined":
        decline_reservation(viewer=staff, reservation=made, reason="x")
    elif ended == "confirmed":
        approve_reservation(viewer=staff, reservation=made)
    command = approve_reservation if decide == "approve" else decline_reservation
    with later(days=2 if ended == "expired" else 0), pytest.raises(NotRequested):
        command(viewer=staff, reservation=made, reason="x")


def test_expire__undecided__free_again_by_the_sweep(instrument: Instrument, published: list[Event]) -> None:
    made = booked(instrument, window=TUESDAY)
    published.clear()
    with later(days=1, hours=1):
        assert expire_holds() == 1
        assert expire_holds() == 0
    assert (status_of(made), claims_of(instrument)) == ("expired", [])
    assert [type(event) for event in published] == [ReservationExpired, CalendarChanged]
    entry = history_of(made)[-1]
    assert (entry.command, entry.actor) == ("expire", None)


def test_expire__undecided__free_for_whoever_books_next(instrument: Instrument) -> None:
    set_values(instrument, approval_expires=60)
    first = booked(instrument, window=TUESDAY)
    with later(minutes=60):
        second = booked(instrument, window=TUESDAY)
    assert (status_of(first), status_of(second)) == ("expired", "requested")


def test_reschedule__booking_by_its_owner__asked_anew(
    instrument: Instrument, owner: Viewer, staff: Viewer, published: list[Event]
) -> None:
    made = booked(instrument, owner, TUESDAY)
    approve_reservation(viewer=staff, reservation=made)
    published.clear()
    moved = reschedule_reservation(viewer=owner, reservation=made, window=slot(day=2))
    assert (moved.status, moved.request_expires_at) == ("requested", clock.now() + timedelta(days=2))
    kinds = [type(event) for event in published]
    assert kinds == [ReservationRescheduled, ReservationRequested, CalendarChanged]


def test_reschedule__booking_by_staff__stays_booked(instrument: Instrument, owner: Viewer, staff: Viewer) -> None:
    made = booked(instrument, owner, TUESDAY)
    approve_reservation(viewer=staff, reservation=made)
    assert reschedule_reservation(viewer=staff, reservation=made, window=slot(day=2)).status == "confirmed"


def test_reschedule__request_to_where_none_is_needed__booked(owner: Viewer, published: list[Event]) -> None:
    instrument = open_instrument(bands=[ALL_DAY])
    set_values(instrument, approval=ApprovalMode.OUTSIDE_CORE_HOURS)
    made = booked(instrument, owner, slot("18:00", day=1))
    published.clear()
    moved = reschedule_reservation(viewer=owner, reservation=made, window=TUESDAY)
    assert (moved.status, moved.request_expires_at) == ("confirmed", None)
    assert ReservationBooked in [type(event) for event in published]
    again = reschedule_reservation(viewer=owner, reservation=moved, window=slot("18:00", day=1))
    assert again.status == "requested"
