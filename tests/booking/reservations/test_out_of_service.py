"""Whoever has booked an instrument that is out of service is told so, and gives the time back for nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.models import Reservation
from booking.reservations.selectors.cancelling import cancellation_of
from core import clock
from instruments.catalogue.models import Instrument
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.models import Fault, Severity
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, booked, charging_when_late, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    return charging_when_late()


@pytest.fixture
def reservation(instrument: Instrument, owner: Viewer) -> Reservation:
    return booked(instrument, owner, slot(day=1))


def broken(instrument: Instrument, *, back_in_days: int | None = None) -> Fault:
    back_on = None if back_in_days is None else clock.now().date() + timedelta(days=back_in_days)
    staff, suspends = manager_of(instrument.institution), Severity.SUSPENDED
    fault = report_fault(
        viewer=staff, instrument=instrument, what="Pump leaks", severity=suspends, expected_return_on=back_on
    )
    run_jobs("reservations.follow_faults")
    return fault


def out_of_service(reservation: Reservation, owner: Viewer) -> Any:
    return Api(owner).get(f"reservations/{reservation.pk}").json()["out_of_service"]


def test_booking__instrument_breaks__its_person_reads_why_and_until_when(
    instrument: Instrument, reservation: Reservation, owner: Viewer
) -> None:
    assert out_of_service(reservation, owner) is None
    broken(instrument, back_in_days=3)
    back_on = (clock.now().date() + timedelta(days=3)).isoformat()
    assert out_of_service(reservation, owner) == {"reason": "Pump leaks", "expected_return_on": back_on}


def test_booking__after_the_expected_return__nothing_keeps_it(
    instrument: Instrument, reservation: Reservation, owner: Viewer
) -> None:
    broken(instrument, back_in_days=1)
    assert out_of_service(reservation, owner) is None


def test_booking__instrument_mended__nothing_keeps_it(
    instrument: Instrument, reservation: Reservation, owner: Viewer
) -> None:
    fault = broken(instrument)
    resolve_fault(viewer=manager_of(instrument.institution), fault=fault)
    run_jobs("reservations.follow_faults")
    assert out_of_service(reservation, owner) is None


def test_late_cancelling__instrument_out_of_service__costs_nothing(
    instrument: Instrument, reservation: Reservation, owner: Viewer
) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert cancellation_of(owner, reservation).fee_fen > 0
        broken(instrument)
        given_up = Reservation.objects.get(pk=reservation.pk)
        cancel_reservation(viewer=owner, reservation=given_up, expected_version=given_up.version)
    given_up.refresh_from_db()
    assert (given_up.status, given_up.fee_fen, given_up.late_during) == ("cancelled", 0, None)


def test_pages__instrument_out_of_service__the_list_and_the_booking_say_so(
    instrument: Instrument, reservation: Reservation, owner: Viewer
) -> None:
    broken(instrument)
    browser = browser_of(owner)
    listed = text_of(browser.get("/bookings/"))
    sheet = text_of(browser.get(f"/bookings/{reservation.pk}/"))
    assert "The instrument is out of service." in listed
    assert "Pump leaks" in sheet
    assert "cancelling costs nothing" in sheet
