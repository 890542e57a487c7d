"""Change what a reservation says, not when it is."""

from accounts.viewers import Viewer
from booking.reservations.commands.change_operator import refuse_where_moved, run_otherwise
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.commands.filling import FilledChange, changed_columns, used_otherwise
from booking.reservations.commands.needing import follow_mode, verdict_on_mode
from booking.reservations.commands.refusing import told_by
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Reservation
from booking.reservations.selectors.contexts import way_of_use
from booking.reservations.selectors.moving import verdict_on_operator
from booking.reservations.selectors.operators import OperatorChoice
from booking.reservations.selectors.verdicts import Verdict
from core.history import acting, noted
from core.locks import retried_when_busy


def edit_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    purpose: str | None = None,
    note: str | None = None,
    filled: FilledChange | None = None,
    operator: OperatorChoice = None,
    expected_version: int | None = None,
) -> Reservation:
    """Change purpose, note, what was filled in or who runs it; None leaves as it is.

    Another access mode can ask for a qualification and need other shared resources or an operator: these are taken,
    what it no longer needs is given back, and the change is refused where they can't be had. operator: who shall
    run it, judged in the access mode that it comes to.
    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationEnded, Stale, AnswersInvalid, AccessModeNotOffered, SlotTaken, RuleViolations,
    UnknownOperator, CalendarBusy.
    Emits: CalendarChanged where the access mode decides what is needed, or somebody else runs it.
    """
    try:
        return _edit(viewer, reservation, purpose, note, filled, operator, expected_version)
    except SlotTaken as taken:
        raise told_by(
            taken, lambda: _verdict(viewer, used_otherwise(reservation, filled), reservation, operator)
        ) from taken


def _verdict(viewer: Viewer, changed: Reservation, before: Reservation, operator: OperatorChoice) -> Verdict:
    if operator is None or _mode(changed) != _mode(before):
        return verdict_on_mode(viewer, changed, operator)
    return verdict_on_operator(viewer, before, operator)


def _mode(reservation: Reservation) -> str:
    return way_of_use(reservation.instrument.access_modes, reservation.access_mode, reservation.kind)


@retried_when_busy
def _edit(
    viewer: Viewer,
    reservation: Reservation,
    purpose: str | None,
    note: str | None,
    filled: FilledChange | None,
    operator: OperatorChoice,
    expected_version: int | None,
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="edit"):
        current = locked_for_change(reservation, expected_version, "edit")
        current.purpose = current.purpose if purpose is None else purpose
        current.note = current.note if note is None else note
        mode = _mode(current)
        columns = changed_columns(viewer, current, filled) if filled else {}
        for column, value in columns.items():
            setattr(current, column, value)
        if operator is not None:
            refuse_where_moved(current, reservation)
        names = None
        if columns.get("access_mode", mode) != mode:
            names = follow_mode(viewer, current, operator)
        elif operator is not None:
            names = run_otherwise(viewer, current, operator)
        current.version += 1
        with noted(run_by=names):
            current.save(update_fields=["purpose", "note", "version", *columns])
    return current
