"""Sign a text."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.conduct.errors import AgreementReplaced
from booking.conduct.models import Agreement, Signature


@transaction.atomic
def sign_agreement(*, viewer: Viewer, agreement: Agreement) -> Signature:
    """The viewer accepts the text as it stands; signing again changes nothing.

    Raises: NotSignedIn, AgreementReplaced when a newer version holds.
    """
    current = Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    if current.replaced_at is not None:
        raise AgreementReplaced
    signature, _is_new = Signature.objects.get_or_create(agreement=current, person_id=viewer.person_id)
    return signature
