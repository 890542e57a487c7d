"""The waiting list on pages: join from a refusal, see one's place, accept, give back, leave; the desk's list."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.models import Reservation, WaitlistEntry
from instruments.catalogue.models import Instrument
from tests.booking.reservations.waiting import again, run_offers, waiting
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, firm_user, make_bookable, operator_of, slot
from tests.factories.intake import SELF, SUBMITTED, ask, question
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

FORM = {"start_date": "2035-03-05", "start_time": "09:00", "end_date": "2035-03-05", "end_time": "11:00"}


@pytest.fixture
def taken() -> Reservation:
    """Somebody has 9 to 17."""
    return booked(make_bookable(), firm_user(), slot("09:00", 8))


def wait_page(instrument: Instrument) -> str:
    return f"/instruments/{instrument.slug}/wait/"


def offered(viewer: Any, taken: Reservation) -> WaitlistEntry:
    entry = waiting(viewer, taken.instrument)
    cancel_reservation(viewer=manager_of(taken.instrument.institution), reservation=taken, reason="x")
    run_offers()
    return again(entry)


def test_book__taken__offers_to_wait_and_one_press_does(taken: Reservation) -> None:
    client, form = browser_of(firm_user()), FORM | {"account": "0"}
    refused = text_of(client.post(f"/instruments/{taken.instrument.slug}/book/", form))
    assert f'formaction="{wait_page(taken.instrument)}"' in refused
    joined = client.post(wait_page(taken.instrument), form, follow=True)
    assert "You are asked first." in text_of(joined)
    assert WaitlistEntry.objects.get().minutes == 120


@pytest.mark.parametrize("end", ["18:00", "09:10"])
def test_book__other_rules_broken_too__nothing_to_wait_for(taken: Reservation, end: str) -> None:
    form = FORM | {"account": "0", "end_time": end}
    refused = text_of(browser_of(firm_user()).post(f"/instruments/{taken.instrument.slug}/book/", form))
    assert f'formaction="{wait_page(taken.instrument)}' not in refused


def test_wait__any_two_hours__joined_and_listed(taken: Reservation) -> None:
    form = FORM | {"account": "0", "end_time": "17:00", "hours": "2"}
    page = text_of(browser_of(firm_user()).post(wait_page(taken.instrument), form, follow=True))
    assert "2 hours within" in page
    assert WaitlistEntry.objects.get().minutes == 120


def test_wait__bookable_now__told_with_a_link_to_book(taken: Reservation) -> None:
    form = FORM | {"account": "0", "start_date": "2035-03-06", "end_date": "2035-03-06"}
    answer = browser_of(firm_user()).post(wait_page(taken.instrument), form)
    assert answer.status_code == 409
    assert "?start=2035-03-06T09:00&amp;end=2035-03-06T11:00#book" in text_of(answer)


def test_wait__bad_input_wrong_method_anonymous__each_its_answer(taken: Reservation) -> None:
    address, client = wait_page(taken.instrument), browser_of(firm_user())
    assert client.get(address).status_code == 200
    assert client.post(address, FORM | {"account": "0", "hours": "-1"}).status_code == 422
    assert client.post(address, FORM | {"account": "0", "hours": "9"}).status_code == 422
    assert client.delete(address).status_code == 405
    assert Client().get(address).status_code == 302
    assert client.get("/waitlist/1/accept/").status_code == 405


def test_bookings__offer__accepted_and_booked(taken: Reservation) -> None:
    viewer = firm_user()
    entry, client = offered(viewer, taken), browser_of(viewer)
    page = text_of(client.get("/bookings/"))
    assert "Kept for you until" in page
    assert "1 hour left" in page
    booking = client.post(f"/waitlist/{entry.pk}/accept/", follow=True)
    assert "Booked." in text_of(booking)
    assert "was offered from the waiting list" in text_of(booking)
    assert "no longer open" in text_of(client.post(f"/waitlist/{entry.pk}/accept/", follow=True))


def test_bookings__offer_where_something_is_asked__answered_before_it_is_booked(taken: Reservation) -> None:
    viewer = firm_user()
    entry, client = offered(viewer, taken), browser_of(viewer)
    ask(taken.instrument, question(required_for=(SELF,)))
    place = f"/waitlist/{entry.pk}/accept/"
    shown = client.post(place)
    assert shown.status_code == 200
    assert "Question material" in text_of(shown)
    missing = client.post(place, {"confirm": "yes", "q-material": " "})
    assert missing.status_code == 422
    assert "Answer this question." in text_of(missing)
    assert again(entry).status == "offered"
    given = {"confirm": "yes", "q-material": "TiO2", "purpose": "Run"}
    assert "Booked." in text_of(client.post(place, given, follow=True))
    booking = Reservation.objects.get(offered_to=entry)
    assert (booking.answers, booking.purpose, again(entry).status) == ({"material": "TiO2"}, "Run", "taken")


def test_wait__several_ways_of_use__asks_which(taken: Reservation) -> None:
    viewer, address = firm_user(), wait_page(taken.instrument)
    assert 'name="access_mode"' not in text_of(browser_of(viewer).get(address))
    Instrument.objects.filter(pk=taken.instrument_id).update(access_modes=[SELF, SUBMITTED])
    assert 'name="access_mode"' in text_of(browser_of(viewer).get(address))
    wanted = FORM | {"account": "0", "access_mode": SUBMITTED}
    assert browser_of(viewer).post(address, wanted).status_code == 302
    assert WaitlistEntry.objects.get().access_mode == SUBMITTED


@pytest.mark.parametrize("answer", ["decline", "leave"])
def test_bookings__offer__given_back(taken: Reservation, answer: str) -> None:
    viewer = firm_user()
    entry = offered(viewer, taken)
    page = browser_of(viewer).post(f"/waitlist/{entry.pk}/{answer}/", follow=True)
    assert again(entry).status == "withdrawn"
    assert "Kept for you" not in text_of(page)


def test_answer__of_another_person__not_found(taken: Reservation) -> None:
    entry = offered(firm_user(), taken)
    assert browser_of(firm_user()).post(f"/waitlist/{entry.pk}/accept/").status_code == 404


def test_bookings__many_entries__same_queries(
    taken: Reservation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    viewer = firm_user()
    client = browser_of(viewer)
    for number in (1, 3):
        for _ in range(number):
            count = WaitlistEntry.objects.count()
            waiting(viewer, taken.instrument, slot("09:00", 8), hours=(count + 1) / 2)
        with django_assert_num_queries(6):
            client.get("/bookings/")


def test_desk__who_waits__in_order_and_taken_off(taken: Reservation) -> None:
    first, second = (waiting(firm_user(), taken.instrument) for _ in range(2))
    client = browser_of(operator_of(taken.instrument.institution))
    address = f"/desk/instruments/{taken.instrument_id}/waitlist/"
    page = text_of(client.get(address))
    assert page.index(str(first.user)) < page.index(str(second.user))
    assert "Taken off the waiting list." in text_of(client.post(f"{address}{first.pk}/remove/", follow=True))
    assert again(first).status == "withdrawn"
    assert browser_of(firm_user()).get(address).status_code in (403, 404)


def test_desk__nobody_waits__says_so(taken: Reservation) -> None:
    client = browser_of(operator_of(taken.instrument.institution))
    assert "Nobody waits" in text_of(client.get(f"/desk/instruments/{taken.instrument_id}/waitlist/"))
