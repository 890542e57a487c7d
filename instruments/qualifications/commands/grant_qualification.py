"""Grant a qualification."""

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.viewers import Viewer
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from instruments.qualifications.errors import QualificationInvalid
from instruments.qualifications.events import QualificationGranted
from instruments.qualifications.models import Level, Qualification
from instruments.qualifications.selectors import Subject

LAST_DAY: Final = date(2199, 12, 31)


@transaction.atomic
def grant_qualification(
    *,
    viewer: Viewer,
    person_id: int,
    subject: Subject,
    level: Level,
    expires_on: date | None = None,
    training_id: int | None = None,
) -> Qualification:
    """Let a person do what the level says, from today on; one that holds already then lasts at least as long.

    expires_on: the last day, a local date of the institution; None: without end. Never shortens what was granted.
    Raises: Forbidden, QualificationInvalid. Emits: QualificationGranted.
    """
    if not viewer.staffs(subject.institution_id):
        raise Forbidden
    today = clock.today(subject.zone)
    if expires_on is not None and not today <= expires_on <= LAST_DAY:
        raise QualificationInvalid(_("Give a last day from today on."))
    with acting(actor_id=viewer.user_id, command="grant_qualification"):
        User.objects.select_for_update(no_key=True).get(pk=person_id)  # the second of two at once sees the first
        granted = _granted(viewer, person_id, subject, level, expires_on, training_id)
        publish(QualificationGranted(granted.pk, person_id, subject.institution_id))
    return granted


def _granted(
    viewer: Viewer, person_id: int, subject: Subject, level: Level, expires_on: date | None, training_id: int | None
) -> Qualification:
    what: dict[str, Any] = {
        "person_id": person_id,
        "instrument_id": subject.instrument_id,
        "group_id": subject.group_id,
        "level": level,
    }
    held = Qualification.objects.filter(**what, revoked_at__isnull=True).first()
    if held is not None:
        return _prolonged(held, expires_on)
    return Qualification.objects.create(
        **what,
        institution_id=subject.institution_id,
        granted_on=clock.today(subject.zone),
        expires_on=expires_on,
        granted_by_id=viewer.person_id,
        training_id=training_id,
    )


def _prolonged(held: Qualification, expires_on: date | None) -> Qualification:
    if held.expires_on is not None and (expires_on is None or expires_on > held.expires_on):
        held.expires_on = expires_on
        held.save(update_fields=["expires_on"])
    return held
