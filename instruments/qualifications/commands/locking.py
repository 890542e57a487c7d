"""What commands on one qualification begin with."""

from core.errors import NotFound
from instruments.qualifications.errors import QualificationRevokedBefore, TrainingOver
from instruments.qualifications.models import Qualification, TrainingSession


def locked_qualification(qualification: Qualification) -> Qualification:
    """The row as it stands behind its lock. Raises: NotFound, QualificationRevokedBefore."""
    current = Qualification.objects.select_for_update(no_key=True).filter(pk=qualification.pk).first()
    if current is None:
        raise NotFound
    if current.is_revoked:
        raise QualificationRevokedBefore
    return current


def locked_training(session: TrainingSession) -> TrainingSession:
    """The session behind its lock. Raises: NotFound, TrainingOver when completed or called off."""
    current = TrainingSession.objects.select_for_update(no_key=True).filter(pk=session.pk).first()
    if current is None:
        raise NotFound
    if current.is_over:
        raise TrainingOver
    return current
