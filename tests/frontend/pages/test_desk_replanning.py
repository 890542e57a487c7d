"""Re-planning, repeating closures and upkeep at the desk."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Tier
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.reservations.commands.follow_faults import follow_faults
from booking.reservations.models import ClosureOccurrence, RepeatingClosure, Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.upkeep.models import Fault, MaintenancePlan
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    ALL_DAY,
    MONDAY,
    band,
    booked,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    slot,
)
from tests.frontend.pages.desk_scenario import browser_of, queries_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WEEKLY = {"every": "1", "unit": "weeks", "first_on": "2035-03-06", "starts": "09:00", "minutes": "120"}
CONFIRMED = {"repeat_kind": "closure", "repeat_reason": "Cleaning", "confirm": "1"}


def page(instrument: Instrument, name: str) -> str:
    return f"/desk/instruments/{instrument.pk}/{name}/"


def staff(instrument: Instrument) -> Any:
    return browser_of(operator_of(instrument.institution))


def afternoons_only(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    set_opening_hours(viewer=manager, instrument=instrument, bands=[band("12:00", "17:00")])


def test_hours__that_leave_bookings_outside__lead_to_them(instrument: Instrument) -> None:
    booked(instrument)
    client = browser_of(manager_of(instrument.institution))
    band = {"weekdays": ["MO"], "start": "12:00", "end": "17:00", "tiers": list(Tier.values)}
    response = client.post(page(instrument, "hours"), {"bands": json.dumps([band])})
    assert (response.status_code, response["Location"]) == (302, page(instrument, "replanning"))


def test_replanning__moves_one_and_leaves_one_for_later(instrument: Instrument) -> None:
    first, second = booked(instrument), booked(instrument, window=slot(day=1))
    afternoons_only(instrument)
    shown = text_of(staff(instrument).get(page(instrument, "replanning")))
    assert shown.count("It lies outside the opening hours.") == 2
    start, end = (each.isoformat() for each in (slot("12:00").starts_at, slot("12:00").ends_at))
    choices = {f"way-{first.pk}": f"move|{start}|{end}", f"way-{second.pk}": "later", "reason": "New hours"}
    done = staff(instrument).post(page(instrument, "replanning"), choices, follow=True)
    assert "1 booking is settled as you said." in text_of(done)
    first.refresh_from_db()
    assert TimeWindow.of(first.during) == slot("12:00")
    assert text_of(done).count("It lies outside the opening hours.") == 1


def test_replanning__without_a_reason_or_with_a_stale_list__is_refused(instrument: Instrument) -> None:
    booking = booked(instrument)
    afternoons_only(instrument)
    choices = {f"way-{booking.pk}": "cancel"}
    assert staff(instrument).post(page(instrument, "replanning"), choices).status_code == 422
    Reservation.objects.filter(pk=booking.pk).update(user=firm_user().user_id)
    other = {f"way-{booking.pk + 1}": "cancel", "reason": "x"}
    response = staff(instrument).post(page(instrument, "replanning"), choices | other)
    assert response.status_code == 409
    assert "The plan does not fit any more" in text_of(response)


def test_replanning__places_that_go__listed_by_the_address() -> None:
    instrument = open_instrument(places=2)
    booked(instrument)
    booked(instrument)
    address = page(instrument, "replanning")
    assert "Its place is to be taken away." in text_of(staff(instrument).get(address, {"places": 1}))
    assert "Nothing to re-plan" in text_of(staff(instrument).get(address, {"places": "9999999999"}))


def test_overview__displaced_and_waiting__each_with_its_page(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=1))
    client = staff(instrument)
    client.post(page(instrument, "repeating"), WEEKLY | CONFIRMED)
    afternoons_only(instrument)
    few = queries_of(client, "/desk/replanning/")
    manager = manager_of(instrument.institution)
    set_opening_hours(viewer=manager, instrument=instrument, bands=[ALL_DAY])
    for day in (2, 3):
        booked(instrument, window=slot(day=day))
    afternoons_only(instrument)
    shown = text_of(client.get("/desk/replanning/"))
    occurrence = ClosureOccurrence.objects.get(closure=None)
    assert f"{page(instrument, 'closures')}?occurrence={occurrence.pk}" in shown
    assert page(instrument, "replanning") in shown
    assert queries_of(client, "/desk/replanning/") == few


def test_repeating__over_a_booking__re_planned_from_its_link(instrument: Instrument) -> None:
    booking = booked(instrument, window=slot(day=1))
    client = staff(instrument)
    values = WEEKLY | CONFIRMED
    assert "1 time needs re-planning" in text_of(client.post(page(instrument, "repeating"), values, follow=True))
    waiting = ClosureOccurrence.objects.get(closure=None)
    assert f"?occurrence={waiting.pk}" in text_of(client.get(page(instrument, "replanning")))
    form = text_of(client.get(page(instrument, "closures"), {"occurrence": waiting.pk}))
    assert 'name="start" value="2035-03-06T09:00"' in form
    closing = {"start": "2035-03-06T09:00", "end": "2035-03-06T11:00", "kind": "closure", "reason": "Cleaning",
               "occurrence": str(waiting.pk), f"way-{booking.pk}": "cancel"}  # fmt: skip
    assert client.post(page(instrument, "closures"), closing).status_code == 302
    waiting.refresh_from_db()
    assert waiting.closure is not None


def test_repeating__before_it_is_entered__dates_and_bookings_in_their_way(instrument: Instrument) -> None:
    booking, client = booked(instrument, window=slot(day=1)), staff(instrument)
    asked = {name: value for name, value in (WEEKLY | CONFIRMED).items() if name != "confirm"}
    shown = text_of(client.post(page(instrument, "repeating"), asked))
    for words in ("Nothing is entered yet", "1 of them will need re-planning", "1 booking is affected", "6 Mar"):
        assert words in shown
    assert f'href="/bookings/{booking.pk}/"' in shown
    assert 'type="hidden" name="repeat_reason" value="Cleaning"' in shown
    assert not RepeatingClosure.objects.exists()
    changed = text_of(client.post(page(instrument, "repeating"), asked | {"back": "1"}))
    assert "Show when it comes" in changed
    assert "Nothing is entered yet" not in changed
    never = text_of(client.post(page(instrument, "repeating"), asked | {"until": "2035-03-01"}))
    assert "It never comes" in never


def test_repeating__ended_and_left_out(instrument: Instrument) -> None:
    booked(instrument, window=slot(day=1))
    client = staff(instrument)
    client.post(page(instrument, "repeating"), WEEKLY | CONFIRMED)
    waiting, repeating = ClosureOccurrence.objects.get(closure=None), RepeatingClosure.objects.get()
    assert client.post(f"{page(instrument, 'occurrences')}{waiting.pk}/skip/").status_code == 302
    assert client.post(f"{page(instrument, 'repeating')}{repeating.pk}/withdraw/").status_code == 302
    assert client.post(page(instrument, "repeating"), WEEKLY | {"every": "0"}).status_code == 422
    other = make_bookable()
    assert staff(other).post(f"{page(other, 'repeating')}{repeating.pk}/withdraw/").status_code == 404


def test_upkeep__fault__reported_resolved_and_bookings_linked(instrument: Instrument) -> None:
    client = staff(instrument)
    booked(instrument, window=slot(day=1))
    values = {"what": "Smoke", "severity": "suspended", "expected_return_on": str(MONDAY + timedelta(days=3))}
    assert client.post(page(instrument, "upkeep"), values).status_code == 302
    follow_faults(instrument_id=instrument.pk)
    shown = text_of(client.get(page(instrument, "upkeep")))
    assert "Smoke" in shown
    assert page(instrument, "replanning") in shown
    fault = Fault.objects.get()
    client.post(f"{page(instrument, 'upkeep')}faults/{fault.pk}/resolve/", {"resolution": "Fuse"})
    fault.refresh_from_db()
    assert fault.resolution == "Fuse"
    assert client.post(page(instrument, "upkeep"), {"what": "x", "severity": "usable",
                       "expected_return_on": "2035-04-01"}).status_code == 422  # fmt: skip


def test_upkeep__plan__by_rhythm_by_dates_and_withdrawn(instrument: Instrument) -> None:
    client, address = staff(instrument), f"{page(instrument, 'upkeep')}plans/"
    assert client.post(address, WEEKLY | {"note": "Oil"}).status_code == 302
    dates = {"dates": "2035-03-06, 2035-04-06", "unit": "weeks", "starts": "09:00", "minutes": "60", "note": "Lamp"}
    assert client.post(address, dates).status_code == 302
    assert "Oil" in text_of(client.get(page(instrument, "upkeep")))
    for wrong in ({"dates": "tomorrow"}, {"dates": ""}, {"starts": "late"}):
        assert client.post(address, dates | wrong).status_code == 422
    for plan in MaintenancePlan.objects.all():
        assert client.post(f"{address}{plan.pk}/withdraw/").status_code == 302
    assert MaintenancePlan.objects.filter(withdrawn_at=None).count() == 0


@pytest.mark.parametrize("name", ["replanning", "upkeep"])
def test_pages__other_people__are_refused(instrument: Instrument, name: str) -> None:
    assert browser_of().get(page(instrument, name)).status_code == 302
    assert browser_of(firm_user()).get(page(instrument, name)).status_code == 403
    assert browser_of(firm_user()).get("/desk/replanning/").status_code == 403
