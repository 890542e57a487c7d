"""Typed dates: what lies beyond the calendar is said, never a crash or a stored year 9999."""

import pytest

from booking.reservations.models import Reservation
from tests.factories.accounts import manager_of
from tests.factories.booking import firm_user, make_bookable
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = pytest.mark.django_db

FAR = ("0001-01-01T00:00", "9999-12-31T23:59", "1899-12-31T23:59", "2200-01-01T00:00")
SAID = "Choose a date between the years 1900 and 2199."


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("name", ["free_from", "free_to"])
def test_search__time_beyond_the_calendar__is_said(name: str, far: str) -> None:
    page = browser_of().get("/instruments/", {name: far})
    assert page.status_code == 200
    assert SAID in text_of(page)


@pytest.mark.parametrize("far", [*FAR, "9999-13-01", "x", "2026-03-02T09:00+08:00"])
def test_instrument__chosen_time_beyond_the_calendar__shows_the_usual_week(far: str) -> None:
    address = f"/instruments/{make_bookable().slug}/"
    for query in ({"start": far, "end": far}, {"start": far}, {"week": far[:10]}):
        assert browser_of().get(address, query).status_code == 200


def booking_form(start: str, end: str) -> dict[str, str]:
    return {
        "start_date": start[:10],
        "start_time": start[11:],
        "end_date": end[:10],
        "end_time": end[11:],
        "purpose": "Test",
    }


@pytest.mark.parametrize("far", FAR)
def test_book__day_beyond_the_calendar__422_and_said(far: str) -> None:
    instrument = make_bookable()
    for viewer in (manager_of(instrument.institution), firm_user()):
        page = browser_of(viewer).post(f"/instruments/{instrument.slug}/book/", booking_form(far, far))
        assert page.status_code == 422
        assert SAID in text_of(page)


def test_book__last_day_of_the_calendar__is_shown_with_its_verdict() -> None:
    instrument = make_bookable()
    form = booking_form("2199-12-31T22:00", "2199-12-31T23:59")
    page = browser_of(manager_of(instrument.institution)).post(f"/instruments/{instrument.slug}/book/", form)
    assert page.status_code == 200


@pytest.mark.parametrize("far", FAR)
def test_desk_closure__beyond_the_calendar__is_not_stored(far: str) -> None:
    instrument = make_bookable()
    form = {"start": far, "end": far, "kind": "closure", "reason": "x"}
    client = browser_of(manager_of(instrument.institution))
    page = client.post(f"/desk/instruments/{instrument.pk}/closures/", form)
    assert page.status_code == 422
    assert SAID in text_of(page)
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("far", FAR)
def test_review__period_beyond_the_calendar__is_said(far: str) -> None:
    client = browser_of(manager_of(make_bookable().institution))
    page = client.get("/review/", {"period": "dates", "first": far[:10], "last": far[:10]})
    assert page.status_code == 200
    assert SAID in text_of(page)
