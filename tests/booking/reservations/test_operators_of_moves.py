"""Who runs a booking stays when it moves, unless somebody says otherwise: moves, series, parallel moves."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import SlotTaken, UnknownOperator
from booking.reservations.models import Reservation
from booking.reservations.process_settings import ApprovalMode
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import gaps_are_right, needing, operator, shared, taken
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import Api, booked, firm_user, problem, set_values, slot, wish
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

NOON = slot("12:00")


@dataclass
class Scene:
    """One instrument that Ann or Bob runs; its booking at nine is run by Bob."""

    lab: Institution
    ann: Resource
    bob: Resource
    instrument: Instrument
    owner: Viewer
    booking: Reservation

    def is_away(self, who: Resource, window: TimeWindow = NOON) -> None:
        add_absence(viewer=manager_of(self.lab), resource=who, window=window)

    def move(self, window: TimeWindow = NOON, **more: Any) -> Reservation:
        return reschedule_reservation(viewer=self.owner, reservation=self.booking, window=window, **more)

    def patch(self, window: TimeWindow | None = NOON, **more: Any) -> Any:
        return Api(self.owner).patch(
            f"reservations/{self.booking.pk}", {**(times(window) if window else {}), **more}
        )

    @property
    def runs(self) -> dict[str, list[TimeWindow]]:
        return {each.name: taken(each) for each in (self.ann, self.bob)}


def times(window: TimeWindow) -> dict[str, str]:
    return {"start": window.starts_at.isoformat(), "end": window.ends_at.isoformat()}


@pytest.fixture
def scene() -> Scene:
    lab, owner = make_institution(), firm_user()
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instrument = needing(lab, [ann, bob])
    return Scene(lab, ann, bob, instrument, owner, booked(instrument, owner, operator_id=bob.pk))


def test_move__own_operator_is_away_and_another_free__refused_and_named(scene: Scene) -> None:
    scene.is_away(scene.bob)
    with pytest.raises(SlotTaken) as refusal:
        scene.move()
    (broken,) = refusal.value.extra["violations"]
    assert (broken.code, broken.actual) == ("shared_resources_free", "Bob")
    assert "Bob" in broken.message
    assert "another operator" in broken.message.lower()
    assert refusal.value.extra["operators"] == [{"id": scene.ann.pk, "name": "Ann"}]
    assert scene.runs == {"Ann": [], "Bob": [slot(), NOON]}


def test_move__own_operator_is_away__offered_is_when_they_are_free(scene: Scene) -> None:
    scene.is_away(scene.bob)
    with pytest.raises(SlotTaken) as refusal:
        scene.move()
    offered = refusal.value.extra["alternatives"][0].window
    assert offered == slot("14:00")
    scene.move(offered)
    assert scene.runs["Bob"] == [NOON, slot("14:00")]


def test_move__another_operator_is_named__runs_it(scene: Scene) -> None:
    scene.is_away(scene.bob)
    scene.move(operator=scene.ann.pk)
    assert scene.runs == {"Ann": [NOON], "Bob": [NOON]}
    assert gaps_are_right(scene.instrument)


def test_move__anybody_will_do__own_one_where_free_else_whoever_is(scene: Scene) -> None:
    scene.move(slot("14:00"), operator="any")
    assert scene.runs == {"Ann": [], "Bob": [slot("14:00")]}
    scene.is_away(scene.bob)
    scene.move(operator="any")
    assert scene.runs == {"Ann": [NOON], "Bob": [NOON]}


def test_move__named_operator_is_busy_or_unknown__refused(scene: Scene) -> None:
    scene.is_away(scene.ann)
    with pytest.raises(SlotTaken):
        scene.move(operator=scene.ann.pk)
    with pytest.raises(UnknownOperator):
        scene.move(operator=operator(scene.lab, "Cem").pk)
    assert scene.runs["Bob"] == [slot()]


def test_move__nobody_is_free__refused_without_a_choice(scene: Scene) -> None:
    scene.is_away(scene.ann)
    scene.is_away(scene.bob)
    for choice in (None, "any"):
        with pytest.raises(SlotTaken) as refusal:
            scene.move(operator=choice)
        assert "operators" not in refusal.value.extra
        assert refusal.value.extra["violations"][0].actual is None


def test_move__own_operator_no_longer_runs_the_instrument__whoever_is_free_does(scene: Scene) -> None:
    set_needs(viewer=manager_of(scene.lab), instrument=scene.instrument, slots=[[scene.ann.pk]])
    scene.move()
    assert scene.runs == {"Ann": [NOON], "Bob": []}
    assert gaps_are_right(scene.instrument)


def test_move__own_operator_no_longer_runs_the_instrument__what_is_offered_passes(scene: Scene) -> None:
    cem = operator(scene.lab, "Cem")
    set_needs(viewer=manager_of(scene.lab), instrument=scene.instrument, slots=[[scene.ann.pk, cem.pk]])
    scene.is_away(scene.ann)
    scene.is_away(cem, slot("13:00", 3))
    with pytest.raises(SlotTaken) as refusal:
        scene.move()
    offered = [each.window for each in refusal.value.extra["alternatives"]]
    assert offered[0] == slot("14:00")  # Ann is back; Cem is not
    assert NOON not in offered
    for window in offered:
        scene.move(window)
    assert (scene.runs["Bob"], gaps_are_right(scene.instrument)) == ([], True)


def test_move__two_operators_no_longer_run_the_instrument__whoever_is_free_does() -> None:
    lab, owner = make_institution(), firm_user()
    ann, bob, cem, dan = (operator(lab, name) for name in ("Ann", "Bob", "Cem", "Dan"))
    instrument = needing(lab, [bob, dan], [ann, cem])
    booking = booked(instrument, owner, operator_id=bob.pk)
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[dan.pk], [cem.pk]])
    for choice, window in ((None, NOON), (cem.pk, slot("14:00")), ("any", slot("10:00"))):
        booking = reschedule_reservation(viewer=owner, reservation=booking, window=window, operator=choice)  # type: ignore[arg-type]
        assert [taken(each) for each in (ann, bob, cem, dan)] == [[], [], [window], [window]]


def test_move__one_of_two_operators_no_longer_runs_the_instrument__the_other_stays() -> None:
    lab, owner = make_institution(), firm_user()
    ann, bob, cem, dan = (operator(lab, name) for name in ("Ann", "Bob", "Cem", "Dan"))
    instrument = needing(lab, [ann, bob], [cem, dan])
    booking = booked(instrument, owner, operator_id=dan.pk)
    set_needs(viewer=manager_of(lab), instrument=instrument, slots=[[bob.pk], [cem.pk, dan.pk]])
    add_absence(viewer=manager_of(lab), resource=dan, window=NOON)
    with pytest.raises(SlotTaken) as refusal:
        reschedule_reservation(viewer=owner, reservation=booking, window=NOON)
    assert refusal.value.extra["operators"] == [{"id": cem.pk, "name": "Cem"}]
    reschedule_reservation(viewer=owner, reservation=booking, window=slot("14:00"))
    assert [taken(each) for each in (ann, bob, cem)] == [[], [slot("14:00")], []]


def test_move__instrument_needs_nobody_any_more__moves(scene: Scene) -> None:
    chiller = shared(scene.lab)
    set_needs(viewer=manager_of(scene.lab), instrument=scene.instrument, slots=[[chiller.pk]])
    scene.move()
    assert (scene.runs, taken(chiller)) == ({"Ann": [], "Bob": []}, [NOON])


def test_move__one_of_two_chillers__changes_without_asking() -> None:
    lab, owner = make_institution(), firm_user()
    first, second = shared(lab, "First"), shared(lab, "Second")
    instrument = needing(lab, [first, second])
    booking = booked(instrument, owner)
    add_absence(viewer=manager_of(lab), resource=first, window=NOON)
    reschedule_reservation(viewer=owner, reservation=booking, window=NOON)
    assert taken(second) == [NOON]


def test_move__two_operators_at_once__only_the_named_one_changes() -> None:
    lab, owner = make_institution(), firm_user()
    ann, bob, cem, dan = (operator(lab, name) for name in ("Ann", "Bob", "Cem", "Dan"))
    booking = booked(needing(lab, [ann, bob], [cem, dan]), owner, operator_id=dan.pk)
    add_absence(viewer=manager_of(lab), resource=ann, window=NOON)
    with pytest.raises(SlotTaken):
        reschedule_reservation(viewer=owner, reservation=booking, window=NOON, operator=dan.pk)
    reschedule_reservation(viewer=owner, reservation=booking, window=NOON, operator=bob.pk)
    assert (taken(bob), taken(dan), taken(cem)) == ([NOON], [NOON], [])


def test_move__of_a_request__approved_with_the_same_operator(scene: Scene) -> None:
    set_values(scene.instrument, approval=ApprovalMode.ALWAYS)
    moved = scene.move()
    assert moved.status == "requested"
    approve_reservation(viewer=manager_of(scene.lab), reservation=moved)
    assert scene.runs == {"Ann": [], "Bob": [NOON]}


def test_move__own_operator_is_free__two_queries_at_most(scene: Scene) -> None:
    with CaptureQueriesContext(connection) as kept:
        scene.move()
    scene.booking.refresh_from_db()
    with CaptureQueriesContext(connection) as any_of_them:
        scene.move(slot("14:00"), operator="any")
    assert len(kept) == len(any_of_them)


def test_api__operator_is_away__409_with_who_is_free_and_then_moved(scene: Scene) -> None:
    scene.is_away(scene.bob)
    told = problem(scene.patch(), 409, "slot_taken")
    assert [each["code"] for each in told["violations"]] == ["shared_resources_free"]
    assert "Bob" in told["detail"]
    assert told["operators"] == [{"id": scene.ann.pk, "name": "Ann"}]
    assert scene.patch(operator=told["operators"][0]["id"]).status_code == 200
    assert scene.runs["Ann"] == [NOON]


def test_api__operators_of_a_booking__who_runs_it_and_who_could(scene: Scene) -> None:
    address = f"reservations/{scene.booking.pk}/operators"
    ann, bob = {"id": scene.ann.pk, "name": "Ann"}, {"id": scene.bob.pk, "name": "Bob"}
    found = Api(scene.owner).get(address).json()
    assert found == {"items": [{**bob, "current": True}, {**ann, "current": False}], "next": None, "count": 2}
    problem(Api(firm_user()).get(address), 404, "not_found")
    assert Api().get(address).status_code == 401


def test_api__anybody__moved(scene: Scene) -> None:
    scene.is_away(scene.bob)
    assert scene.patch(operator="any").status_code == 200
    assert scene.runs["Ann"] == [NOON]


def test_api__operator_alone__changes_who_runs_it_at_its_time(scene: Scene) -> None:
    answer = scene.patch(None, operator=scene.ann.pk)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert scene.runs == {"Ann": [slot()], "Bob": []}


@pytest.mark.parametrize("operator_id", [0, -1, 2**63, "Bob", 1.5])
def test_api__operator_that_makes_no_sense__422(scene: Scene, operator_id: object) -> None:
    problem(scene.patch(operator=operator_id), 422, "invalid")


def test_api__operator_of_another_instrument__422(scene: Scene) -> None:
    problem(scene.patch(operator=operator(scene.lab, "Cem").pk), 422, "operator_unknown")


def test_api__booking_that_runs__its_operator_cannot_change(scene: Scene) -> None:
    with time_machine.travel(slot("09:10").starts_at):
        Api(scene.owner).post(f"reservations/{scene.booking.pk}/check-in", {})
        assert Reservation.objects.get(pk=scene.booking.pk).status == "in_use"
        problem(scene.patch(None, operator=scene.ann.pk), 409, "reservation_running")
        assert scene.patch(slot(hours=3), operator="any").status_code == 200
    assert scene.runs == {"Ann": [], "Bob": [slot(hours=3)]}


def test_api__booking_that_ends_early__anybody_alone_does_not_take_that_back(scene: Scene) -> None:
    with time_machine.travel(slot("09:10").starts_at):
        Api(scene.owner).post(f"reservations/{scene.booking.pk}/check-in", {})
        assert scene.patch(slot(hours=1)).status_code == 200
        problem(scene.patch(None, operator="any"), 409, "reservation_running")
    assert scene.runs == {"Ann": [], "Bob": [slot(hours=1)]}


def test_api__anybody_when_booking__whoever_is_free(scene: Scene) -> None:
    made = Api(scene.owner).post("reservations", wish(scene.instrument, NOON, operator="any"))
    assert made.status_code == 201
    assert scene.runs["Ann"] == [NOON]


def test_book__named_operator_is_taken__nearest_is_when_they_are_free(scene: Scene) -> None:
    scene.is_away(scene.bob)
    with pytest.raises(SlotTaken) as refusal:
        booked(scene.instrument, window=NOON, operator_id=scene.bob.pk)
    assert refusal.value.extra["alternatives"][0].window == slot("14:00")


def series_of(scene: Scene) -> Any:
    body = wish(scene.instrument, slot("14:00"), operator=scene.bob.pk)
    answer = Api(scene.owner).post("series", {**body, "repeat": {"every": "week", "count": 3}})
    assert answer.status_code == 201
    return answer.json()


def change(scene: Scene, series: Any, **more: Any) -> Any:
    body = {"scope": "following", "occurrence": series["occurrences"][1]["reservation"], "start": "10:00", **more}
    return Api(scene.owner).patch(f"series/{series['id']}", body)


def test_series__operator_is_away_once__none_moves_and_that_one_is_told(scene: Scene) -> None:
    series = series_of(scene)
    scene.is_away(scene.bob, slot("10:00", day=14))
    before = scene.runs
    told = problem(change(scene, series), 409, "slot_taken")
    assert [each["item"] for each in told["refused"]] == [1]
    assert "Bob" in told["refused"][0]["violations"][0]["message"]
    assert scene.runs == before


@pytest.mark.parametrize("choice", ["any", "Ann"])
def test_series__another_one_will_do__following_are_moved(scene: Scene, choice: str) -> None:
    series = series_of(scene)
    scene.is_away(scene.bob, slot("10:00", day=14))
    assert change(scene, series, operator=scene.ann.pk if choice == "Ann" else "any").status_code == 200
    own = [] if choice == "Ann" else [slot("10:00", day=7)]
    theirs = [slot("10:00", day=14)] if own else [slot("10:00", day=7), slot("10:00", day=14)]
    assert scene.runs == {"Ann": theirs, "Bob": [slot(), slot("14:00"), *own, *([slot("10:00", day=14)])]}
    assert gaps_are_right(scene.instrument)


def test_series__moved_together__each_keeps_its_own(scene: Scene) -> None:
    series = series_of(scene)
    assert change(scene, series).status_code == 200
    assert scene.runs == {"Ann": [], "Bob": [slot(), slot("14:00"), slot("10:00", day=7), slot("10:00", day=14)]}


@pytest.mark.django_db(transaction=True)
def test_moves__at_once_with_the_same_operator__one_has_them_and_nobody_is_replaced() -> None:
    lab = make_institution()
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instruments = [needing(lab, [ann, bob]) for _ in range(4)]
    people = [firm_user() for _ in instruments]
    hours = ("09:00", "11:00", "13:00", "15:00")
    bookings = [
        booked(each, who, slot(start), operator_id=bob.pk)
        for each, who, start in zip(instruments, people, hours, strict=True)
    ]
    target = slot("09:00", day=1)
    answers = at_once([
        partial(reschedule_reservation, viewer=who, reservation=each, window=target)
        for each, who in zip(bookings, people, strict=True)
    ])  # fmt: skip
    assert sorted(type(each).__name__ for each in answers) == ["Reservation", *["SlotTaken"] * 3]
    refused = [each.extra for each in answers if isinstance(each, SlotTaken)]
    assert [each["operators"] for each in refused] == [[{"id": ann.pk, "name": "Ann"}]] * 3
    assert (taken(ann), target in taken(bob), len(taken(bob))) == ([], True, 4)
    assert all(gaps_are_right(each) for each in instruments)


@pytest.mark.django_db(transaction=True)
def test_moves__at_once_anybody_will_do__two_get_one_each() -> None:
    lab = make_institution()
    ann, bob = operator(lab, "Ann"), operator(lab, "Bob")
    instruments, people = [needing(lab, [ann, bob]) for _ in range(3)], [firm_user() for _ in range(3)]
    bookings = [
        booked(each, who, slot(start), operator_id=bob.pk)
        for each, who, start in zip(instruments, people, ("09:00", "11:00", "13:00"), strict=True)
    ]
    target = slot("09:00", day=1)
    answers = at_once([
        partial(reschedule_reservation, viewer=who, reservation=each, window=target, operator="any")
        for each, who in zip(bookings, people, strict=True)
    ])  # fmt: skip
    assert sorted(type(each).__name__ for each in answers) == ["Reservation", "Reservation", "SlotTaken"]
    assert (target in taken(ann), target in taken(bob)) == (True, True)
