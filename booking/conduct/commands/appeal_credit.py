"""Disagree with an entry of one's credit."""

from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction

from accounts.viewers import Viewer
from booking.conduct.errors import NotAppealable, ReasonMissing
from booking.conduct.events import CreditAppealed
from booking.conduct.models import CreditAppeal, CreditEntry
from core import clock
from core.errors import NotFound
from core.events import publish
from core.history import acting

APPEAL_WITHIN: Final = timedelta(days=30)


def appeal_credit(*, viewer: Viewer, entry: CreditEntry, text: str) -> CreditAppeal:
    """Ask the institution to take back what lowered one's credit; once per entry, within APPEAL_WITHIN.

    The caller fetched the entry through access_entry.
    Raises: NotFound for somebody else's, NotAppealable, ReasonMissing. Emits: CreditAppealed.
    """
    if entry.person_id != viewer.person_id:
        raise NotFound
    if not 0 < len(text.strip()) <= 1000:
        raise ReasonMissing
    if not may_be_appealed(entry):
        raise NotAppealable
    try:
        return _written(viewer, entry, text.strip())
    except IntegrityError as twice:
        raise NotAppealable from twice


def may_be_appealed(entry: CreditEntry) -> bool:
    """Whether it lowered the credit, not too long ago, and nobody has appealed it."""
    is_recent = entry.at > clock.now() - APPEAL_WITHIN
    return entry.change < 0 and is_recent and getattr(entry, "appeal", None) is None


@transaction.atomic
def _written(viewer: Viewer, entry: CreditEntry, text: str) -> CreditAppeal:
    with acting(actor_id=viewer.user_id, command="appeal_credit"):
        appeal = CreditAppeal.objects.create(entry_id=entry.pk, institution_id=entry.institution_id, text=text)
        publish(CreditAppealed(appeal.pk, entry.pk, entry.person_id, entry.institution_id))
    return appeal
