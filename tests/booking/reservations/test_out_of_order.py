"""The clock on an instrument that is out of order: nobody is a no-show there, or taken to be there."""

from datetime import timedelta

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.calendars.events import CalendarChanged
from booking.conduct.selectors import credit_of
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.events import ReservationCancelled
from booking.reservations.models import EndedBy
from booking.reservations.selectors.history import history_of
from booking.reservations.tasks import advance_reservations as task
from core.events import Event
from instruments.catalogue.models import Instrument
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.models import Fault, Severity
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, claims_of, open_instrument, revision_of, slot, status_of
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return open_instrument(access_modes=["self_operated"])


def runs(clock: time_machine.Traveller, since: str, until: str) -> None:
    """The job runs each minute in [since, until] of the Monday."""
    at, last = slot(since).starts_at, slot(until).starts_at
    while at <= last:
        clock.move_to(at)
        task(timestamp=0)
        at += MINUTE


def broken(instrument: Instrument, clock: time_machine.Traveller, at: str) -> Fault:
    """Reported at this time, and followed."""
    clock.move_to(slot(at).starts_at)
    staff = manager_of(instrument.institution)
    fault = report_fault(viewer=staff, instrument=instrument, what="No vacuum", severity=Severity.SUSPENDED)
    run_jobs("reservations.follow_faults")
    return fault


def mended(fault: Fault, clock: time_machine.Traveller, at: str) -> None:
    clock.move_to(slot(at).starts_at)
    resolve_fault(viewer=manager_of(fault.instrument.institution), fault=fault, resolution="New pump")
    run_jobs("reservations.follow_faults")


def test_no_show__instrument_out_of_order__called_off_once_and_credit_stays(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation, window = booked(instrument, owner), slot()
    broken(instrument, clock, "08:30")
    runs(clock, "09:00", "09:29")
    assert status_of(reservation) == "confirmed"
    published.clear()
    runs(clock, "09:30", "09:32")
    assert (status_of(reservation), reservation.ended_reason) == ("cancelled", EndedBy.OUT_OF_ORDER)
    assert published == [
        ReservationCancelled(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), window.starts_at, window.ends_at),
    ]
    run_jobs("reservations.judge")
    assert (claims_of(instrument), reservation.fee_fen, credit_of(owner.person_id)) == ([], 0, 100)
    assert (history_of(reservation)[-1].command, history_of(reservation)[-1].actor) == ("call_off", None)


@pytest.mark.parametrize(("reported", "resolved", "reached"), [
    ("08:30", "09:10", "cancelled"),  # nobody could know when to come
    ("08:30", "08:55", "no_show"),
    ("09:35", "10:00", "no_show"),  # the limit was over before
])  # fmt: skip
def test_no_show__fault_at_another_time_than_now__counts_where_it_was_before_the_limit(
    instrument: Instrument, clock: time_machine.Traveller, reported: str, resolved: str, reached: str
) -> None:
    reservation = booked(instrument)
    mended(broken(instrument, clock, reported), clock, resolved)
    clock.move_to(slot("10:30").starts_at)  # the job is late
    assert (release_no_shows(), status_of(reservation)) == (1, reached)


def test_assumed_use__instrument_out_of_order__not_begun_and_called_off_at_its_end(
    clock: time_machine.Traveller,
) -> None:
    instrument = open_instrument(access_modes=["sample_submission"])
    reservation, after = booked(instrument), booked(instrument, window=slot("11:00", 2))
    fault = broken(instrument, clock, "08:59")
    runs(clock, "09:00", "09:02")
    assert status_of(reservation) == "confirmed"
    runs(clock, "10:59", "11:01")
    assert (status_of(reservation), status_of(after)) == ("cancelled", "confirmed")
    mended(fault, clock, "11:30")
    runs(clock, "11:30", "11:31")
    assert (status_of(reservation), status_of(after)) == ("cancelled", "in_use")


def test_suspension__later_than_a_booking_nobody_ended__does_not_call_it_off(
    instrument: Instrument, clock: time_machine.Traveller
) -> None:
    lab = open_instrument(access_modes=["sample_submission"])
    assumed, awaited = booked(lab), booked(instrument)
    broken(lab, clock, "12:00")
    broken(instrument, clock, "12:00")
    Instrument.pgh_event_model.objects.filter(status="suspended").update(  # type: ignore[attr-defined]
        pgh_created_at=slot("12:00").starts_at
    )
    runs(clock, "12:01", "12:02")
    assert (status_of(assumed), status_of(awaited)) == ("completed", "no_show")
