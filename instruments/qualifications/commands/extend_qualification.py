"""Let a qualification last longer."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.windows import zone
from instruments.qualifications.commands.grant_qualification import LAST_DAY
from instruments.qualifications.commands.locking import locked_qualification
from instruments.qualifications.errors import QualificationInvalid
from instruments.qualifications.events import QualificationExtended
from instruments.qualifications.models import Qualification


@transaction.atomic
def extend_qualification(*, viewer: Viewer, qualification: Qualification, expires_on: date | None) -> Qualification:
    """Give it a later last day; one that has expired holds again. expires_on None: without end.

    The caller fetched it through access_qualification(…, "manage").
    Raises: Forbidden, QualificationInvalid, QualificationRevokedBefore. Emits: QualificationExtended.
    """
    if not viewer.staffs(qualification.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="extend_qualification"):
        current = locked_qualification(qualification)
        _refuse_earlier(current, expires_on, clock.today(zone(qualification.institution.zone)))
        current.expires_on = expires_on
        current.save(update_fields=["expires_on"])
        publish(QualificationExtended(current.pk, current.person_id, current.institution_id))
    return current


def _refuse_earlier(current: Qualification, expires_on: date | None, today: date) -> None:
    has_end = current.expires_on is not None
    is_later = expires_on is None or max(today, current.expires_on or today) <= expires_on <= LAST_DAY
    if not (has_end and is_later and expires_on != current.expires_on):
        raise QualificationInvalid(_("Give a last day after the present one. To end it earlier, revoke it."))
