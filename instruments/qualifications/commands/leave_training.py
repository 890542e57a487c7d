"""Give a seat in a training back."""

from django.db import transaction

from accounts.viewers import Viewer
from core.errors import Forbidden, NotFound
from instruments.qualifications.commands.locking import locked_training
from instruments.qualifications.models import TrainingSeat, TrainingSession


@transaction.atomic
def leave_training(*, viewer: Viewer, session: TrainingSession, person_id: int) -> None:
    """Free a seat: one's own, or as staff anybody's, until the training is completed.

    The caller fetched the session through access_training. Raises: Forbidden, NotFound, TrainingOver.
    """
    if person_id != viewer.person_id and not viewer.staffs(session.instrument.institution_id):
        raise Forbidden
    current = locked_training(session)
    if TrainingSeat.objects.filter(session=current, person_id=person_id).delete()[0] == 0:
        raise NotFound
