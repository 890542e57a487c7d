"""Change what a reservation says, not when it is."""

from accounts.viewers import Viewer
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.commands.filling import FilledChange, changed_columns
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
    filled: FilledChange | None = None,
    expected_version: int | None = None,
) -> Reservation:
    """Change purpose, note or what was filled in; None leaves as it is.

    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationEnded, Stale, AnswersInvalid, AccessModeNotOffered, CalendarBusy.
    """
    with acting(actor_id=viewer.user_id, command="edit"):
        current = locked_for_change(reservation, expected_version, "edit")
        current.purpose = current.purpose if purpose is None else purpose
        current.note = current.note if note is None else note
        columns = changed_columns(viewer, current, filled) if filled else {}
        for column, value in columns.items():
            setattr(current, column, value)
        current.version += 1
        current.save(update_fields=["purpose", "note", "version", *columns])
    return current
