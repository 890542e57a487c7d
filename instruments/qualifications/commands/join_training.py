"""Take a seat in a training."""

from django.db import transaction

from accounts.viewers import Viewer
from core import clock
from core.errors import Forbidden
from instruments.qualifications.commands.locking import locked_training
from instruments.qualifications.errors import TrainingFull, TrainingOver
from instruments.qualifications.models import TrainingSeat, TrainingSession


@transaction.atomic
def join_training(*, viewer: Viewer, session: TrainingSession, person_id: int) -> TrainingSeat:
    """Give a person a seat: oneself before it begins, anybody else as staff until it is completed.

    Asking again changes nothing. The caller fetched the session through access_training.
    Raises: Forbidden, TrainingFull, TrainingOver.
    """
    staffs = viewer.staffs(session.instrument.institution_id)
    if person_id != viewer.person_id and not staffs:
        raise Forbidden
    current = locked_training(session)
    if not staffs and current.during.lower <= clock.now():
        raise TrainingOver
    taken = TrainingSeat.objects.filter(session=current)
    if (own := taken.filter(person_id=person_id).first()) is not None:
        return own
    if taken.count() >= current.seats:
        raise TrainingFull
    return TrainingSeat.objects.create(session=current, person_id=person_id)
