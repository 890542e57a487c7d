"""Trainings with the booking of their time: held, moved, cancelled, completed; through the API."""

from datetime import timedelta

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.complete_training import complete_training
from booking.reservations.commands.hold_training import Training, hold_training
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Reservation
from core.errors import Forbidden
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from instruments.qualifications.commands.join_training import join_training
from instruments.qualifications.errors import QualificationInvalid, TrainingAhead, TrainingOver
from instruments.qualifications.models import Level, Qualification, TrainingSession
from instruments.qualifications.selectors import access_training
from tests.factories.booking import Api, booked, firm_user, make_bookable, operator_of, problem, slot
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

TRAINING = Training(Level.SUPERVISED, seats=2)


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return make_bookable()


@pytest.fixture
def trainer(instrument: Instrument) -> Viewer:
    return operator_of(instrument.institution)


def held(trainer: Viewer, instrument: Instrument) -> TrainingSession:
    made = hold_training(viewer=trainer, instrument=instrument, window=slot(), training=TRAINING)
    return access_training(trainer, made.pk)


def test_hold__free_time__booked_as_training_without_a_price(instrument: Instrument, trainer: Viewer) -> None:
    session = held(trainer, instrument)
    time = Reservation.objects.get(pk=session.reservation)
    assert (time.kind, time.status, time.user_id, time.total_fen) == ("training", "confirmed", trainer.user_id, 0)
    assert TimeWindow.of(session.during) == TimeWindow.of(time.during) == slot()


def test_hold__taken_time__neither_booked_nor_planned(instrument: Instrument, trainer: Viewer) -> None:
    booked(instrument)
    with pytest.raises(SlotTaken):
        held(trainer, instrument)
    assert (TrainingSession.objects.count(), Reservation.objects.count()) == (0, 1)


def test_hold__impossible_plan__nothing_is_booked(instrument: Instrument, trainer: Viewer) -> None:
    wrong = Training(Level.TRAINED, seats=2, for_group=True)
    with pytest.raises(QualificationInvalid):
        hold_training(viewer=trainer, instrument=instrument, window=slot(), training=wrong)
    assert not Reservation.objects.exists()


def test_hold__not_staff__forbidden(instrument: Instrument) -> None:
    with pytest.raises(Forbidden):
        hold_training(viewer=firm_user(), instrument=instrument, window=slot(), training=TRAINING)


def test_reservation__moved_then_cancelled__the_training_follows(instrument: Instrument, trainer: Viewer) -> None:
    session = held(trainer, instrument)
    time = Reservation.objects.select_related("instrument__institution").get(pk=session.reservation)
    reschedule_reservation(viewer=trainer, reservation=time, window=slot("13:00"))
    run_jobs("reservations.follow_training")
    session.refresh_from_db()
    assert TimeWindow.of(session.during) == slot("13:00")
    cancel_reservation(viewer=trainer, reservation=time)
    run_jobs("reservations.follow_training")
    session.refresh_from_db()
    assert session.cancelled_at is not None


def test_complete__before_and_after_it_began__qualifies_those_who_came(
    instrument: Instrument, trainer: Viewer, clock: time_machine.Traveller
) -> None:
    session, person = held(trainer, instrument), firm_user()
    join_training(viewer=person, session=session, person_id=person.person_id)
    with pytest.raises(TrainingAhead):
        complete_training(viewer=trainer, session=session, attended=[person.person_id])
    clock.move_to(slot().starts_at + timedelta(minutes=90))
    complete_training(viewer=trainer, session=session, attended=[person.person_id])
    assert Qualification.objects.get().person_id == person.person_id
    with pytest.raises(TrainingOver):
        complete_training(viewer=trainer, session=session, attended=[person.person_id])


def test_complete__its_time_was_cancelled__nobody_is_qualified(
    instrument: Instrument, trainer: Viewer, clock: time_machine.Traveller
) -> None:
    session = held(trainer, instrument)
    time = Reservation.objects.select_related("instrument__institution").get(pk=session.reservation)
    cancel_reservation(viewer=trainer, reservation=time)
    clock.move_to(slot().ends_at)
    with pytest.raises(TrainingOver):
        complete_training(viewer=trainer, session=session, attended=[])


def test_api__from_plan_to_qualification__as_each_sees_it(
    instrument: Instrument, trainer: Viewer, clock: time_machine.Traveller
) -> None:
    staff, person = Api(trainer), firm_user()
    times = {"start": slot().starts_at.isoformat(), "end": slot().ends_at.isoformat()}
    body = {"instrument": instrument.pk, **times, "level": "trained", "seats": 1, "valid_days": 30}
    made = staff.post("trainings", body)
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    problem(staff.post("trainings", body), 409, "slot_taken")
    assert Api(person).post(f"trainings/{key}/seats").json()["free_seats"] == 0
    problem(Api(firm_user()).post(f"trainings/{key}/seats"), 409, "training_full")
    assert Api(firm_user()).get("trainings", {"instrument": instrument.pk}).json()["items"][0]["people"] == []
    clock.move_to(slot().ends_at)
    done = staff.post(f"trainings/{key}/complete", {"attended": [person.person_id]})
    assert (done.status_code, done.json()["completed_at"] is None) == (200, False)
    assert [each["level"] for each in Api(person).get("qualifications").json()["items"]] == ["trained"]


def test_api__seats__given_back_and_by_staff_for_others(instrument: Instrument, trainer: Viewer) -> None:
    session, person = held(trainer, instrument), firm_user()
    path = f"trainings/{session.pk}/seats"
    problem(Api(person).post(path, {"email": trainer.email}), 403, "forbidden")
    assert Api(trainer).post(path, {"email": person.email}).status_code == 201
    assert Api(person).delete(f"{path}/{person.person_id}").status_code == 204
    problem(Api(person).delete(f"{path}/{person.person_id}"), 404, "not_found")
    problem(Api(person).post(f"trainings/{session.pk}/complete", {"attended": []}), 403, "forbidden")


def test_api__report__once_and_only_on_a_use(instrument: Instrument, clock: time_machine.Traveller) -> None:
    person = firm_user()
    made = booked(instrument, person)
    api = Api(person)
    problem(api.post(f"reservations/{made.pk}/report", {"text": "Soon"}), 409, "nothing_to_report")
    clock.move_to(slot().starts_at)
    check_in(viewer=person, reservation=made)
    answer = api.post(f"reservations/{made.pk}/report", {"text": "Lamp flickers", "problems": True, "samples": 3})
    assert (answer.status_code, answer.json()["problems"], answer.json()["samples"]) == (201, True, 3)
    problem(api.post(f"reservations/{made.pk}/report", {}), 409, "usage_reported")
    problem(Api(firm_user()).post(f"reservations/{made.pk}/report", {}), 404, "not_found")
