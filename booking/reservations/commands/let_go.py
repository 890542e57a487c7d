"""Give a held window back."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.events import ReservationExpired
from booking.reservations.models import Reservation, Status
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


@retried_when_busy
def let_go(*, viewer: Viewer, hold: Reservation) -> Reservation:
    """The window is free again at once.

    The caller fetched it through access_hold. Raises: ReservationEnded, CalendarBusy.
    Emits: ReservationExpired, CalendarChanged.
    """
    with acting(actor_id=viewer.user_id, command="let_go"):
        current = locked_for_change(hold, None, "let_go")
        functions.release_claims(current.pk)
        current.status = Status.EXPIRED
        current.version += 1
        current.save(update_fields=["status", "version"])
        window = TimeWindow.of(current.during)
        publish(ReservationExpired(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
    return current
