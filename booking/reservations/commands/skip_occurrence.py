"""Leave out one occurrence of a repeating closure."""

from accounts.viewers import Viewer
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import ClosureOccurrence
from core.errors import NotFound
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def skip_occurrence(*, viewer: Viewer, occurrence: ClosureOccurrence) -> None:
    """It waits no longer and is never entered.

    Fetched through access_occurrence. Raises: NotFound, CalendarBusy.
    """
    lock_calendars([occurrence.repeating.instrument_id])  # as whoever enters it does
    with acting(actor_id=viewer.user_id, command="skip_occurrence"):
        waiting = ClosureOccurrence.objects.filter(pk=occurrence.pk, closure__isnull=True, is_skipped=False)
        if not waiting.update(is_skipped=True):
            raise NotFound
