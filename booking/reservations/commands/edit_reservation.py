"""Change what a reservation says, not when it is."""

from accounts.viewers import Viewer
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.models import Reservation
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def edit_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    purpose: str | None = None,
    note: str | None = None,
    expected_version: int | None = None,
) -> Reservation:
    """Change purpose or note; None leaves as it is.

    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationEnded, Stale, CalendarBusy.
    """
    with acting(actor_id=viewer.user_id, command="edit"):
        current = locked_for_change(reservation, expected_version, "edit")
        current.purpose = current.purpose if purpose is None else purpose
        current.note = current.note if note is None else note
        current.version += 1
        current.save(update_fields=["purpose", "note", "version"])
    return current
