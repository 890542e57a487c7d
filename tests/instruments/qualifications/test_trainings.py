"""Trainings: seats, attendance, what follows the reservation of their time."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from core.errors import Forbidden, NotFound
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.commands.follow_reservation import follow_reservation
from instruments.qualifications.commands.join_training import join_training
from instruments.qualifications.commands.leave_training import leave_training
from instruments.qualifications.commands.plan_training import plan_training
from instruments.qualifications.commands.record_attendance import record_attendance
from instruments.qualifications.errors import QualificationInvalid, TrainingFull, TrainingOver
from instruments.qualifications.models import Level, Qualification, TrainingSeat, TrainingSession
from instruments.qualifications.selectors import access_training
from tests.factories.accounts import make_user, make_viewer, manager_of
from tests.factories.booking import firm_user, operator_of, slot
from tests.factories.conduct import make_group
from tests.factories.instruments import make_instrument
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def planned(instrument: Instrument | None = None, seats: int = 2, **more: Any) -> TrainingSession:
    """A training on Monday at nine with reservation 7."""
    place = instrument or make_instrument()
    trainer = operator_of(place.institution)
    session = plan_training(
        viewer=trainer,
        instrument=place,
        reservation_id=7,
        window=slot(),
        level=Level.SUPERVISED,
        seats=seats,
        **more,
    )
    return access_training(trainer, session.pk)


def test_plan__by_a_stranger_or_impossible__refused() -> None:
    instrument = make_instrument()
    plan: Any = partial(
        plan_training, instrument=instrument, reservation_id=1, window=slot(), level=Level.TRAINED, seats=1
    )
    with pytest.raises(Forbidden):
        plan(viewer=firm_user())
    manager = manager_of(instrument.institution)
    for wrong in ({"seats": 0}, {"seats": 201}, {"valid_days": 0}, {"for_group": True}):
        with pytest.raises(QualificationInvalid):
            plan(viewer=manager, **wrong)


def test_join__oneself_twice__one_seat() -> None:
    session, person = planned(), firm_user()
    for _time in range(2):
        join_training(viewer=person, session=session, person_id=person.person_id)
    assert TrainingSeat.objects.count() == 1


def test_join__somebody_else__for_staff_only() -> None:
    session = planned()
    with pytest.raises(Forbidden):
        join_training(viewer=firm_user(), session=session, person_id=make_user().pk)
    join_training(viewer=operator_of(session.instrument.institution), session=session, person_id=make_user().pk)
    assert TrainingSeat.objects.count() == 1


def test_join__after_it_began__staff_still_may() -> None:
    session, person = planned(), firm_user()
    with time_machine.travel(slot().starts_at + timedelta(minutes=1), tick=False):
        with pytest.raises(TrainingOver):
            join_training(viewer=person, session=session, person_id=person.person_id)
        staff = operator_of(session.instrument.institution)
        join_training(viewer=staff, session=session, person_id=person.person_id)
    assert TrainingSeat.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_join__ten_at_once_for_three_seats__three_sit() -> None:
    session = planned(seats=3)
    people = [make_viewer() for _n in range(10)]
    calls = [partial(join_training, viewer=each, session=session, person_id=each.person_id) for each in people]
    answers = at_once(calls)
    assert sorted(type(answer).__name__ for answer in answers) == ["TrainingFull"] * 7 + ["TrainingSeat"] * 3
    assert isinstance(answers[0], TrainingFull | TrainingSeat)


def test_leave__own_seat__free_again_and_not_twice() -> None:
    session, person = planned(seats=1), firm_user()
    join_training(viewer=person, session=session, person_id=person.person_id)
    leave_training(viewer=person, session=session, person_id=person.person_id)
    with pytest.raises(NotFound):
        leave_training(viewer=person, session=session, person_id=person.person_id)
    with pytest.raises(Forbidden):
        leave_training(viewer=firm_user(), session=session, person_id=person.person_id)


def test_attendance__some_of_those_seated__they_are_qualified() -> None:
    session = planned(valid_days=365)
    came, absent = firm_user(), firm_user()
    for each in (came, absent):
        join_training(viewer=each, session=session, person_id=each.person_id)
    staff = operator_of(session.instrument.institution)
    record_attendance(viewer=staff, session=session, attended=[came.person_id])
    granted = Qualification.objects.get()
    assert (granted.person_id, granted.level, granted.training_id) == (came.person_id, Level.SUPERVISED, session.pk)
    assert granted.expires_on == date(2036, 3, 4)
    assert dict(TrainingSeat.objects.values_list("person_id", "attended")) == {
        came.person_id: True,
        absent.person_id: False,
    }
    with pytest.raises(TrainingOver):
        record_attendance(viewer=staff, session=session, attended=[])


def test_attendance__of_a_group_training__holds_for_the_group() -> None:
    instrument = make_instrument()
    group = make_group(instrument.institution, instrument)
    session, person = planned(instrument, for_group=True), firm_user()
    join_training(viewer=person, session=session, person_id=person.person_id)
    (granted,) = record_attendance(
        viewer=operator_of(instrument.institution), session=session, attended=[person.person_id]
    )
    assert (granted.group_id, granted.instrument_id, granted.expires_on) == (group.pk, None, None)


def test_attendance__without_a_seat__nobody_is_qualified() -> None:
    session = planned()
    with pytest.raises(QualificationInvalid):
        record_attendance(
            viewer=operator_of(session.instrument.institution), session=session, attended=[make_user().pk]
        )
    assert not Qualification.objects.exists()


def test_follow__moved_and_cancelled__the_training_too() -> None:
    session = planned()
    later = slot("13:00")
    assert follow_reservation(reservation_id=7, window=later)
    session.refresh_from_db()
    assert TimeWindow.of(session.during) == later
    assert follow_reservation(reservation_id=7, window=None)
    assert not follow_reservation(reservation_id=7, window=None)
    session.refresh_from_db()
    assert session.is_over
