"""Another access mode and who shall run it, or when, in one change: judged in the mode that it comes to."""

from typing import Any

import pytest

from accounts.viewers import Viewer
from booking.calendars.models import Resource
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from tests.booking.reservations.sharing import gaps_are_right, taken
from tests.booking.reservations.test_needs_by_mode import ALONE, HELPED, away, helped, helped_by
from tests.factories.booking import SHANGHAI, Api, booked, firm_user, problem, set_values, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def changed(viewer: Viewer, booking: Reservation, **body: Any) -> Any:
    """The answer to PATCH. window: start and end."""
    if window := body.pop("window", None):
        body |= {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}
    return Api(viewer).patch(f"reservations/{booking.pk}", body)


def test_api__mode_and_operator_together__the_operator_of_that_mode_runs_it(ann: Resource, bob: Resource) -> None:
    owner = firm_user()
    booking = booked(helped_by(ann, bob), owner)
    answer = changed(owner, booking, access_mode=HELPED, operator=bob.pk)
    assert (answer.status_code, answer.json()["access_mode"], answer.json()["version"]) == (200, HELPED, 2)
    assert (taken(ann), taken(bob)) == ([], [slot()])
    assert [entry.command for entry in history_of(booking)] == ["book", "edit"]


def test_api__mode_and_operator_where_all_modes_need_one__they_run_it(ann: Resource, bob: Resource) -> None:
    instrument, owner = helped_by(ann, bob, modes=()), firm_user()
    booking = booked(instrument, owner, operator_id=ann.pk)
    assert changed(owner, booking, access_mode=HELPED, operator=bob.pk).status_code == 200
    assert (taken(ann), taken(bob)) == ([], [slot()])
    assert [(entry.command, entry.run_by) for entry in history_of(booking)[1:]] == [("edit", ("Bob",))]
    assert gaps_are_right(instrument)


def test_api__mode_that_needs_nobody_and_an_operator__refused_whole(ann: Resource, bob: Resource) -> None:
    instrument, owner = helped_by(ann, bob), firm_user()
    booking = booked(instrument, owner, filled=helped(), operator_id=ann.pk)
    problem(changed(owner, booking, access_mode=ALONE, operator=bob.pk), 422, "operator_unknown")
    booking.refresh_from_db()
    assert (booking.access_mode, booking.version, taken(ann), taken(bob)) == (HELPED, 1, [slot()], [])
    assert changed(owner, booking, access_mode=ALONE, operator="any").status_code == 200
    assert (taken(ann), gaps_are_right(instrument)) == ([], True)


def test_api__mode_and_an_operator_who_is_away__refused_with_when_they_are_free(
    ann: Resource, bob: Resource
) -> None:
    owner = firm_user()
    booking = booked(helped_by(ann, bob), owner)
    away(bob)
    told = problem(changed(owner, booking, access_mode=HELPED, operator=bob.pk), 409, "slot_taken")
    assert [each["code"] for each in told["violations"]] == ["shared_resources_free"]
    assert told["alternatives"][0]["start"] == slot("11:00").starts_at.astimezone(SHANGHAI).isoformat()
    booking.refresh_from_db()
    assert (taken(ann), booking.access_mode) == ([], ALONE)


def test_api__same_mode_and_operator__only_who_runs_it(ann: Resource, bob: Resource) -> None:
    instrument, owner = helped_by(ann, bob), firm_user()
    set_values(instrument, lead_time=24 * 60)
    booking = booked(instrument, owner, slot(day=7), filled=helped(), operator_id=ann.pk)
    assert changed(owner, booking, access_mode=HELPED, operator=bob.pk).status_code == 200
    assert (taken(ann), taken(bob)) == ([], [slot(day=7)])


def test_api__moved_in_another_mode__judged_in_that_one_alone(ann: Resource) -> None:
    instrument, owner = helped_by(ann), firm_user()
    booking = booked(instrument, owner, filled=helped())
    away(ann, "12:00")
    assert changed(owner, booking, window=slot("12:00"), access_mode=ALONE).status_code == 200
    assert taken(ann) == [slot("12:00")]
    problem(changed(owner, booking, window=slot("13:00"), access_mode=HELPED), 409, "slot_taken")
    answer = changed(owner, booking, window=slot("15:00"), access_mode=HELPED, operator=ann.pk, note="x")
    assert (answer.status_code, answer.json()["access_mode"], answer.json()["note"]) == (200, HELPED, "x")
    assert taken(ann) == [slot("12:00"), slot("15:00")]
    assert [entry.command for entry in history_of(booking)] == ["book", "reschedule", "reschedule", "edit"]
    assert gaps_are_right(instrument)
