"""Change somebody's credit."""

from django.db import transaction

from accounts.models import User
from booking.conduct.events import CreditChanged
from booking.conduct.models import CreditEntry, Reason
from booking.conduct.selectors import START, credit_of
from core.events import publish


@transaction.atomic
def change_credit(
    *, person_id: int, institution_id: int, reason: Reason, change: int, reservation_id: int
) -> CreditEntry | None:
    """Write one entry about a reservation; one reason counts once for it, however often told.

    change: points, negative lowers. Returns None when there was one already, or nothing to change: 0 points, or
    more for somebody who has all of them. Emits: CreditChanged.
    """
    if change == 0:
        return None
    lock_credit(person_id)
    told_before = CreditEntry.objects.filter(reservation=reservation_id, reason=reason, reverses__isnull=True)
    if told_before.exists() or (change > 0 and credit_of(person_id) >= START):
        return None
    entry = CreditEntry.objects.create(
        person_id=person_id,
        institution_id=institution_id,
        reason=reason,
        change=change,
        reservation=reservation_id,
    )
    publish(CreditChanged(entry.pk, person_id, institution_id, reservation_id))
    return entry


def lock_credit(person_id: int) -> None:
    """Entries of one person are written one after the other."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=person_id)
