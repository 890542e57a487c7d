"""Say that nobody came."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.cancel_reservation import ReasonRequired
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.errors import CheckedInAlready, ReservationNotBegun
from booking.reservations.events import ReservationNoShow
from booking.reservations.models import Reservation, Status
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


@retried_when_busy
def mark_no_show(
    *, viewer: Viewer, reservation: Reservation, reason: str, expected_version: int | None = None
) -> Reservation:
    """Release the place of somebody who did not come; also where the clock has assumed the use.

    The caller fetched the reservation through access_reservation(…, "change"); only staff may.
    Raises: Forbidden, ReasonRequired, ReservationNotBegun, CheckedInAlready, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationNoShow, CalendarChanged.
    """
    if not viewer.staffs(reservation.instrument.institution_id):
        raise Forbidden
    if not reason.strip():
        raise ReasonRequired
    with acting(actor_id=viewer.user_id, command="no_show", reason=reason.strip()):
        current = locked_for_change(reservation, expected_version, "no_show")
        _refuse_early_or_used(current)
        _release(current, reason.strip())
        window = TimeWindow.of(current.during)
        publish(ReservationNoShow(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
    return current


def _refuse_early_or_used(current: Reservation) -> None:
    if TimeWindow.of(current.during).starts_at > clock.now():
        raise ReservationNotBegun
    if current.status == Status.IN_USE and not current.use_is_assumed:
        raise CheckedInAlready


def _release(current: Reservation, reason: str) -> None:
    """What was assumed to be used was not."""
    functions.release_claims(current.pk)
    current.status = Status.NO_SHOW
    current.used_from = current.used_until = None
    current.use_is_assumed = False
    current.ended_reason = reason
    current.version += 1
    current.save(update_fields=["status", "used_from", "used_until", "use_is_assumed", "ended_reason", "version"])
