"""Wait no longer."""

from accounts.viewers import Viewer
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.commands.let_go import let_go
from booking.reservations.errors import WaitingOver
from booking.reservations.models import WaitlistEntry, WaitStatus
from booking.reservations.waitlist_states import allows
from core.locks import retried_when_busy


@retried_when_busy
def leave_waitlist(*, viewer: Viewer, entry: WaitlistEntry) -> WaitlistEntry:
    """Take an entry out of the queue; what was offered to it is free again and goes to the next.

    The caller fetched it through access_entry(…, "leave"). Raises: WaitingOver, CalendarBusy.
    Emits: what let_go emits, where something was offered.
    """
    lock_calendars([entry.instrument_id])
    current = WaitlistEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if not allows("leave", current.status):
        raise WaitingOver(waitlist_status=current.status)
    was_offered = current.status == WaitStatus.OFFERED
    current.status = WaitStatus.WITHDRAWN
    current.save(update_fields=["status"])
    if was_offered and current.offer is not None:
        let_go(viewer=viewer, hold=current.offer)
    return current
