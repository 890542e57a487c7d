"""Who runs the bookings of a series is changed for all that are meant or for none, moved or not."""

from typing import Any

import pytest

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from core.events import Event
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import gaps_are_right, needing, operator, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, open_instrument, problem, slot, wish
from tests.frontend.pages.desk_scenario import browser_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WEEKS = [slot("14:00", day=7 * week) for week in range(3)]


@pytest.fixture
def instrument(lab: Institution, ann: Resource, bob: Resource) -> Instrument:
    return needing(lab, [ann, bob])


@pytest.fixture
def series(instrument: Instrument, owner: Viewer, bob: Resource) -> Any:
    """Three weeks at two, run by Bob."""
    body = wish(instrument, slot("14:00"), operator=bob.pk)
    answer = Api(owner).post("series", {**body, "repeat": {"every": "week", "count": 3}})
    assert answer.status_code == 201
    return answer.json()


def change(owner: Viewer, series: Any, **body: Any) -> Any:
    return Api(owner).patch(f"series/{series['id']}", {"scope": "all", **body})


def booking(series: Any, number: int) -> Reservation:
    key = series["occurrences"][number]["reservation"]
    return Reservation.objects.select_related("instrument__institution").get(pk=key)


def is_away(lab: Institution, who: Resource, window: TimeWindow) -> None:
    add_absence(viewer=manager_of(lab), resource=who, window=window)


@pytest.mark.parametrize(("scope", "first"), [("this", 1), ("following", 1), ("all", 0)])
def test_operator_alone__named__runs_those_that_are_meant(
    owner: Viewer, instrument: Instrument, series: Any, ann: Resource, bob: Resource, scope: str, first: int
) -> None:
    more = {"occurrence": booking(series, 1).pk} if scope != "all" else {}
    answer = change(owner, series, scope=scope, operator=ann.pk, **more)
    theirs = WEEKS[1:2] if scope == "this" else WEEKS[first:]
    assert answer.status_code == 200
    assert (taken(ann), taken(bob)) == (theirs, [each for each in WEEKS if each not in theirs])
    assert [each["version"] for each in answer.json()["occurrences"]] == [2] * len(theirs)
    assert [each.command for each in history_of(booking(series, 1))][-1] == "change_operator"
    assert gaps_are_right(instrument)


def test_operator_alone__away_at_one_of_them__none_changes(
    lab: Institution, owner: Viewer, series: Any, ann: Resource, bob: Resource
) -> None:
    is_away(lab, ann, WEEKS[1])
    told = problem(change(owner, series, operator=ann.pk, purpose="x"), 409, "slot_taken")
    assert [(each["item"], each["violations"][0]["code"]) for each in told["refused"]] == [
        (1, "shared_resources_free")
    ]
    assert (taken(ann), taken(bob)) == ([WEEKS[1]], WEEKS)
    assert set(Reservation.objects.values_list("version", "purpose")) == {(1, "Test of a sample")}


def test_operator_alone__of_elsewhere__refused(lab: Institution, owner: Viewer, series: Any) -> None:
    told = problem(change(owner, series, operator=operator(lab, "Cem").pk), 422, "rules_violated")
    assert {each["violations"][0]["code"] for each in told["refused"]} == {"operator_unknown"}


def test_operator_alone__dry_run__says_and_keeps_nothing(
    lab: Institution, owner: Viewer, series: Any, ann: Resource, published: list[Event]
) -> None:
    is_away(lab, ann, WEEKS[2])
    published.clear()
    planned = change(owner, series, operator=ann.pk, dry_run=True).json()
    assert [len(each["violations"]) for each in planned["occurrences"]] == [0, 0, 1]
    assert (taken(ann), published) == ([WEEKS[2]], [])


def test_operator_alone__runs_them_already__nothing_happens(owner: Viewer, series: Any, bob: Resource) -> None:
    for choice in (bob.pk, "any"):
        answer = change(owner, series, operator=choice)
        assert [each["version"] for each in answer.json()["occurrences"]] == [1, 1, 1]
    assert taken(bob) == WEEKS


def test_operator_alone__nobody_ran_them_before__would_and_does(
    lab: Institution, owner: Viewer, ann: Resource
) -> None:
    instrument = open_instrument(lab)
    body = wish(instrument, slot("14:00"))
    made = Api(owner).post("series", {**body, "repeat": {"every": "week", "count": 3}}).json()
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[ann.pk]])
    address = f"/bookings/{booking(made, 0).pk}/change-series/"
    page = browser_of(owner).post(address, {"scope": "all", "version": "1", "operator": str(ann.pk)})
    assert (page.status_code, taken(ann)) == (200, [])
    assert "Change 3 bookings?" in text_of(page)
    assert change(owner, made, operator="any").status_code == 200
    assert taken(ann) == WEEKS


def test_operator_and_time__one_is_there_already__is_run_by_them_too(
    owner: Viewer, instrument: Instrument, series: Any, ann: Resource, bob: Resource
) -> None:
    there = [slot("10:00", day=7 * week) for week in range(3)]
    reschedule_reservation(viewer=owner, reservation=booking(series, 1), window=there[1])
    assert change(owner, series, operator=ann.pk, start="10:00").status_code == 200
    assert (taken(ann), taken(bob)) == (there, [])
    commands = [[each.command for each in history_of(booking(series, number))] for number in (0, 1)]
    assert [each[-1] for each in commands] == ["reschedule", "change_operator"]
    assert gaps_are_right(instrument)


def test_time__one_is_there_already__that_one_is_as_it_was(owner: Viewer, series: Any) -> None:
    reschedule_reservation(viewer=owner, reservation=booking(series, 1), window=slot("10:00", day=7))
    assert change(owner, series, start="10:00").status_code == 200
    assert [booking(series, number).version for number in range(3)] == [2, 2, 2]
