"""Decide an appeal."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.conduct.commands.change_credit import lock_credit
from booking.conduct.errors import AppealDecidedBefore, OwnAppeal, ReasonMissing
from booking.conduct.events import AppealDecided, CreditChanged
from booking.conduct.models import AppealState, CreditAppeal, CreditEntry, Reason
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting


@transaction.atomic
def decide_appeal(*, viewer: Viewer, appeal: CreditAppeal, is_granted: bool, answer: str) -> CreditAppeal:
    """Grant an appeal, which reverses its entry by another, or reject it. answer: the person reads it.

    The caller fetched it through access_appeal(…, "decide").
    Raises: Forbidden, OwnAppeal, AppealDecidedBefore, ReasonMissing. Emits: AppealDecided, CreditChanged.
    """
    entry = appeal.entry
    if not viewer.manages(appeal.institution_id):
        raise Forbidden
    if viewer.user_id == entry.person_id:
        raise OwnAppeal
    if not 0 < len(answer.strip()) <= 1000:
        raise ReasonMissing
    with acting(actor_id=viewer.user_id, command="decide_appeal"):
        lock_credit(entry.person_id)
        current = _locked(appeal)
        current.state = AppealState.GRANTED if is_granted else AppealState.REJECTED
        current.answer, current.decided_by_id, current.decided_at = answer.strip(), viewer.person_id, clock.now()
        current.save(update_fields=["state", "answer", "decided_by", "decided_at"])
        if is_granted:
            _reverse(entry, viewer.person_id)
        publish(AppealDecided(current.pk, entry.pk, entry.person_id, entry.institution_id, is_granted))
    return current


def _locked(appeal: CreditAppeal) -> CreditAppeal:
    current = CreditAppeal.objects.select_for_update(no_key=True).get(pk=appeal.pk)
    if current.state != AppealState.OPEN:
        raise AppealDecidedBefore
    return current


def _reverse(entry: CreditEntry, by_id: int) -> None:
    reversal = CreditEntry.objects.create(
        person_id=entry.person_id,
        institution_id=entry.institution_id,
        reason=Reason.APPEAL_GRANTED,
        change=-entry.change,
        reservation=entry.reservation,
        reverses=entry,
        by_id=by_id,
    )
    publish(CreditChanged(reversal.pk, entry.person_id, entry.institution_id, entry.reservation))
