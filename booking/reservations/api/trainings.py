"""Trainings: planned with the booking of their time, seats, completion."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.commands.complete_training import complete_training
from booking.reservations.commands.hold_training import Training, hold_training
from booking.reservations.rules.window_valid import asked_window
from core.schemas import Instant, Line, StrictSchema
from core.windows import zone
from instruments.catalogue.selectors import access_instrument
from instruments.qualifications.commands.join_training import join_training
from instruments.qualifications.commands.leave_training import leave_training
from instruments.qualifications.models import Level, TrainingSession
from instruments.qualifications.schemas import LEVEL, LEVEL_NAMES, PersonOut
from instruments.qualifications.selectors import access_training, person_by_email, trainings

router = Router(tags=["qualifications"])


class TrainingIn(StrictSchema):
    """A training to hold. for_group: it grants for the instrument's group; valid_days null: without end."""

    instrument: int
    start: Instant
    end: Instant
    level: str = Field(pattern=LEVEL)
    seats: int = Field(1, ge=1, le=200)
    for_group: bool = False
    valid_days: int | None = Field(None, ge=1, le=36_500)
    note: Line = ""
    waive: list[schemas.WaiverIn] = Field(default_factory=list, max_length=20)


class SeatIn(StrictSchema):
    """Who takes a seat, by e-mail address; empty: oneself."""

    email: Line = ""


class AttendanceIn(StrictSchema):
    """Ids of the people who attended."""

    attended: list[int] = Field(max_length=200)


class TrainingOut(Schema):
    """A training. people: who has a seat, for staff and for oneself only; free_seats for everybody."""

    id: int
    instrument: int = Field(alias="instrument_id")
    group: int | None = Field(alias="group_id")
    reservation: int
    trainer: PersonOut
    start: datetime
    end: datetime
    zone: str = Field(alias="instrument.institution.zone")
    level: str
    seats: int
    free_seats: int
    valid_days: int | None
    note: str
    completed_at: datetime | None
    cancelled_at: datetime | None
    people: list[PersonOut]

    @staticmethod
    def resolve_start(session: TrainingSession) -> datetime:
        return _local(session, session.during.lower)

    @staticmethod
    def resolve_end(session: TrainingSession) -> datetime:
        return _local(session, session.during.upper)

    @staticmethod
    def resolve_level(session: TrainingSession) -> str:
        return Level(session.level).name.lower()

    @staticmethod
    def resolve_free_seats(session: TrainingSession) -> int:
        return session.seats - len(session.taken_seats.all())

    @staticmethod
    def resolve_people(session: TrainingSession, context: Any) -> list[Any]:
        viewer = context["request"].auth
        sees_all = viewer.staffs(session.instrument.institution_id)
        seats = session.taken_seats.all()
        return [seat.person for seat in seats if sees_all or seat.person_id == viewer.user_id]


class TrainingFilters(StrictSchema):
    """instrument: those on one."""

    instrument: int | None = None


@router.get("trainings", response=list[TrainingOut])
@paginate
def list_trainings(request: ViewerRequest, filters: Query[TrainingFilters]) -> "QuerySet[TrainingSession]":
    """Trainings on instruments the caller sees, newest first."""
    return trainings(request.auth, instrument_id=filters.instrument)


@router.post("trainings", response={201: TrainingOut})
def create_training(request: ViewerRequest, body: TrainingIn) -> Status[TrainingSession]:
    """Book its time and plan it. 409 slot_taken, 422 rules_violated as for any booking."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, body.instrument, "operate")
    session = hold_training(
        viewer=request.auth,
        instrument=instrument,
        window=asked_window(body.start, body.end, zone=instrument.institution.zone),
        training=Training(LEVEL_NAMES[body.level], body.seats, body.for_group, body.valid_days, body.note),
        waivers={waiver.code: waiver.reason for waiver in body.waive},
    )
    return Status(201, access_training(request.auth, session.pk))


@router.get("trainings/{int:training_id}", response=TrainingOut)
def get_training(request: ViewerRequest, training_id: int) -> TrainingSession:
    """One training."""
    return access_training(request.auth, training_id)


@router.post("trainings/{int:training_id}/seats", response={201: TrainingOut})
def take_seat(request: ViewerRequest, training_id: int, body: SeatIn | None = None) -> Status[TrainingSession]:
    """Take a seat; as staff for anybody, by e-mail address."""
    require_scope(request.auth, Scope.BOOK)
    session = access_training(request.auth, training_id)
    email = body.email if body else ""
    if email:
        session = access_training(request.auth, training_id, "manage")
    person_id = person_by_email(email).pk if email else request.auth.person_id
    join_training(viewer=request.auth, session=session, person_id=person_id)
    return Status(201, access_training(request.auth, training_id))


@router.delete("trainings/{int:training_id}/seats/{int:person_id}", response={204: None})
def free_seat(request: ViewerRequest, training_id: int, person_id: int) -> Status[None]:
    """Give a seat back: one's own, as staff anybody's."""
    require_scope(request.auth, Scope.BOOK)
    session = access_training(request.auth, training_id)
    leave_training(viewer=request.auth, session=session, person_id=person_id)
    return Status(204, None)


@router.post("trainings/{int:training_id}/complete", response=TrainingOut)
def complete(request: ViewerRequest, training_id: int, body: AttendanceIn) -> TrainingSession:
    """Grant its level to those who attended."""
    require_scope(request.auth, Scope.MANAGE)
    session = access_training(request.auth, training_id, "manage")
    complete_training(viewer=request.auth, session=session, attended=body.attended)
    return access_training(request.auth, training_id)


def _local(session: TrainingSession, instant: datetime) -> datetime:
    return instant.astimezone(zone(session.instrument.institution.zone))
