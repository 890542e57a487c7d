"""Complete a training: whoever attended is qualified."""

from collections.abc import Collection

from django.db import transaction

from accounts.viewers import Viewer
from booking.reservations.models import OCCUPYING, Reservation, Status
from core import clock
from core.errors import Forbidden
from instruments.qualifications.commands.record_attendance import record_attendance
from instruments.qualifications.errors import TrainingAhead, TrainingOver
from instruments.qualifications.models import Qualification, TrainingSession


@transaction.atomic
def complete_training(
    *, viewer: Viewer, session: TrainingSession, attended: Collection[int]
) -> list[Qualification]:
    """Grant the training's level to those who attended, once it has begun. attended: people's ids.

    The caller fetched the session through access_training(…, "manage"). The reservation of its time, which may have
    been moved or cancelled, decides whether it took place.
    Raises: Forbidden, TrainingAhead, TrainingOver, QualificationInvalid. Emits: QualificationGranted for each.
    """
    if not viewer.staffs(session.instrument.institution_id):
        raise Forbidden
    reservation = Reservation.objects.select_for_update(no_key=True).get(pk=session.reservation)
    if reservation.status not in (*OCCUPYING, Status.COMPLETED):
        raise TrainingOver
    if reservation.during.lower > clock.now():
        raise TrainingAhead
    return record_attendance(viewer=viewer, session=session, attended=attended)
