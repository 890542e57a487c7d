"""Say that somebody is there and begins."""

from accounts.viewers import Viewer
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.errors import CheckInNotOpen, CheckInOver
from booking.reservations.events import ReservationCheckedIn
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.check_ins import check_in_of
from core import clock
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow, zone


@retried_when_busy
def check_in(*, viewer: Viewer, reservation: Reservation, expected_version: int | None = None) -> Reservation:
    """Begin the use, from check-in's opening until the no-show limit. Claims stay as they are, early or late.

    The caller fetched the reservation through access_reservation(…, "change").
    Raises: CheckInNotOpen, CheckInOver, ReservationRunning, ReservationEnded, Stale, CalendarBusy.
    Emits: ReservationCheckedIn, CalendarChanged. Source: engine.md, "Meanings".
    """
    with acting(actor_id=viewer.user_id, command="check_in"):
        current = locked_for_change(reservation, expected_version, "check_in")
        _refuse_outside(current)
        current.status = Status.IN_USE
        current.used_from = clock.now()
        current.version += 1
        current.save(update_fields=["status", "used_from", "version"])
        window = TimeWindow.of(current.during)
        publish(ReservationCheckedIn(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, window)
    return current


def _refuse_outside(current: Reservation) -> None:
    """Instants in refusals carry the instrument's offset."""
    terms, now, tz = check_in_of(current), clock.now(), zone(current.instrument.institution.zone)
    if now < terms.opens_at:
        raise CheckInNotOpen(opens_at=terms.opens_at.astimezone(tz).isoformat())
    if now >= terms.until:
        raise CheckInOver(until=terms.until.astimezone(tz).isoformat())
