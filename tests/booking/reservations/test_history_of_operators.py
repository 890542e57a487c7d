"""The history of a booking says who runs it from then on, whatever changed that."""

import pytest
from django.db import connection

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.change_operator import change_operator
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.filling import FilledChange
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.replanning import Action, Step
from core.history import acting, noted
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import needing, taken
from tests.booking.reservations.test_needs_by_mode import HELPED, helped_by
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, booked, slot, wish
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NOON = slot("12:00")


@pytest.fixture
def instrument(lab: Institution, ann: Resource, bob: Resource) -> Instrument:
    return needing(lab, [ann, bob])


@pytest.fixture
def booking(instrument: Instrument, owner: Viewer, bob: Resource) -> Reservation:
    return booked(instrument, owner, operator_id=bob.pk)


def told(booking: Reservation) -> list[tuple[str, tuple[str, ...]]]:
    return [(entry.command, entry.run_by) for entry in history_of(booking)[1:]]


def test_history__moved__names_whom_it_moves_to_and_nobody_who_stays(
    owner: Viewer, booking: Reservation, ann: Resource
) -> None:
    reschedule_reservation(viewer=owner, reservation=booking, window=NOON, operator=ann.pk)
    reschedule_reservation(viewer=owner, reservation=booking, window=slot("14:00"))
    assert told(booking) == [("reschedule", ("Ann",)), ("reschedule", ())]


def test_history__operator_changed__by_name_and_in_the_api(
    owner: Viewer, booking: Reservation, ann: Resource, bob: Resource
) -> None:
    for who in (ann, bob):
        change_operator(viewer=owner, reservation=booking, operator=who.pk)
    assert told(booking) == [("change_operator", ("Ann",)), ("change_operator", ("Bob",))]
    items = Api(owner).get(f"reservations/{booking.pk}/history").json()["items"]
    assert [each["run_by"] for each in items] == [[], ["Ann"], ["Bob"]]


def test_history__hold_confirmed__names_nobody_who_is_new(
    instrument: Instrument, owner: Viewer, bob: Resource
) -> None:
    held = hold_window(viewer=owner, instrument=instrument, window=slot(), wanted=Wanted(operator_id=bob.pk))
    confirm_hold(viewer=owner, hold=held, window=slot(), wanted=Wanted())
    assert told(held) == [("confirm", ())]
    assert taken(bob) == [slot()]


def test_history__operator_by_edit__page_speaks_of_them_alone(owner: Viewer, ann: Resource, bob: Resource) -> None:
    booking = booked(helped_by(ann, bob, modes=()), owner, operator_id=ann.pk)
    mode = FilledChange(booking.access_mode)
    edit_reservation(viewer=owner, reservation=booking, filled=mode, operator=bob.pk)
    page = text_of(browser_of(owner).get(f"/bookings/{booking.pk}/"))
    assert "You let Bob run it." in page
    assert "changed the notes" not in page


def test_history__another_access_mode__names_who_helps(owner: Viewer, ann: Resource, bob: Resource) -> None:
    booking = booked(helped_by(ann, bob), owner)
    edit_reservation(viewer=owner, reservation=booking, filled=FilledChange(HELPED), operator=bob.pk)
    assert told(booking) == [("edit", ("Bob",))]


def test_history__series_moved__each_says_its_own(
    lab: Institution, instrument: Instrument, owner: Viewer, ann: Resource, bob: Resource
) -> None:
    body = wish(instrument, slot("14:00", day=1), operator=bob.pk)
    series = Api(owner).post("series", {**body, "repeat": {"every": "week", "count": 3}}).json()
    add_absence(viewer=manager_of(lab), resource=bob, window=slot("10:00", day=8))
    change = {"scope": "all", "start": "10:00", "operator": "any"}
    assert Api(owner).patch(f"series/{series['id']}", change).status_code == 200
    made = [Reservation.objects.get(pk=each["reservation"]) for each in series["occurrences"]]
    assert [told(each) for each in made] == [[("reschedule", names)] for names in ((), ("Ann",), ())]


def test_history__plan_names_somebody_else__said(
    lab: Institution, instrument: Instrument, booking: Reservation, ann: Resource
) -> None:
    step = Step(booking.pk, Action.MOVE, NOON, operator=ann.pk)
    manager = manager_of(lab)
    close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Leak", plan=[step])
    assert told(booking) == [("reschedule", ("Ann",))]


def test_noted__within_acting__is_said_until_its_end() -> None:
    def said() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pghistory.context_metadata')::jsonb ->> 'run_by'")
            return str(cursor.fetchone()[0])

    with acting(actor_id=None, command="x"):
        with noted(run_by=["李"]):
            assert said() == '["李"]'
        with noted(run_by=[]):
            assert said() == "None"
