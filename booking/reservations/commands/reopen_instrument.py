"""Open an instrument again before its closure is over."""

from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.events import InstrumentReopened
from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import USES
from core import clock
from core.errors import NotFound
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


@retried_when_busy
def reopen_instrument(*, viewer: Viewer, closure: Reservation) -> Reservation:
    """Cancel a closure or maintenance that has not begun; end one that has now. Its time is free at once.

    The caller fetched it through access_reservation(…, "manage").
    Raises: NotFound (no closure), ReservationEnded, CalendarBusy.
    Emits: ReservationCancelled or InstrumentReopened, CalendarChanged.
    """
    if closure.kind in USES:
        raise NotFound
    if TimeWindow.of(closure.during).starts_at >= clock.now():
        return cancel_reservation(viewer=viewer, reservation=closure, reason=_("Opened again."))
    current = locked_for_change(closure, None, "reopen")
    with acting(actor_id=viewer.user_id, command="reopen"):
        agreed = TimeWindow.of(current.during)
        current.used_until = min(clock.now(), agreed.ends_at)
        current.status = Status.COMPLETED
        current.version += 1
        current.save(update_fields=["used_until", "status", "version"])
        functions.shorten_claims(current.pk, agreed_end=agreed.ends_at, ended_at=current.used_until)
        publish(InstrumentReopened(current.pk, current.instrument_id, agreed.starts_at, current.used_until))
        announce(current.instrument_id, agreed)
    return current
