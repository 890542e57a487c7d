"""What all changes of an existing reservation begin with."""

from collections.abc import Collection

from booking.calendars import functions
from booking.reservations.errors import ReservationEnded, ReservationRunning
from booking.reservations.models import CHANGEABLE, Reservation, Status
from core.errors import NotFound, Stale


def locked_for_change(
    reservation: Reservation, expected_version: int | None, allowed: Collection[str] = CHANGEABLE
) -> Reservation:
    """Lock the calendar and read the reservation again behind the lock.

    allowed: the statuses in which the change makes sense.
    Raises: ReservationEnded, ReservationRunning, Stale when somebody changed it since version `expected_version`.
    """
    functions.lock_instruments([reservation.instrument_id])
    current = (
        Reservation.objects.select_related("instrument__institution", "user", "account")
        .select_for_update(of=("self",), no_key=True)  # the clock advances rows without the calendar's lock
        .filter(pk=reservation.pk)
        .first()
    )
    if current is None:
        raise NotFound
    if expected_version is not None and current.version != expected_version:
        raise Stale(version=current.version)
    if current.status == Status.IN_USE and current.status not in allowed:
        raise ReservationRunning(reservation_status=current.status)
    if current.status not in allowed:
        raise ReservationEnded(reservation_status=current.status)
    return current
