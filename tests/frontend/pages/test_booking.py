"""Booking with nothing but forms: check, see the verdict, confirm."""

import re
from typing import Any

import pytest
from django.test import Client

from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise
from tests.factories.booking import booked, firm_user, make_bookable, open_instrument, slot
from tests.factories.instruments import make_instrument
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def typed(start: str = "09:00", end: str = "11:00", day: str = "2035-03-06", **more: str) -> dict[str, str]:
    """What a person puts into the form."""
    window = {"start_date": day, "start_time": start, "end_date": day, "end_time": end}
    return {**window, "purpose": "Fibre length", "account": "0", **more}


def send(client: Client, instrument: Instrument, form: dict[str, str]) -> Any:
    return client.post(f"/instruments/{instrument.slug}/book/", form)


def confirmed(client: Client, instrument: Instrument, form: dict[str, str]) -> Any:
    """Check, then press the button that the answer offers."""
    checked = re.search(r'name="checked" value="([^"]+)"', send(client, instrument, form).content.decode())
    assert checked
    return send(client, instrument, {**form, "checked": checked[1], "confirm": "yes"})


def test_check__free_time__shows_the_price_and_books_nothing() -> None:
    instrument = make_bookable()
    response = send(browser_of(firm_user()), instrument, typed())
    assert response.status_code == 200
    page = text_of(response)
    assert "This time can be booked." in page
    assert "2 h at ¥240.00" in page
    assert "Book for ¥480.00" in page
    assert not Reservation.objects.exists()


def test_confirm__books_what_was_shown_and_says_how_to_undo() -> None:
    instrument, firm = make_bookable(), make_enterprise()
    viewer = firm_user(firm)
    client = browser_of(viewer)
    response = confirmed(client, instrument, typed(account=str(firm.pk)))
    reservation = Reservation.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/bookings/{reservation.pk}/"
    assert (reservation.user_id, reservation.account_id) == (viewer.user_id, firm.pk)
    assert (reservation.purpose, reservation.total_fen) == ("Fibre length", 48_000)
    assert f'<a href="/bookings/{reservation.pk}/cancel/">' in text_of(client.get(response["Location"]))


def test_check__broken_rules__all_of_them_with_a_way_out() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot("09:00", 2, day=1))
    response = send(browser_of(firm_user()), instrument, typed("09:10", "10:55"))
    page = text_of(response)
    assert "This time can't be booked" in page
    assert "already taken" in page
    assert "multiples of 30 minutes" in page
    assert 'name="instead" value="2035-03-06T11:00/2035-03-06T13:00"' in page
    assert 'name="confirm"' not in page


def test_instead__takes_the_offered_window_and_keeps_the_rest() -> None:
    instrument = make_bookable()
    form = typed("09:10", "10:55", instead="2035-03-06T11:00/2035-03-06T13:00")
    page = text_of(send(browser_of(firm_user()), instrument, form))
    assert "This time can be booked." in page
    assert 'name="start_time" value="11:00"' in page
    assert 'value="Fibre length"' in page


def test_confirm__for_another_window_than_was_shown__only_checks() -> None:
    instrument = make_bookable()
    client = browser_of(firm_user())
    page = send(client, instrument, typed()).content.decode()
    checked = re.search(r'name="checked" value="([^"]+)"', page)
    assert checked
    answer = send(client, instrument, typed(end="16:00", checked=checked[1], confirm="yes"))
    assert "Book for ¥1,680.00" in text_of(answer)
    assert not Reservation.objects.exists()


def test_confirm__lost_to_somebody_else__says_so_and_offers_more() -> None:
    instrument = make_bookable()
    client = browser_of(firm_user())
    page = send(client, instrument, typed()).content.decode()
    checked = re.search(r'name="checked" value="([^"]+)"', page)
    assert checked
    booked(instrument, window=slot("10:00", 1, day=1))
    response = send(client, instrument, typed(checked=checked[1], confirm="yes"))
    assert response.status_code == 409
    assert "no longer free" in text_of(response)
    assert 'value="Fibre length"' in text_of(response)


def test_confirm__twice__leads_to_the_one_booking() -> None:
    instrument = make_bookable()
    client = browser_of(firm_user())
    first = confirmed(client, instrument, typed())
    starts, ends = "2035-03-06T01:00:00+00:00", "2035-03-06T03:00:00+00:00"
    again = send(client, instrument, typed(checked=f"{starts}|{ends}|None|0", confirm="yes"))
    assert again["Location"] == first["Location"]
    assert Reservation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"end_time": "08:00"}, "The end must be after the start."),
        ({"end_date": "2037-03-06"}, "400 days at most"),
        ({"start_date": "soon"}, "Enter a valid date."),
        ({"start_time": ""}, "This field is required."),
        ({"account": "999999"}, "Select a valid choice."),
        ({"purpose": "x" * 300}, "at most 200 characters"),
        ({"end_date": "9999-12-31"}, "between the years 1900 and 2199"),
    ],
)
def test_check__input_that_makes_no_sense__is_said_beside_its_field(change: dict[str, str], words: str) -> None:
    response = send(browser_of(firm_user()), make_bookable(), typed(**change))
    assert response.status_code == 422
    assert words in text_of(response)
    assert 'value="Fibre length"' in text_of(response) or "purpose" in change


def test_check__places__multiply_the_price() -> None:
    page = text_of(send(browser_of(firm_user()), open_instrument(places=2), typed(places="2")))
    assert "Book for ¥960.00" in page


def test_check__somebody_elses_firm__is_no_choice() -> None:
    other = make_enterprise()
    response = send(browser_of(firm_user()), make_bookable(), typed(account=str(other.pk)))
    assert response.status_code == 422


def test_check__anonymous__signs_in_and_comes_back_with_the_choice() -> None:
    instrument = make_bookable()
    response = send(browser_of(), instrument, typed())
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=/instruments/")
    assert "start%3D2035-03-06T09%253A00" in response["Location"]


def test_check__draft_of_others__is_not_found() -> None:
    assert send(browser_of(firm_user()), make_instrument(status="draft"), typed()).status_code == 404


def test_book__read_again__leads_back_to_the_instrument() -> None:
    instrument = make_bookable()
    client = browser_of(firm_user())
    assert client.get(f"/instruments/{instrument.slug}/book/")["Location"] == f"/instruments/{instrument.slug}/"
    assert client.put(f"/instruments/{instrument.slug}/book/").status_code == 405
