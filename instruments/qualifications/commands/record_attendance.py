"""Write down who attended a training, and grant them what it grants."""

from collections.abc import Collection
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from core import clock
from core.errors import Forbidden
from core.history import acting
from core.windows import zone
from instruments.qualifications.commands.grant_qualification import LAST_DAY, grant_qualification
from instruments.qualifications.commands.locking import locked_training
from instruments.qualifications.errors import QualificationInvalid
from instruments.qualifications.models import Level, Qualification, TrainingSeat, TrainingSession
from instruments.qualifications.selectors import Subject


def record_attendance(
    *, viewer: Viewer, session: TrainingSession, attended: Collection[int]
) -> list[Qualification]:
    """Complete a training: those who attended get its level; runs inside a transaction. attended: people's ids.

    The caller fetched the session through access_training(…, "manage").
    Raises: Forbidden, TrainingOver, QualificationInvalid for somebody without a seat.
    Emits: QualificationGranted for each.
    """
    if not viewer.staffs(session.instrument.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="complete_training"):
        current = locked_training(session)
        seats = TrainingSeat.objects.filter(session=current)
        if set(attended) - set(seats.values_list("person_id", flat=True)):
            raise QualificationInvalid(_("Somebody of these had no seat in the training."))
        seats.update(attended=False)
        seats.filter(person_id__in=attended).update(attended=True)
        current.completed_at = clock.now()
        current.save(update_fields=["completed_at"])
    return [_grant(viewer, session, person_id) for person_id in sorted(set(attended))]


def _grant(viewer: Viewer, session: TrainingSession, person_id: int) -> Qualification:
    subject = Subject.of_instrument(session.instrument)
    if session.group is not None:
        subject = Subject(subject.institution_id, subject.zone, group_id=session.group.pk)
    return grant_qualification(
        viewer=viewer,
        person_id=person_id,
        subject=subject,
        level=Level(session.level),
        expires_on=_last_day(session),
        training_id=session.pk,
    )


def _last_day(session: TrainingSession) -> date | None:
    """Counted from the day of the training, never before the day it is written down."""
    if session.valid_days is None:
        return None
    tz = zone(session.instrument.institution.zone)
    held_on: date = session.during.lower.astimezone(tz).date()
    return min(LAST_DAY, max(held_on + timedelta(days=session.valid_days), clock.today(tz)))
