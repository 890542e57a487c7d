"""Revoke a qualification."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from instruments.qualifications.commands.locking import locked_qualification
from instruments.qualifications.errors import QualificationInvalid
from instruments.qualifications.events import QualificationRevoked
from instruments.qualifications.models import Qualification


@transaction.atomic
def revoke_qualification(*, viewer: Viewer, qualification: Qualification, reason: str) -> Qualification:
    """From now on it does not hold; bookings that were made stay. reason: the person reads it.

    The caller fetched it through access_qualification(…, "manage").
    Raises: Forbidden, QualificationInvalid, QualificationRevokedBefore. Emits: QualificationRevoked.
    """
    if not viewer.staffs(qualification.institution_id):
        raise Forbidden
    if not 0 < len(reason.strip()) <= 400:
        raise QualificationInvalid(_("Give a reason of at most 400 characters."))
    with acting(actor_id=viewer.user_id, command="revoke_qualification", reason=reason.strip()):
        current = locked_qualification(qualification)
        current.revoked_at, current.revoked_reason = clock.now(), reason.strip()
        current.save(update_fields=["revoked_at", "revoked_reason"])
        publish(QualificationRevoked(current.pk, current.person_id, current.institution_id))
    return current
