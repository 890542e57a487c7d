"""Checking in and out on pages: from the booking, the run-sheet, and the code at the instrument."""

from datetime import timedelta

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.reservations.process_settings import CheckInMode
from instruments.catalogue.models import Instrument
from tests.factories.booking import booked, firm_user, open_instrument, operator_of, set_values, slot, status_of
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return open_instrument(access_modes=["self_operated"])


def test_booking__before_and_in_its_time__says_when_and_offers_the_button(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, client = booked(instrument, owner), browser_of(owner)
    page = f"/bookings/{reservation.pk}/"
    before = text_of(client.get(page))
    assert "Check in from" in before
    assert "check-in/" not in before
    clock.move_to(slot().starts_at)
    assert f'action="{page}check-in/"' in text_of(client.get(page))
    told = text_of(client.post(f"{page}check-in/", follow=True))
    assert "Checked in." in told
    assert f'action="{page}check-out/"' in told
    assert "You checked in." in told
    clock.shift(timedelta(minutes=30))
    assert "Checked out." in text_of(client.post(f"{page}check-out/", follow=True))
    assert status_of(reservation) == "completed"


def test_code__nobody_has_to_check_in__says_that_it_begins_by_itself(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    set_values(instrument, check_in_required=CheckInMode.NEVER)
    booked(instrument, owner)
    page = text_of(browser_of(owner).get(f"/instruments/{instrument.slug}/check-in/"))
    assert "Nobody has to check in: the use begins by itself" in page
    assert "Check in from" not in page


def test_booking__too_early__is_told_and_stays(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    told = browser_of(owner).post(f"/bookings/{reservation.pk}/check-in/", follow=True)
    assert "Check-in has not opened yet." in text_of(told)
    assert status_of(reservation) == "confirmed"


@pytest.mark.parametrize("action", ["check-in", "check-out", "extend", "no-show"])
def test_actions__of_others__not_found_and_anonymous_signs_in(instrument: Instrument, action: str) -> None:
    address = f"/bookings/{booked(instrument).pk}/{action}/"
    assert browser_of(firm_user()).post(address).status_code == 404
    assert browser_of().post(address)["Location"].startswith("/sign-in/")
    if action.startswith("check"):
        assert browser_of(firm_user()).get(address).status_code == 405


def test_desk__somebody_is_due__checked_in_from_the_run_sheet(
    instrument: Instrument, clock: time_machine.Traveller
) -> None:
    reservation, client = booked(instrument), browser_of(operator_of(instrument.institution))
    clock.move_to(slot().starts_at + timedelta(minutes=5))
    page = text_of(client.get("/desk/"))
    assert f'action="/bookings/{reservation.pk}/check-in/"' in page
    assert f'href="/bookings/{reservation.pk}/no-show/"' in page
    back = f"/desk/?institution={instrument.institution_id}&day=2035-03-05"
    answer = client.post(f"/bookings/{reservation.pk}/check-in/", {"next": back})
    assert (answer["Location"], status_of(reservation)) == (back, "in_use")
    assert f'id="check-out-{reservation.pk}"' in text_of(client.get(f"/desk/sheets/{instrument.pk}/"))


def test_check_in__next_elsewhere__leads_to_the_booking(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    answer = browser_of(owner).post(f"/bookings/{reservation.pk}/check-in/", {"next": "//evil.example/"})
    assert answer["Location"] == f"/bookings/{reservation.pk}/"


def test_no_show__by_staff__needs_a_reason(instrument: Instrument, clock: time_machine.Traveller) -> None:
    reservation, client = booked(instrument), browser_of(operator_of(instrument.institution))
    address = f"/bookings/{reservation.pk}/no-show/"
    assert "This can't be noted now" in text_of(client.get(address))
    clock.move_to(slot().starts_at)
    assert client.post(address, {"version": 1, "reason": ""}).status_code == 422
    told = text_of(client.post(address, {"version": 1, "reason": "Phoned"}, follow=True))
    assert "You noted that nobody came" in told
    assert status_of(reservation) == "no_show"


def test_no_show__by_the_owner__forbidden(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    assert browser_of(owner).get(f"/bookings/{booked(instrument, owner).pk}/no-show/").status_code == 403


def test_extend__free_taken_and_past__as_it_is(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, client = booked(instrument, owner), browser_of(owner)
    booked(instrument, window=slot("12:00", 1))
    address = f"/bookings/{reservation.pk}/extend/"
    clock.move_to(slot().starts_at)
    client.post(f"/bookings/{reservation.pk}/check-in/")
    wanted = {"end_date": "2035-03-05", "version": 2}
    assert client.post(address, {**wanted, "end_time": "12:30"}).status_code == 409
    assert client.post(address, {**wanted, "end_time": "08:30"}).status_code == 422
    told = text_of(client.post(address, {**wanted, "end_time": "12:00"}, follow=True))
    assert "The new end holds." in told
    assert "You extended it to" in told


def test_code_at_the_instrument__leads_to_ones_booking(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, address = booked(instrument, owner), f"/instruments/{instrument.slug}/check-in/"
    clock.move_to(slot().starts_at - timedelta(minutes=10))
    assert browser_of().get(address)["Location"] == f"/sign-in/?next={address}"
    assert "You have no booking here today." in text_of(browser_of(firm_user()).get(address))
    client = browser_of(owner)
    assert f'action="/bookings/{reservation.pk}/check-in/"' in text_of(client.get(address))
    answer = client.post(f"/bookings/{reservation.pk}/check-in/", {"next": address})
    assert answer["Location"] == address
    assert f'action="/bookings/{reservation.pk}/check-out/"' in text_of(client.get(address))
