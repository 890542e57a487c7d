"""Withdraw a text without a new one."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.conduct.errors import AgreementReplaced
from booking.conduct.models import Agreement
from core import clock
from core.errors import Forbidden
from core.history import acting


@transaction.atomic
def withdraw_agreement(*, viewer: Viewer, agreement: Agreement) -> None:
    """Nobody has to sign it any more; signatures stay.

    Raises: Forbidden, AgreementReplaced.
    """
    if not viewer.manages(agreement.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="withdraw_agreement"):
        held = Agreement.objects.filter(pk=agreement.pk, replaced_at__isnull=True)
        if held.update(replaced_at=clock.now()) == 0:
            raise AgreementReplaced
