"""Change what a reservation says, not when it is."""

from copy import copy

from accounts.viewers import Viewer
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.commands.filling import FilledChange, changed_columns
from booking.reservations.commands.needing import follow_mode, verdict_on_mode
from booking.reservations.commands.refusing import told_by
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Reservation
from booking.reservations.selectors.contexts import way_of_use
from core.history import acting
from core.locks import retried_when_busy


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

    Another access mode can ask for a qualification and need other shared resources or an operator: these are taken,
    what it no longer needs is given back, and the change is refused where they can't be had.
    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationEnded, Stale, AnswersInvalid, AccessModeNotOffered, SlotTaken, RuleViolations,
    CalendarBusy.
    Emits: CalendarChanged where the access mode decides what is needed.
    """
    try:
        return _edit(viewer, reservation, purpose, note, filled, expected_version)
    except SlotTaken as taken:
        raise told_by(taken, lambda: verdict_on_mode(viewer, _used_otherwise(reservation, filled))) from taken


def _used_otherwise(reservation: Reservation, filled: FilledChange | None) -> Reservation:
    changed = copy(reservation)
    changed.access_mode = (filled and filled.access_mode) or reservation.access_mode
    return changed


@retried_when_busy
def _edit(
    viewer: Viewer,
    reservation: Reservation,
    purpose: str | None,
    note: str | None,
    filled: FilledChange | None,
    expected_version: int | None,
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="edit"):
        current = locked_for_change(reservation, expected_version, "edit")
        current.purpose = current.purpose if purpose is None else purpose
        current.note = current.note if note is None else note
        mode = way_of_use(current.instrument.access_modes, current.access_mode, current.kind)
        columns = changed_columns(viewer, current, filled) if filled else {}
        for column, value in columns.items():
            setattr(current, column, value)
        if columns.get("access_mode", mode) != mode:
            follow_mode(viewer, current)
        current.version += 1
        current.save(update_fields=["purpose", "note", "version", *columns])
    return current
