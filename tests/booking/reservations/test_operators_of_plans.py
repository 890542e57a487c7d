"""Plans of moves say who would run a booking where it goes, and replace nobody unsaid."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.replan_bookings import replan_bookings
from booking.reservations.errors import PlanRefused
from booking.reservations.selectors.displaced import displaced_ways
from booking.reservations.selectors.replanning import Action, Step, WaysOut
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument, InstrumentGroup
from tests.booking.reservations.sharing import needing, operator, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import Api, band, booked, problem, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NEXT = slot("11:00")
"""The first free time behind a closure of nine to eleven."""


@pytest.fixture
def manager(lab: Institution) -> Viewer:
    return manager_of(lab)


@pytest.fixture
def instrument(lab: Institution, ann: Resource, bob: Resource) -> Instrument:
    return needing(lab, [ann, bob])


def plan(manager: Viewer, instrument: Instrument, window: TimeWindow | None = None) -> list[WaysOut]:
    return closure_plan(manager, instrument, window or slot())


def close(manager: Viewer, instrument: Instrument, *steps: Step) -> int:
    return close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Leak", plan=steps)


def test_plan__own_operator_is_free_there__nothing_is_said(
    manager: Viewer, instrument: Instrument, ann: Resource, bob: Resource
) -> None:
    booked(instrument, operator_id=bob.pk)
    (way,) = plan(manager, instrument)
    assert (way.operators, way.stand_ins[instrument.pk]) == ({bob.pk: "Bob"}, {})
    assert (way.proposal.window, way.proposal.operator) == (NEXT, None)
    close(manager, instrument, way.proposal)
    assert (taken(ann), taken(bob)) == ([], [NEXT])


def test_plan__own_operator_is_away_there__said_and_carried_out_as_said(
    manager: Viewer, instrument: Instrument, ann: Resource, bob: Resource
) -> None:
    booked(instrument, operator_id=bob.pk)
    add_absence(viewer=manager, resource=bob, window=NEXT)
    (way,) = plan(manager, instrument)
    assert (way.window, way.stand_ins[instrument.pk], way.proposal.operator) == (NEXT, {ann.pk: "Ann"}, ann.pk)
    close(manager, instrument, way.proposal)
    assert (taken(ann), taken(bob)) == ([NEXT], [NEXT])


def test_close__operator_not_said__refused_with_their_name_until_anybody_will_do(
    manager: Viewer, instrument: Instrument, ann: Resource, bob: Resource
) -> None:
    booking = booked(instrument, operator_id=bob.pk)
    add_absence(viewer=manager, resource=bob, window=NEXT)
    with pytest.raises(PlanRefused) as refusal:
        close(manager, instrument, Step(booking.pk, Action.MOVE, NEXT))
    (refused,) = refusal.value.extra["refused"]
    assert [(each.code, each.actual) for each in refused["violations"]] == [("shared_resources_free", "Bob")]
    close(manager, instrument, Step(booking.pk, Action.MOVE, NEXT, operator="any"))
    assert taken(ann) == [NEXT]


def test_close__operator_of_elsewhere__refused(lab: Institution, manager: Viewer, instrument: Instrument) -> None:
    booking, stranger = booked(instrument), operator(lab, "Cem")
    with pytest.raises(PlanRefused) as refusal:
        close(manager, instrument, Step(booking.pk, Action.MOVE, NEXT, operator=stranger.pk))
    assert [each["code"] for each in refusal.value.extra["refused"]] == ["operator_unknown"]


def grouped(lab: Institution, *slots: list[Resource]) -> tuple[Instrument, Instrument]:
    """Two instruments of one group: twins, the first needing the first slot, the second the second."""
    group = InstrumentGroup.objects.create(institution=lab, name_zh="组", name_en="Group")
    first, second = (needing(lab, each, group=group) for each in slots)
    return first, second


def test_twin__their_operator_runs_it_too_but_is_busy__said_and_refused_unsaid(
    lab: Institution, manager: Viewer, ann: Resource, bob: Resource
) -> None:
    first, twin = grouped(lab, [bob], [ann, bob])
    booking = booked(first, window=slot("09:00"))
    step = Step(booking.pk, Action.TWIN, NEXT, twin.pk)
    add_absence(viewer=manager, resource=bob, window=NEXT)
    with pytest.raises(PlanRefused):
        close(manager, first, step)
    close(manager, first, Step(booking.pk, Action.TWIN, NEXT, twin.pk, operator=ann.pk))
    assert (taken(ann), taken(bob)) == ([NEXT], [NEXT])


def test_twin__run_by_others__whoever_is_free_and_said(
    lab: Institution, manager: Viewer, ann: Resource, bob: Resource
) -> None:
    first, twin = grouped(lab, [bob], [ann])
    booking = booked(first)
    (way,) = plan(manager, first)
    assert way.stand_ins[twin.pk] == {ann.pk: "Ann"}
    close(manager, first, Step(booking.pk, Action.TWIN, instrument_id=twin.pk))
    assert (taken(ann), taken(bob)) == ([slot()], [])


def test_twin__run_by_the_same__keeps_them_without_a_word(lab: Institution, manager: Viewer, bob: Resource) -> None:
    first, twin = grouped(lab, [bob], [bob])
    booking = booked(first)
    (way,) = plan(manager, first)
    assert way.stand_ins[twin.pk] == {}
    close(manager, first, Step(booking.pk, Action.TWIN, instrument_id=twin.pk))
    assert taken(bob) == [slot()]


def test_plan__two_at_once_with_one_operator_each__proposals_fit_together(
    lab: Institution, manager: Viewer, ann: Resource, bob: Resource
) -> None:
    instrument = needing(lab, [ann, bob])
    other = needing(lab, [ann, bob])
    first, second = booked(instrument, operator_id=bob.pk), booked(instrument, window=NEXT, operator_id=bob.pk)
    booked(other, window=slot("13:00"), operator_id=bob.pk)
    ways = closure_plan(manager, instrument, slot("09:00", 4))
    close_instrument(
        viewer=manager,
        instrument=instrument,
        window=slot("09:00", 4),
        reason="Leak",
        plan=[way.proposal for way in ways],
    )
    assert [way.reservation.pk for way in ways] == [first.pk, second.pk]
    assert (ways[0].proposal.operator, ways[1].proposal.operator) == (ann.pk, None)
    assert (taken(ann), taken(bob)) == ([slot("13:00")], [slot("13:00"), slot("15:00")])


def test_replan__operator_is_away__as_for_closures(
    manager: Viewer, instrument: Instrument, ann: Resource, bob: Resource
) -> None:
    booked(instrument, window=slot("15:00"), operator_id=bob.pk)
    set_opening_hours(viewer=manager, instrument=instrument, bands=[band("09:00", "12:00")])
    add_absence(viewer=manager, resource=bob, window=slot(day=1))
    ((_cause, way),) = displaced_ways(manager, instrument)
    assert (way.operators, way.window, way.proposal.operator) == ({bob.pk: "Bob"}, slot(day=1), ann.pk)
    unsaid = [replace(way.proposal, operator=None)]
    with pytest.raises(PlanRefused):
        replan_bookings(viewer=manager, instrument=instrument, plan=unsaid, reason="Hours")
    replan_bookings(viewer=manager, instrument=instrument, plan=[way.proposal], reason="Hours")
    assert (taken(ann), taken(bob)) == ([slot(day=1)], [slot(day=1)])


def test_plan__more_bookings_with_operators__no_more_queries(
    lab: Institution, manager: Viewer, instrument: Instrument
) -> None:
    booked(instrument, window=slot("09:00", 0.5))
    with CaptureQueriesContext(connection) as one:
        plan(manager, instrument)
    for start in ("09:30", "10:00", "10:30"):
        booked(instrument, window=slot(start, 0.5))
    with CaptureQueriesContext(connection) as four:
        assert len(plan(manager, instrument)) == 4
    assert len(four) == len(one)


def test_api__plan_and_closure__operators_are_told_and_can_be_named(
    manager: Viewer, instrument: Instrument, ann: Resource, bob: Resource
) -> None:
    api, booking = Api(manager), booked(instrument, operator_id=bob.pk)
    add_absence(viewer=manager, resource=bob, window=NEXT)
    body: dict[str, Any] = {"instrument": instrument.pk, "reason": "Leak"}
    body |= {"start": slot().starts_at.isoformat(), "end": slot().ends_at.isoformat()}
    (row,) = api.post("closures", {**body, "dry_run": True}).json()["affected"]
    assert row["operators"] == [{"id": bob.pk, "name": "Bob"}]
    assert row["alternatives"][0]["operators"] == [{"id": ann.pk, "name": "Ann"}]
    assert row["proposal"]["operator"] == ann.pk
    unsaid = {key: value for key, value in row["proposal"].items() if key != "operator"}
    told = problem(api.post("closures", {**body, "affected": [unsaid]}), 409, "plan_refused")
    assert "Bob" in told["refused"][0]["detail"]
    assert told["affected"][0]["id"] == booking.pk
    sent = {key: value for key, value in row["proposal"].items() if value is not None}
    assert api.post("closures", {**body, "affected": [sent]}).status_code == 201
    assert taken(ann) == [NEXT]
