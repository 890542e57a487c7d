"""One's bookings: the list, one of them, cancelling and moving it."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import Reservation, Status
from tests.factories.accounts import make_enterprise
from tests.factories.booking import booked, firm_user, make_bookable, operator_of, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NEW = {"start_date": "2035-03-07", "start_time": "13:00", "end_date": "2035-03-07", "end_time": "14:00"}


def page_of(reservation: Reservation, name: str = "") -> str:
    return f"/bookings/{reservation.pk}/{name}"


def moved(client: Client, reservation: Reservation, form: dict[str, str]) -> Any:
    """Check, then confirm."""
    checked = re.search(
        r'name="checked" value="([^"]+)"', client.post(page_of(reservation, "move/"), form).content.decode()
    )
    assert checked
    return client.post(page_of(reservation, "move/"), {**form, "checked": checked[1], "confirm": "yes"})


def test_bookings__coming_and_past__each_in_its_list() -> None:
    viewer, instrument = firm_user(), make_bookable()
    booked(instrument, viewer, slot(day=1), purpose="Tomorrow's test")
    gone = booked(instrument, viewer, slot(day=2), purpose="Given up")
    client = browser_of(viewer)
    client.post(page_of(gone, "cancel/"), {"version": gone.version})
    page = text_of(client.get("/bookings/"))
    assert (
        page.index("Coming up")
        < page.index("Tomorrow&#x27;s test")
        < page.index('id="past"')
        < page.index("Given up")
    )


def test_bookings__none__say_what_to_do() -> None:
    page = text_of(browser_of(firm_user()).get("/bookings/"))
    assert "You have no bookings ahead." in page


def test_bookings__of_others__are_not_there() -> None:
    booked(make_bookable(), purpose="Somebody else's")
    assert "Somebody else" not in text_of(browser_of(firm_user()).get("/bookings/"))


def test_booking__history__reads_like_sentences() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer, slot(day=1))
    reservation = reschedule_reservation(viewer=viewer, reservation=reservation, window=slot("13:00", day=1))
    client = browser_of(viewer)
    client.post(page_of(reservation, "cancel/"), {"version": reservation.version, "reason": "Sample broke"})
    page = text_of(client.get(page_of(reservation)))
    assert re.search(r"You booked Tue,? 6 Mar 09:00–11:00\.", page)
    assert re.search(r"You moved it from Tue,? 6 Mar 09:00–11:00 to Tue,? 6 Mar 13:00–15:00\.", page)
    assert "You cancelled it." in page
    assert "Reason: Sample broke" in page


def test_booking__history__names_others_to_staff() -> None:
    viewer, instrument = firm_user(), make_bookable()
    reservation = booked(instrument, viewer)
    page = text_of(browser_of(operator_of(instrument.institution)).get(page_of(reservation)))
    assert f"{viewer.name} booked" in page


@pytest.mark.parametrize("name", ["", "cancel/", "move/"])
def test_booking__somebody_elses__is_not_found(name: str) -> None:
    reservation = booked(make_bookable())
    assert browser_of(firm_user()).get(page_of(reservation, name)).status_code == 404
    assert browser_of(operator_of(make_bookable().institution)).get(page_of(reservation, name)).status_code == 404


@pytest.mark.parametrize("address", ["/bookings/", "/bookings/1/", "/bookings/1/cancel/", "/bookings/1/move/"])
def test_bookings__anonymous__signs_in_first(address: str) -> None:
    assert browser_of().get(address)["Location"] == f"/sign-in/?next={address}"


@pytest.mark.parametrize(
    ("address", "method"), [("/bookings/", "post"), ("/bookings/1/", "post"), ("/bookings/1/move/", "put")]
)
def test_bookings__wrong_method__is_refused(address: str, method: str) -> None:
    assert getattr(browser_of(firm_user()), method)(address).status_code == 405


def test_booking__of_ones_firm__can_be_seen_but_not_changed() -> None:
    firm = make_enterprise()
    reservation = booked(make_bookable(), firm_user(firm), account_id=firm.pk)
    colleague = browser_of(firm_user(firm))
    page = text_of(colleague.get(page_of(reservation)))
    assert page_of(reservation, "cancel/") not in page
    assert colleague.get(page_of(reservation, "cancel/")).status_code == 403


def test_cancel__shows_what_it_costs_before_anything_happens() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer)
    page = text_of(browser_of(viewer).get(page_of(reservation, "cancel/")))
    assert "Cancelling costs nothing." in page
    assert "The ¥480.00 of this booking will not be charged." in page
    reservation.refresh_from_db()
    assert reservation.status == Status.CONFIRMED


def test_cancel__somebody_elses__needs_a_reason() -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    client = browser_of(operator_of(instrument.institution))
    refused = client.post(page_of(reservation, "cancel/"), {"version": "1"})
    assert refused.status_code == 422
    assert "This field is required." in text_of(refused)
    client.post(page_of(reservation, "cancel/"), {"version": "1", "reason": "Lamp failed"})
    reservation.refresh_from_db()
    assert (reservation.status, reservation.ended_reason) == (Status.CANCELLED, "Lamp failed")


def test_cancel__changed_meanwhile__is_said_and_nothing_happens() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer, slot(day=1))
    reschedule_reservation(viewer=viewer, reservation=reservation, window=slot("13:00", day=1))
    response = browser_of(viewer).post(page_of(reservation, "cancel/"), {"version": "1"}, follow=True)
    assert "changed meanwhile" in text_of(response)
    reservation.refresh_from_db()
    assert reservation.status == Status.CONFIRMED


def test_cancel__twice__says_that_it_is_over() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer)
    client = browser_of(viewer)
    for _n in range(2):
        response = client.post(page_of(reservation, "cancel/"), {"version": "1"}, follow=True)
    assert "can't be changed any more" in text_of(response)


def test_move__verdict_then_confirmation() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer, slot(day=1))
    response = moved(browser_of(viewer), reservation, {**NEW, "version": "1"})
    assert response["Location"] == page_of(reservation)
    reservation.refresh_from_db()
    assert (reservation.during.lower, reservation.total_fen) == (slot("13:00", day=2).starts_at, 24_000)


def test_move__its_own_time__does_not_stand_in_the_way() -> None:
    viewer = firm_user()
    reservation = booked(make_bookable(), viewer, slot(day=1))
    half = {"start_date": "2035-03-06", "start_time": "09:30", "end_date": "2035-03-06", "end_time": "11:30"}
    page = text_of(browser_of(viewer).post(page_of(reservation, "move/"), {**half, "version": "1"}))
    assert "This time can be booked." in page


def test_move__shorter_inside_the_deadline__says_first_what_it_costs() -> None:
    viewer, instrument = firm_user(), make_bookable()
    set_values(instrument, late_cancel_fee_percent=50, cancellation_deadline=60 * 24)
    reservation = booked(instrument, viewer, slot("13:00"))
    half = {"start_date": "2035-03-05", "start_time": "13:00", "end_date": "2035-03-05", "end_time": "14:00"}
    with time_machine.travel(slot("09:00").starts_at, tick=False):
        page = text_of(browser_of(viewer).post(page_of(reservation, "move/"), {**half, "version": "1"}))
    assert "What you give back now is given back late: ¥120.00." in page


def test_move__onto_somebody_else__names_it_and_offers_more() -> None:
    viewer, instrument = firm_user(), make_bookable()
    reservation = booked(instrument, viewer, slot(day=1))
    booked(instrument, window=slot("13:00", 1, day=2))
    page = text_of(browser_of(viewer).post(page_of(reservation, "move/"), {**NEW, "version": "1"}))
    assert "already taken" in page
    assert 'name="instead"' in page


@pytest.mark.parametrize("count", [1, 6])
def test_bookings__queries__do_not_grow(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    viewer, instrument = firm_user(), make_bookable()
    for day in range(count):
        booked(instrument, viewer, slot(day=day % 5 + 1 if day < 4 else day + 3))
    client = browser_of(viewer)
    client.get("/bookings/")
    with django_assert_num_queries(6):
        client.get("/bookings/")
    with django_assert_num_queries(10):
        client.get(page_of(Reservation.objects.latest("pk")))
