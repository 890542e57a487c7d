"""Who runs a booking, on the pages that move it: shown, kept, and chosen anew where they are not free."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource
from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.book_series import book_series
from booking.reservations.models import Reservation
from frontend.presenters import booking_sheet
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import needing, operator, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, make_bookable, set_values, slot
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NOON = slot("12:00")
CLOSURE = {"start": "2035-03-05T09:00", "end": "2035-03-05T11:00", "kind": "closure", "reason": "Leak"}


@pytest.fixture
def instrument(lab: Institution, ann: Resource, bob: Resource) -> Instrument:
    return needing(lab, [ann, bob])


@pytest.fixture
def client(viewer: Viewer) -> Client:
    return browser_of(viewer)


@pytest.fixture
def booking(instrument: Instrument, viewer: Viewer, bob: Resource) -> Reservation:
    return booked(instrument, viewer, operator_id=bob.pk)


def typed(start: str = "12:00", end: str = "14:00", **more: str) -> dict[str, str]:
    day = {"start_date": "2035-03-05", "end_date": "2035-03-05", "version": "1"}
    return {**day, "start_time": start, "end_time": end, **more}


def move(client: Client, booking: Reservation, **more: str) -> Any:
    return client.post(f"/bookings/{booking.pk}/move/", typed(**more))


def checked(response: Any) -> str:
    (found,) = re.findall(r'name="checked" value="([^"]*)"', response.content.decode())
    return str(found)


def test_move__somebody_else_chosen__page_names_them_before_anything(
    client: Client, booking: Reservation, ann: Resource
) -> None:
    page = text_of(move(client, booking, start="09:00", end="11:00", operator=str(ann.pk)))
    assert "It is then run by Ann." in page
    assert "New: " not in page
    assert re.search(r'<h1[^>]* tabindex="-1" autofocus>Change who runs it', page)


def test_booking__run_by_somebody__says_who(client: Client, booking: Reservation) -> None:
    for page in (f"/bookings/{booking.pk}/", f"/bookings/{booking.pk}/move/"):
        assert "Bob" in text_of(client.get(page))


def test_move__nobody_runs_it__nothing_to_choose(client: Client, viewer: Viewer) -> None:
    page = text_of(client.get(f"/bookings/{booked(make_bookable(), viewer).pk}/move/"))
    assert 'name="operator"' not in page


def test_move__operator_is_free__stays_without_asking(client: Client, booking: Reservation, bob: Resource) -> None:
    page = move(client, booking)
    assert 'name="by"' not in text_of(page)
    assert move(client, booking, checked=checked(page), confirm="yes").status_code == 302
    assert taken(bob) == [NOON]


@pytest.mark.parametrize("choice", ["Ann", "any"])
def test_move__operator_is_away__another_one_is_a_button(
    client: Client, lab: Institution, booking: Reservation, ann: Resource, bob: Resource, choice: str
) -> None:
    add_absence(viewer=manager_of(lab), resource=bob, window=NOON)
    page = move(client, booking)
    assert "Bob" in text_of(page)
    assert f'name="by" value="{ann.pk}"' in text_of(page)
    by = str(ann.pk) if choice == "Ann" else "any"
    chosen = move(client, booking, by=by)
    assert f'<option value="{by}" selected>' in text_of(chosen)
    assert move(client, booking, operator=by, checked=checked(chosen), confirm="yes").status_code == 302
    assert (taken(ann), taken(bob)) == ([NOON], [NOON])


def test_move__operator_no_longer_runs_it__says_who_does_then(
    client: Client, lab: Institution, instrument: Instrument, booking: Reservation, ann: Resource
) -> None:
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[ann.pk]])
    page = move(client, booking)
    assert "It is then run by Ann." in text_of(page)
    assert text_of(page).count("Whoever is free") == 1
    assert move(client, booking, checked=checked(page), confirm="yes").status_code == 302
    assert taken(ann) == [NOON]
    assert "Now run by Ann." in text_of(client.get(f"/bookings/{booking.pk}/"))


def test_move__operator_no_longer_runs_it_and_same_time__only_who_does_is_judged(
    client: Client, lab: Institution, instrument: Instrument, booking: Reservation, ann: Resource
) -> None:
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[ann.pk]])
    set_values(instrument, lead_time=24 * 60)
    assert '<option value="any"' in text_of(client.get(f"/bookings/{booking.pk}/move/"))
    given = {"start": "09:00", "end": "11:00", "operator": "any"}
    page = move(client, booking, **given)
    assert move(client, booking, **given, checked=checked(page), confirm="yes").status_code == 302
    assert taken(ann) == [slot()]


def test_move__confirmed_for_another_operator_than_was_shown__asks_again(
    client: Client, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    shown = checked(move(client, booking))
    assert move(client, booking, operator=str(ann.pk), checked=shown, confirm="yes").status_code == 200
    assert taken(bob) == [slot()]


def test_move__operator_of_elsewhere__is_no_choice(client: Client, lab: Institution, booking: Reservation) -> None:
    assert move(client, booking, operator=str(operator(lab, "Cem").pk)).status_code == 422


def test_move__same_time_and_another_operator__only_that_changes(
    client: Client, instrument: Instrument, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    set_values(instrument, lead_time=24 * 60)
    given = {"start": "09:00", "end": "11:00", "operator": str(ann.pk)}
    page = move(client, booking, **given)
    assert "Time and price stay as they are" in text_of(page)
    assert move(client, booking, **given, checked=checked(page), confirm="yes").status_code == 302
    assert (taken(ann), taken(bob)) == ([slot()], [])
    assert "You let Ann run it." in text_of(client.get(f"/bookings/{booking.pk}/"))


def test_move__operator_runs_it_no_longer_when_it_is_sent__said_beside_the_choice(
    client: Client, lab: Institution, booking: Reservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cem = operator(lab, "Cem")
    monkeypatch.setattr(booking_sheet, "operators_of", lambda _booking: [(cem.pk, "Cem")])
    for more in ({}, {"confirm": "yes", "checked": f"{NOON.starts_at.isoformat()}|{NOON.ends_at.isoformat()}"}):
        page = move(client, booking, operator=str(cem.pk), **more)
        assert (page.status_code, "is not run by that operator" in text_of(page)) == (422, True)
        assert 'value="12:00"' in text_of(page)


def test_series__operator_is_away_once__told_and_another_chosen(
    client: Client, lab: Institution, instrument: Instrument, viewer: Viewer, ann: Resource, bob: Resource
) -> None:
    repeat, wanted = Repeat(Every.WEEK, count=2), Wanted(operator_id=bob.pk)
    made = book_series(viewer=viewer, instrument=instrument, window=slot(day=1), repeat=repeat, wanted=wanted)
    add_absence(viewer=manager_of(lab), resource=bob, window=slot("12:00", day=8))
    address = f"/bookings/{made.accepted[0].pk}/change-series/"
    given = {"scope": "all", "start": "12:00", "minutes": "120", "version": "1"}
    assert "Bob, who runs this booking" in text_of(client.post(address, given))
    page = client.post(address, {**given, "operator": "any"})
    client.post(address, {**given, "operator": "any", "checked": checked(page), "confirm": "yes"})
    assert taken(ann) == [slot("12:00", day=8)]


def test_series__same_time_and_another_operator__each_says_who_runs_it(
    client: Client, instrument: Instrument, viewer: Viewer, ann: Resource, bob: Resource
) -> None:
    repeat, wanted = Repeat(Every.WEEK, count=2), Wanted(operator_id=bob.pk)
    made = book_series(viewer=viewer, instrument=instrument, window=slot(day=1), repeat=repeat, wanted=wanted)
    address = f"/bookings/{made.accepted[0].pk}/change-series/"
    given = {"scope": "all", "start": "09:00", "minutes": "120", "version": "1"}
    assert "Nothing changes" in text_of(client.post(address, {**given, "operator": str(bob.pk)}))
    given["operator"] = str(ann.pk)
    page = client.post(address, given)
    assert text_of(page).count("Operator: Ann") == 2
    assert "New:" not in text_of(page)
    assert client.post(address, {**given, "checked": checked(page), "confirm": "yes"}).status_code == 302
    assert (taken(ann), taken(bob)) == ([slot(day=1), slot(day=8)], [])


def test_closure__operator_is_away_where_it_moves__the_row_says_who_runs_it_then(
    lab: Institution, instrument: Instrument, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    add_absence(viewer=manager_of(lab), resource=bob, window=slot("11:00"))
    desk, address = browser_of(manager_of(lab)), f"/desk/instruments/{instrument.pk}/closures/"
    page = text_of(desk.post(address, CLOSURE))
    assert "run by Ann instead" in page
    (value,) = re.findall(rf'name="way-{booking.pk}" value="(move[^"]*)"', page)
    assert value.endswith(f"|{ann.pk}")
    told = desk.post(address, {**CLOSURE, f"way-{booking.pk}": value.rpartition("|")[0]})
    assert "Bob, who runs this booking" in text_of(told)
    desk.post(address, {**CLOSURE, f"way-{booking.pk}": value})
    assert taken(ann) == [slot("11:00")]


def test_closure__another_time_typed__whoever_is_free_if_said(
    lab: Institution, instrument: Instrument, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    add_absence(viewer=manager_of(lab), resource=bob, window=slot("14:00"))
    desk, address = browser_of(manager_of(lab)), f"/desk/instruments/{instrument.pk}/closures/"
    given = CLOSURE | {
        f"way-{booking.pk}": "other",
        f"start-{booking.pk}": "2035-03-05T14:00",
        f"minutes-{booking.pk}": "120",
    }
    assert "Bob, who runs this booking" in text_of(desk.post(address, given))
    desk.post(address, {**given, f"anybody-{booking.pk}": "on"})
    assert taken(ann) == [slot("14:00")]
