"""Leave out one occurrence of a repeating closure."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.reservations.models import ClosureOccurrence
from core.errors import NotFound
from core.history import acting


def skip_occurrence(*, viewer: Viewer, occurrence: ClosureOccurrence) -> None:
    """It waits no longer and is never entered. Fetched through access_occurrence. Raises: NotFound."""
    with transaction.atomic(), acting(actor_id=viewer.user_id, command="skip_occurrence"):
        waiting = ClosureOccurrence.objects.filter(pk=occurrence.pk, closure__isnull=True, is_skipped=False)
        if not waiting.update(is_skipped=True):
            raise NotFound
