"""Somebody else runs a booking that stays: only that is judged, and only that changes."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.change_operator import change_operator
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Reservation
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.history import history_of
from core.errors import Stale
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import gaps_are_right, needing, operator, shared, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, booked, problem, set_values, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument(lab: Institution, ann: Resource, bob: Resource) -> Instrument:
    return needing(lab, [ann, bob])


@pytest.fixture
def booking(instrument: Instrument, owner: Viewer, bob: Resource) -> Reservation:
    return booked(instrument, owner, operator_id=bob.pk)


def test_change__shortly_before_the_start__nothing_else_is_judged_or_changed(
    instrument: Instrument, owner: Viewer, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    set_values(instrument, lead_time=24 * 60, approval=ApprovalMode.ALWAYS, max_duration=30)
    before = (booking.status, booking.quote, booking.total_fen, booking.during)
    with time_machine.travel(slot().starts_at - timedelta(minutes=10)):
        changed = change_operator(viewer=owner, reservation=booking, operator=ann.pk)
    assert (changed.status, changed.quote, changed.total_fen, changed.during) == before
    assert (taken(ann), taken(bob), changed.version) == ([slot()], [], 2)
    assert gaps_are_right(instrument)


def test_change__told__the_calendar_and_the_history_but_no_move(
    owner: Viewer, booking: Reservation, ann: Resource, published: list[Event]
) -> None:
    published.clear()
    change_operator(viewer=owner, reservation=booking, operator=ann.pk)
    assert {type(event) for event in published} == {CalendarChanged}
    assert history_of(booking)[-1].command == "change_operator"


def test_change__they_are_away__refused_with_other_times(
    lab: Institution, owner: Viewer, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    add_absence(viewer=manager_of(lab), resource=ann, window=slot())
    with pytest.raises(SlotTaken) as refusal:
        change_operator(viewer=owner, reservation=booking, operator=ann.pk)
    assert [each.code for each in refusal.value.extra["violations"]] == ["shared_resources_free"]
    assert refusal.value.extra["alternatives"][0].window == slot("11:00")
    assert taken(bob) == [slot()]


@pytest.mark.parametrize("choice", ["Bob", "any"])
def test_change__to_who_runs_it__nothing_happens(
    owner: Viewer, booking: Reservation, bob: Resource, published: list[Event], choice: str
) -> None:
    published.clear()
    chosen = "any" if choice == "any" else bob.pk
    changed = change_operator(viewer=owner, reservation=booking, operator=chosen)  # type: ignore[arg-type]
    assert (changed.version, taken(bob), published) == (1, [slot()], [])


def test_change__something_else_has_come_to_be_needed_and_is_taken__that_is_not_judged(
    lab: Institution, owner: Viewer, instrument: Instrument, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    chiller = shared(lab)
    slots = [[ann.pk, bob.pk], [chiller.pk]]
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=slots)
    booked(needing(lab, [chiller]))
    change_operator(viewer=owner, reservation=booking, operator=ann.pk)
    assert (taken(ann), taken(bob), taken(chiller)) == ([slot()], [], [slot()])


def test_change__one_of_two__the_other_stays(lab: Institution, owner: Viewer, ann: Resource, bob: Resource) -> None:
    cem, dan = operator(lab, "Cem"), operator(lab, "Dan")
    booking = booked(needing(lab, [ann, bob], [cem, dan]), owner, operator_id=dan.pk)
    change_operator(viewer=owner, reservation=booking, operator=bob.pk)
    assert [taken(each) for each in (ann, bob, cem, dan)] == [[], [slot()], [], [slot()]]


def test_change__moved_since_it_was_seen__stale(owner: Viewer, booking: Reservation, ann: Resource) -> None:
    Api(owner).patch(f"reservations/{booking.pk}", times("12:00"))
    with pytest.raises(Stale):
        change_operator(viewer=owner, reservation=booking, operator=ann.pk)


def times(start: str) -> dict[str, str]:
    window = slot(start)
    return {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}


def test_api__same_window_or_none__only_who_runs_it(
    instrument: Instrument, owner: Viewer, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    set_values(instrument, lead_time=24 * 60)
    api, address = Api(owner), f"reservations/{booking.pk}"
    assert api.patch(address, {**times("09:00"), "operator": ann.pk}).json()["status"] == "confirmed"
    assert taken(ann) == [slot()]
    assert api.patch(address, {"operator": bob.pk}).json()["version"] == 3
    problem(api.patch(address, {**times("12:00"), "operator": ann.pk}), 422, "rules_violated")
    assert taken(bob) == [slot()]
