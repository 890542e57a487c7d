"""Repeating a booking and cancelling several of a series, with nothing but forms."""

import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.viewers import Viewer
from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.book_series import book_series
from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, firm_user, make_bookable, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of
from tests.frontend.pages.test_booking import typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def client(viewer: Viewer) -> Client:
    return browser_of(viewer)


def repeated(**more: Any) -> dict[str, Any]:
    return {**typed(), "every": "week", "interval": "1", "count": "3", "until": "", "ordinal": "", **more}


def send(client: Client, instrument: Instrument, form: dict[str, Any]) -> Any:
    return client.post(f"/instruments/{instrument.slug}/repeat/", form)


def checked(response: Any) -> str:
    found = re.search(r'name="checked" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def series_of(instrument: Instrument, viewer: Viewer) -> list[Reservation]:
    book_series(
        viewer=viewer,
        instrument=instrument,
        window=slot(day=1),
        repeat=Repeat(Every.WEEK, count=4),
        wanted=Wanted(),
    )
    return list(Reservation.objects.order_by("original_start"))


def test_repeat__from_the_booking_form__asks_how_and_keeps_what_was_typed(
    client: Client, instrument: Instrument
) -> None:
    response = send(client, instrument, typed("13:00", "14:00"))
    assert response.status_code == 200
    page = text_of(response)
    assert 'name="start_time" value="13:00"' in page
    assert 'value="Fibre length"' in page
    assert 'name="confirm"' not in page
    assert f'formaction="/instruments/{instrument.slug}/repeat/"' in text_of(
        client.get(f"/instruments/{instrument.slug}/")
    )


def test_plan__all_free__lists_them_with_the_sum_and_books_nothing(client: Client, instrument: Instrument) -> None:
    page = text_of(send(client, instrument, repeated()))
    assert "every week on Tuesday, until Tuesday, " not in page
    assert page.count("¥480.00") == 3
    assert "Book all 3 for ¥1,440.00" in page
    assert not Reservation.objects.exists()


def test_plan__one_refused__its_reason_and_only_the_rest_to_book(client: Client, instrument: Instrument) -> None:
    booked(instrument, window=slot("09:00", 1, day=8))
    page = text_of(send(client, instrument, repeated()))
    assert "already taken" in page
    assert "Book all but the refused: 2, for ¥960.00" in page
    assert 'value="all"' not in page


def test_plan__nothing_left__offers_no_button(client: Client, instrument: Instrument) -> None:
    page = text_of(send(client, instrument, repeated(start_time="20:00", end_time="21:00")))
    assert 'name="confirm"' not in page


@pytest.mark.parametrize(("taken", "button", "made"), [(False, "all", 3), (True, "rest", 2)])
def test_confirm__books_what_was_shown_and_leads_to_it(
    client: Client, instrument: Instrument, viewer: Viewer, taken: bool, button: str, made: int
) -> None:
    if taken:
        booked(instrument, window=slot("09:00", 1, day=8))
    signature = checked(send(client, instrument, repeated()))
    response = send(client, instrument, repeated(checked=signature, confirm=button))
    mine = Reservation.objects.filter(user_id=viewer.person_id).order_by("original_start")
    assert (response.status_code, mine.count()) == (302, made)
    page = text_of(client.get(response["Location"]))
    assert f"Booked {made} times." in page
    assert "every week on Tuesday, until" in page


def test_confirm__of_another_plan_than_was_shown__only_plans(client: Client, instrument: Instrument) -> None:
    signature = checked(send(client, instrument, repeated()))
    response = send(client, instrument, repeated(checked=signature, confirm="all", count="4"))
    assert "Book all 4" in text_of(response)
    assert not Reservation.objects.exists()


def test_confirm__lost_to_somebody_else__shows_the_new_plan(client: Client, instrument: Instrument) -> None:
    signature = checked(send(client, instrument, repeated()))
    booked(instrument, window=slot("09:00", 1, day=8))
    response = send(client, instrument, repeated(checked=signature, confirm="all"))
    assert response.status_code == 409
    assert "Book all but the refused: 2" in text_of(response)
    assert Reservation.objects.count() == 1


def test_confirm__twice__leads_to_the_one_series(client: Client, instrument: Instrument) -> None:
    form = repeated(checked=checked(send(client, instrument, repeated())), confirm="all")
    first, second = send(client, instrument, form), send(client, instrument, form)
    assert first["Location"] == second["Location"]
    assert Reservation.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": ""}, "Say either how many times or until when."),
        ({"until": "2035-03-20"}, "Say either how many times or until when."),
        ({"count": "", "until": "2035-03-01"}, "There is no such day before the end."),
        ({"count": "", "until": "2040-03-01"}, "A series ends within two years."),
        ({"count": "1000"}, "less than or equal to 366"),
        ({"every": "never"}, "Select a valid choice."),
        ({"weekdays": ["XX"]}, "Select a valid choice."),
        ({"end_time": "08:00"}, "The end must be after the start."),
    ],
)
def test_plan__input_that_makes_no_sense__is_said(
    client: Client, instrument: Instrument, change: dict[str, Any], words: str
) -> None:
    response = send(client, instrument, repeated(**change))
    assert response.status_code == 422
    assert words in text_of(response)


def test_repeat__anonymous__signs_in_first(instrument: Instrument) -> None:
    assert send(browser_of(), instrument, repeated()).status_code == 302


def test_booking__of_a_series__lists_it_in_constant_statements(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    first = series_of(instrument, viewer)[0]
    page = text_of(client.get(f"/bookings/{first.pk}/"))
    assert "Part of a series" in page
    assert "4 bookings" in page
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/bookings/{first.pk}/")
    assert len(captured) <= 16
    assert "Part of a series" not in text_of(client.get(f"/bookings/{booked(instrument, viewer).pk}/"))


@pytest.mark.parametrize(("scope", "gone"), [("this", 1), ("following", 3), ("all", 4)])
def test_cancel__scope__shows_which_and_cancels_these(
    client: Client, instrument: Instrument, viewer: Viewer, scope: str, gone: int
) -> None:
    second = series_of(instrument, viewer)[1]
    address = f"/bookings/{second.pk}/cancel-series/"
    assert 'name="version" value="1"' in text_of(client.get(address))
    form = {"scope": scope, "version": "1", "reason": ""}
    shown = client.post(address, form)
    assert Reservation.objects.filter(status="cancelled").count() == 0
    assert "Cancel one booking?" in text_of(shown) if gone == 1 else f"Cancel {gone} bookings?" in text_of(shown)
    response = client.post(address, {**form, "checked": checked(shown), "confirm": "yes"})
    assert response["Location"] == f"/bookings/{second.pk}/"
    assert Reservation.objects.filter(status="cancelled").count() == gone


def test_cancel__another_scope_than_was_shown__only_shows(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    second = series_of(instrument, viewer)[1]
    form = {"scope": "all", "version": "1", "reason": "", "checked": "this", "confirm": "yes"}
    assert client.post(f"/bookings/{second.pk}/cancel-series/", form).status_code == 200
    assert not Reservation.objects.filter(status="cancelled").exists()


def test_cancel__changed_meanwhile__says_so(client: Client, instrument: Instrument, viewer: Viewer) -> None:
    second = series_of(instrument, viewer)[1]
    response = client.post(f"/bookings/{second.pk}/cancel-series/", {"scope": "all", "version": "9", "reason": ""})
    assert "changed meanwhile" in text_of(client.get(response["Location"]))


def test_cancel__by_staff__asks_for_a_reason(instrument: Instrument, viewer: Viewer) -> None:
    second = series_of(instrument, viewer)[1]
    staff = browser_of(manager_of(instrument.institution))
    response = staff.post(f"/bookings/{second.pk}/cancel-series/", {"scope": "all", "version": "1", "reason": ""})
    assert response.status_code == 422


def test_cancel__single_booking_or_somebody_elses__not_found(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    alone = booked(instrument, viewer)
    assert client.get(f"/bookings/{alone.pk}/cancel-series/").status_code == 404
    theirs = series_of(make_bookable(), firm_user())[-1]
    assert client.get(f"/bookings/{theirs.pk}/cancel-series/").status_code == 404


def test_pages__in_chinese__no_english(instrument: Instrument, viewer: Viewer) -> None:
    page = text_of(send(browser_of(viewer, "zh-hans"), instrument, repeated()))
    assert "每周的星期二" in page
    assert "The plan" not in page


def test_cancel__late__the_fee_is_shown_first_and_agreed_to(
    client: Client, instrument: Instrument, viewer: Viewer
) -> None:
    set_values(instrument, late_cancel_fee_percent=50)
    first = series_of(instrument, viewer)[0]
    address, form = f"/bookings/{first.pk}/cancel-series/", {"scope": "all", "version": "1", "reason": ""}
    with time_machine.travel(slot("10:00").starts_at, tick=False):
        assert "Cancelling now costs ¥240.00." in text_of(client.post(address, form))
        agreed = {**form, "checked": "all", "confirm": "yes"}
        assert client.post(address, {**agreed, "fee": "0"}).status_code == 409
        assert not Reservation.objects.filter(status="cancelled").exists()
        assert client.post(address, {**agreed, "fee": "24000"}).status_code == 302
    assert Reservation.objects.filter(status="cancelled").count() == 4
