"""Open an instrument again before its closure is over."""

from django.utils.translation import gettext as _
from psycopg.types.range import TimestamptzRange

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.events import InstrumentReopened
from booking.reservations.models import CHANGEABLE, Reservation, Status
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
    current = locked_for_change(closure, None, allowed=(*CHANGEABLE, Status.IN_USE))
    if TimeWindow.of(current.during).starts_at >= clock.now():
        return cancel_reservation(viewer=viewer, reservation=current, reason=_("Opened again."))
    with acting(actor_id=viewer.user_id, command="reopen"):
        agreed = TimeWindow.of(current.during)
        functions.release_claims(current.pk)
        current.during = TimestamptzRange(agreed.starts_at, min(clock.now(), agreed.ends_at))
        current.status = Status.COMPLETED
        current.version += 1
        current.save(update_fields=["during", "status", "version"])
        publish(InstrumentReopened(current.pk, current.instrument_id, current.during.lower, current.during.upper))
        revision = functions.revision_of(current.instrument_id)
        publish(CalendarChanged(current.instrument_id, revision, agreed.starts_at, agreed.ends_at))
    return current
