"""Disagree with an entry of one's credit."""

from django.db import IntegrityError, transaction

from accounts.viewers import Viewer
from booking.conduct.errors import NotAppealable, ReasonMissing
from booking.conduct.events import CreditAppealed
from booking.conduct.models import CreditAppeal, CreditEntry
from core.errors import NotFound
from core.events import publish
from core.history import acting


def appeal_credit(*, viewer: Viewer, entry: CreditEntry, text: str) -> CreditAppeal:
    """Ask the institution to take back what lowered one's credit; once per entry, within APPEAL_WITHIN.

    The caller fetched the entry through access_entry.
    Raises: NotFound for somebody else's, NotAppealable, ReasonMissing. Emits: CreditAppealed.
    """
    if entry.person_id != viewer.person_id:
        raise NotFound
    if not 0 < len(text.strip()) <= 1000:
        raise ReasonMissing
    if not entry.is_appealable:
        raise NotAppealable
    try:
        return _written(viewer, entry, text.strip())
    except IntegrityError as twice:
        raise NotAppealable from twice


@transaction.atomic
def _written(viewer: Viewer, entry: CreditEntry, text: str) -> CreditAppeal:
    with acting(actor_id=viewer.user_id, command="appeal_credit"):
        appeal = CreditAppeal.objects.create(entry_id=entry.pk, institution_id=entry.institution_id, text=text)
        publish(CreditAppealed(appeal.pk, entry.pk, entry.person_id, entry.institution_id))
    return appeal
