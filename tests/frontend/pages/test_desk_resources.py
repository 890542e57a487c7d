"""Shared resources and operators at the desk: listing, absences, needs, renaming, retiring, who may."""

import re

import pytest

from accounts.models import Institution
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Absence, Resource, ResourceKind, ResourceNeed
from booking.reservations.commands.add_absence import add_absence
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_user, manager_of
from tests.factories.booking import Api, booked, firm_user, make_bookable, operator_of, problem, slot
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

AWAY = {"start": "2035-03-06T09:00", "end": "2035-03-06T12:00", "reason": "Service"}


@pytest.fixture
def chiller(instrument: Instrument) -> Resource:
    return listed(instrument.institution, "Chiller")


def listed(institution: Institution, name: str) -> Resource:
    manager = manager_of(institution)
    return add_resource(viewer=manager, institution=institution, kind=ResourceKind.SHARED, name=name)


def needed(instrument: Instrument, resource: Resource) -> None:
    set_needs(viewer=manager_of(instrument.institution), instrument=instrument, slots=[[resource.pk]])


def test_resources__listed_by_a_manager__appears_with_what_needs_it(instrument: Instrument) -> None:
    browser, place = browser_of(manager_of(instrument.institution)), "/desk/resources/"
    person = make_user()
    sent = {"kind": "operator", "name": "Wang Fang", "capacity": "1", "email": person.email}
    assert browser.post(place, sent).status_code == 302
    made = Resource.objects.get(name="Wang Fang")
    assert (made.kind, made.user_id) == ("operator", person.pk)
    needed(instrument, made)
    page = text_of(browser.get(place))
    assert "Wang Fang" in page
    assert f"Needed by {instrument.name}" in page
    assert browser.post(place, sent | {"email": "nobody@nowhere.example"}).status_code == 422
    assert browser.post(place, sent | {"capacity": "2"}).status_code == 422


def test_resources__account_that_operates_there_already__is_refused_beside_the_address(
    instrument: Instrument,
) -> None:
    browser, place = browser_of(manager_of(instrument.institution)), "/desk/resources/"
    sent = {"kind": "operator", "name": "Wang Fang", "capacity": "1", "email": make_user().email}
    assert browser.post(place, sent).status_code == 302
    again = browser.post(place, sent | {"name": "Wang"})
    assert again.status_code == 422
    assert "This account is listed as an operator already." in text_of(again)
    assert re.search(r'<input[^>]*name="email"[^>]* autofocus', again.content.decode())
    Resource.objects.update(is_retired=True)
    assert browser.post(place, sent).status_code == 302


def test_resource__absence_entered_and_removed__on_the_institutions_clock(
    instrument: Instrument, chiller: Resource
) -> None:
    browser, place = browser_of(operator_of(instrument.institution)), f"/desk/resources/{chiller.pk}/"
    assert browser.post(place, AWAY).status_code == 302
    absence = Absence.objects.get()
    assert absence.during.lower == slot(day=1).starts_at
    assert "6 Mar 09:00–12:00" in text_of(browser.get(place))
    assert browser.post(f"/desk/absences/{absence.pk}/remove/").status_code == 302
    assert not Absence.objects.exists()
    assert browser.post(place, AWAY | {"end": "2035-03-06T08:00"}).status_code == 422


def test_resource__absence_over_bookings__lists_them_and_enters_nothing(
    instrument: Instrument, chiller: Resource
) -> None:
    needed(instrument, chiller)
    reservation = booked(instrument, window=slot(day=1))
    refused = browser_of(operator_of(instrument.institution)).post(f"/desk/resources/{chiller.pk}/", AWAY)
    assert refused.status_code == 409
    assert f"/bookings/{reservation.pk}/" in text_of(refused)
    assert not Absence.objects.exists()


def test_needs__ticked_at_the_instrument__one_slot_for_each_group(
    instrument: Instrument, chiller: Resource
) -> None:
    browser, place = browser_of(manager_of(instrument.institution)), f"/desk/instruments/{instrument.pk}/needs/"
    spare, lift = listed(instrument.institution, "Spare"), listed(instrument.institution, "Lift")
    assert browser.post(place, {"slot-0": [chiller.pk, spare.pk]}).status_code == 302
    assert browser.post(place, {"slot-0": [chiller.pk, spare.pk], "slot-1": [lift.pk]}).status_code == 302
    rows = ResourceNeed.objects.filter(instrument=instrument).order_by("slot", "resource")
    assert list(rows.values_list("slot", "resource")) == [(1, chiller.pk), (1, spare.pk), (2, lift.pk)]
    twice = browser.post(place, {"slot-0": [chiller.pk], "slot-1": [chiller.pk]})
    assert twice.status_code == 422
    assert "at most 50 combinations" in text_of(twice)


def test_needs__limited_to_ways_of_use__kept_and_shown_and_all_of_them_is_no_limit(
    instrument: Instrument, chiller: Resource
) -> None:
    alone, helped = "self_operated", "operator_assisted"
    browser, place = browser_of(manager_of(instrument.institution)), f"/desk/instruments/{instrument.pk}/needs/"
    assert "only for these ways of use" not in text_of(browser.get(place))
    Instrument.objects.filter(pk=instrument.pk).update(access_modes=[alone, helped])
    for ticked, stored in ((["operator_assisted"], [helped]), ([helped, alone], []), ([helped], [helped])):
        given = {"slot-0": [chiller.pk], "modes-0": ticked}
        assert browser.post(place, given).status_code == 302
        assert ResourceNeed.objects.get(instrument=instrument).modes == stored
    Instrument.objects.filter(pk=instrument.pk).update(access_modes=[alone])
    shown = browser.get(place).content.decode()
    assert 'name="modes-0" value="operator_assisted"' in shown
    assert "modes-1" not in shown


def test_booking_page__needs_by_way_of_use__asks_which_and_judges_it(
    instrument: Instrument, chiller: Resource
) -> None:
    Instrument.objects.filter(pk=instrument.pk).update(access_modes=["self_operated", "operator_assisted"])
    manager = manager_of(instrument.institution)
    needs, modes = [[chiller.pk]], [["operator_assisted"]]
    set_needs(viewer=manager, instrument=instrument, slots=needs, modes=modes)
    add_absence(viewer=manager, resource=chiller, window=slot(day=1))
    browser, page = browser_of(manager), f"/instruments/{instrument.slug}/"
    assert "Go on to the booking form" in text_of(browser.get(page))
    times = {"start_date": "2035-03-06", "start_time": "09:00", "end_date": "2035-03-06", "end_time": "11:00"}
    for mode, fits in (("self_operated", True), ("operator_assisted", False)):
        shown = browser.post(f"{page}book/", times | {"access_mode": mode})
        assert ("Book this time?" in text_of(shown), "is taken during" in text_of(shown)) == (fits, not fits)


def test_resource__renamed_then_retired__only_once_nothing_needs_it(
    instrument: Instrument, chiller: Resource
) -> None:
    browser, place = browser_of(manager_of(instrument.institution)), f"/desk/resources/{chiller.pk}/"
    needed(instrument, chiller)
    browser.post(f"{place}rename/", {"name": "Cooler"})
    browser.post(f"{place}retire/")
    chiller.refresh_from_db()
    assert (chiller.name, chiller.is_retired) == ("Cooler", False)
    assert browser.post(f"/desk/instruments/{instrument.pk}/needs/", {}).status_code == 302
    browser.post(f"{place}retire/")
    assert browser.get(place).status_code == 404


def test_resource__who_may_not__refused(instrument: Instrument, chiller: Resource) -> None:
    place, operator = f"/desk/resources/{chiller.pk}/", browser_of(operator_of(instrument.institution))
    assert operator.post(f"{place}rename/", {"name": "x"}).status_code == 403
    assert operator.post(f"{place}retire/").status_code == 403
    assert operator.post("/desk/resources/", {"kind": "shared", "name": "x", "capacity": "1"}).status_code == 403
    assert browser_of(firm_user()).get(place).status_code == 404
    assert browser_of(manager_of(make_bookable().institution)).get(place).status_code == 404


def test_api__rename_and_retire__needed_is_a_conflict(instrument: Instrument, chiller: Resource) -> None:
    api, place = Api(manager_of(instrument.institution)), f"resources/{chiller.pk}"
    assert api.patch(place, {"name": "Cooler"}).json()["name"] == "Cooler"
    needed(instrument, chiller)
    assert problem(api.patch(place, {"retired": True}), 409, "resource_needed")["instruments"] == [instrument.pk]
    assert api.send("put", f"instruments/{instrument.pk}/needs", {"slots": []}).status_code == 204
    assert api.patch(place, {"retired": True}).status_code == 200
    assert api.get("resources").json()["items"] == []
    refused = api.send("put", f"instruments/{instrument.pk}/needs", {"slots": [[chiller.pk]]})
    problem(refused, 422, "needs_invalid")


def test_resources__many__same_queries(instrument: Instrument) -> None:
    browser = browser_of(manager_of(instrument.institution))
    needed(instrument, listed(instrument.institution, "First"))
    few = queries_of(browser, "/desk/resources/")
    for number in range(5):
        listed(instrument.institution, f"n{number}")
    assert queries_of(browser, "/desk/resources/") == few
