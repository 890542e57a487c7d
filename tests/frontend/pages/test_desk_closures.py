"""Closures and maintenance: listed, added, refused over bookings, removed."""

import re
from typing import Any

import pytest

from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.models import Kind, Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import booked, firm_user, make_bookable, operator_of, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WISH = {"start": "2035-03-06T09:00", "end": "2035-03-06T11:00", "kind": "maintenance", "reason": "Calibration"}


def address(instrument: Instrument) -> str:
    return f"/desk/instruments/{instrument.pk}/closures/"


def send(instrument: Instrument, **changed: str) -> Any:
    return browser_of(operator_of(instrument.institution)).post(address(instrument), WISH | changed)


def closed(instrument: Instrument) -> Reservation:
    manager = manager_of(instrument.institution)
    key = close_instrument(viewer=manager, instrument=instrument, window=slot(day=1), reason="New lamp")
    return Reservation.objects.get(pk=key)


def test_closure__typed_on_the_instruments_clock__takes_that_time() -> None:
    instrument = make_bookable(zone="America/New_York")
    assert send(instrument).status_code == 302
    closure = Reservation.objects.get(instrument=instrument)
    assert (closure.kind, closure.purpose) == (Kind.MAINTENANCE, "Calibration")
    assert TimeWindow.of(closure.during).starts_at.isoformat() == "2035-03-06T14:00:00+00:00"
    page = text_of(browser_of(operator_of(instrument.institution)).get(address(instrument)))
    assert "6 Mar 09:00–11:00" in page
    assert "Calibration" in page


def chosen(response: Any) -> dict[str, str]:
    """What the page would send: the checked choices and the hidden fields."""
    page, found = response.content.decode(), {}
    for tag in re.findall(r"<input[^>]*>", page):
        fields = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        is_chosen = fields.get("type") == "hidden" or tag.endswith(" checked>")
        if is_chosen and "name" in fields and fields["name"] != "csrfmiddlewaretoken":
            found[fields["name"]] = fields.get("value", "")
    return found


def test_closure__over_bookings__a_proposal_for_each_that_can_be_confirmed() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot(day=1))
    planning = send(instrument)
    assert "6 Mar 11:00–13:00, the nearest free time" in text_of(planning)
    done = browser_of(operator_of(instrument.institution)).post(address(instrument), chosen(planning), follow=True)
    assert "the bookings are moved or cancelled as you said" in text_of(done)
    reservation.refresh_from_db()
    assert TimeWindow.of(reservation.during) == slot("11:00", day=1)
    assert Reservation.objects.get(kind="maintenance").purpose == "Calibration"


def test_plan__another_time_typed__or_an_unreadable_one() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot(day=1))
    choices = chosen(send(instrument)) | {f"way-{reservation.pk}": "other"}
    client = browser_of(operator_of(instrument.institution))
    wrong = client.post(address(instrument), choices | {f"start-{reservation.pk}": "soon"})
    assert wrong.status_code == 422
    assert "Give a date and a time" in text_of(wrong)
    client.post(address(instrument), choices | {f"start-{reservation.pk}": "2035-03-07T14:00"})
    reservation.refresh_from_db()
    assert TimeWindow.of(reservation.during) == slot("14:00", day=2)


def test_plan__refused_move__says_why_at_the_booking_and_closes_nothing() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot(day=1))
    choices = chosen(send(instrument)) | {f"way-{reservation.pk}": "other"}
    choices[f"start-{reservation.pk}"] = "2035-03-06T22:00"
    response = browser_of(operator_of(instrument.institution)).post(address(instrument), choices)
    assert response.status_code == 409
    assert f'id="problem-{reservation.pk}"' in response.content.decode()
    assert f'name="start-{reservation.pk}" value="2035-03-06T22:00"' in text_of(response)
    assert not Reservation.objects.filter(kind="maintenance").exists()


def test_plan__back__the_dates_can_be_changed() -> None:
    instrument = make_bookable()
    booked(instrument, window=slot(day=1))
    choices = chosen(send(instrument)) | {"back": "1"}
    response = browser_of(operator_of(instrument.institution)).post(address(instrument), choices)
    assert response.status_code == 200
    assert 'name="start" value="2035-03-06T09:00"' in text_of(response)


@pytest.mark.parametrize(
    "value", ["move", "move|x|y", "move|0001-01-01T00:00+14:00|9999-12-31T00:00", "twin|x", "y"]
)
def test_plan__nonsense__is_refused(value: str) -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot(day=1))
    response = send(instrument, **{f"way-{reservation.pk}": value})
    assert response.status_code == 422
    assert Reservation.objects.count() == 1


def test_closure__over_bookings__lists_them_and_keeps_what_was_typed() -> None:
    instrument = make_bookable()
    reservation = booked(instrument, window=slot(day=1))
    response = send(instrument)
    page = text_of(response)
    assert response.status_code == 409
    assert "1 booking lies in this time. Nothing was closed." in page
    assert f'href="/bookings/{reservation.pk}/"' in page
    assert 'value="Calibration"' in page
    assert 'value="2035-03-06T09:00"' in page
    assert Reservation.objects.filter(instrument=instrument).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("end", "2035-03-06T09:00", "The end must be after the start."),
        ("end", "2035-03-06T08:00", "The end must be after the start."),
        ("end", "2045-03-06T09:00", "too long"),
        ("start", "tomorrow", "Give a date and a time"),
        ("start", "2035-03-06T09:00+08:00", "without an offset"),
        ("start", "0001-01-01T00:00", "between the years 1900 and 2199"),
        ("end", "9999-12-31T23:59", "between the years 1900 and 2199"),
        ("reason", "", "required"),
        ("kind", "use", "not one of the available choices"),
    ],
)
def test_closure__bad_input__is_said_at_the_field(field: str, value: str, reason: str) -> None:
    instrument = make_bookable()
    response = send(instrument, **{field: value})
    assert response.status_code == 422
    assert reason in text_of(response)
    assert not Reservation.objects.exists()


def test_remove__coming_closure__gives_the_time_back() -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    client = browser_of(operator_of(instrument.institution))
    response = client.post(f"{address(instrument)}{closure.pk}/remove/", follow=True)
    assert "The closure is removed" in text_of(response)
    closure.refresh_from_db()
    assert closure.status == "cancelled"


def test_remove__closure_that_is_over_or_a_booking__is_refused() -> None:
    instrument = make_bookable()
    closure, reservation = closed(instrument), booked(instrument)
    Reservation.objects.filter(pk=closure.pk).update(status="completed")
    client = browser_of(operator_of(instrument.institution))
    assert "is over" in text_of(client.post(f"{address(instrument)}{closure.pk}/remove/", follow=True))
    assert client.post(f"{address(instrument)}{reservation.pk}/remove/").status_code == 404


def test_closures__other_people__are_refused() -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    remove = f"{address(instrument)}{closure.pk}/remove/"
    foreign = browser_of(manager_of(make_institution()))
    assert browser_of().get(address(instrument)).status_code == 302
    assert browser_of(firm_user()).get(address(instrument)).status_code == 403
    assert foreign.post(address(instrument), WISH).status_code == 403
    assert foreign.post(remove).status_code == 404
    assert foreign.get(remove).status_code == 405


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("published", "None: the instrument can be booked in all its opening hours."),
        ("suspended", 'The instrument is out of service.</strong><span class="block">Oil leak</span>'),
        ("draft", "The instrument takes no bookings at present."),
    ],
)
def test_closures__none_to_come__page_says_whether_it_can_be_booked(status: str, says: str) -> None:
    instrument = make_bookable()
    Instrument.objects.filter(pk=instrument.pk).update(status=status, status_reason="Oil leak")
    page = text_of(browser_of(operator_of(instrument.institution)).get(address(instrument)))
    assert says in page
    assert ("can be booked in all" in page) == (status == "published")


def test_closures__more_of_them__cost_no_more_queries() -> None:
    instrument = make_bookable()
    client = browser_of(manager_of(instrument.institution))
    closed(instrument)
    few = queries_of(client, address(instrument))
    for day in (2, 3, 4):
        manager = manager_of(instrument.institution)
        close_instrument(viewer=manager, instrument=instrument, window=slot(day=day), reason="More")
    assert queries_of(client, address(instrument)) == few <= 8
