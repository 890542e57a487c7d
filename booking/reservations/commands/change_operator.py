"""Let somebody else run a booking, when and where it is."""

from django.db import IntegrityError

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.editing import announce, locked_for_change
from booking.reservations.commands.refusing import refuse_unless_waived, told_by
from booking.reservations.commands.writing import taken_or
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.moving import verdict_on_operator, what_it_holds
from booking.reservations.selectors.operators import Held, OperatorChoice, newcomers
from core.errors import Stale
from core.history import acting, noted
from core.locks import retried_when_busy
from core.windows import TimeWindow


def change_operator(
    *, viewer: Viewer, reservation: Reservation, operator: OperatorChoice, expected_version: int | None = None
) -> Reservation:
    """Have it run by this operator, or by whoever is free ("any": the same where they still run it).

    Only that is judged: status, price and window stay as they are, and so does all else that it holds.
    The caller fetched the reservation through access_reservation(…, "change").
    Raises: SlotTaken (they are not free), UnknownOperator, ReservationRunning, ReservationEnded, HoldLapsed, Stale
    (also where it has moved since it was fetched), CalendarBusy.
    Emits: CalendarChanged where somebody else runs it.
    """
    try:
        return _change(viewer, reservation, operator, expected_version)
    except SlotTaken as taken:
        raise told_by(taken, lambda: verdict_on_operator(viewer, reservation, operator)) from taken


@retried_when_busy
def _change(
    viewer: Viewer, reservation: Reservation, operator: OperatorChoice, expected_version: int | None
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="change_operator"):
        current = locked_for_change(reservation, expected_version, "change_operator")
        refuse_where_moved(current, reservation)
        names = run_otherwise(viewer, current, operator)
        if names is not None:
            current.version += 1
            with noted(run_by=names):
                current.save(update_fields=["version"])
    return current


def refuse_where_moved(current: Reservation, reservation: Reservation) -> None:
    """Raises Stale where a booking has moved since it was fetched: they were asked for at another time."""
    if current.during != reservation.during:
        raise Stale(version=current.version)


def run_otherwise(
    viewer: Viewer,
    current: Reservation,
    operator: OperatorChoice,
    *,
    held: Held | None = None,
    with_alternatives: bool = True,
    told: bool = True,
) -> list[str] | None:
    """Judge and take who shall run one booking, behind its calendar's lock, inside acting(); the names of those who
    are new, None where all stays as it was. The row itself stays as it is.

    held: what it holds, where that is known. with_alternatives, told: as in reschedule_behind_locks.
    Raises: SlotTaken, UnknownOperator. Emits: CalendarChanged where somebody else runs it.
    """
    held = what_it_holds(current) if held is None else held
    reached = verdict_on_operator(viewer, current, operator, held=held, with_alternatives=with_alternatives)
    refuse_unless_waived(viewer, reached, {})
    if not _swap(current, reached.context, held):
        return None
    if told:
        announce(current.instrument_id, TimeWindow.of(current.during), turnaround=current.turnaround_minutes)
    return newcomers(reached.context)


def _swap(current: Reservation, context: Context, held: Held) -> bool:
    """Take what is chosen and give back what stands for the same; whether that is anything."""
    theirs = {need.resource_id for need in context.needs} | held.operators.keys()
    had = {claim for claim in held.places if claim[0] in theirs}
    needed = {claim for claim in context.claims if claim[0] in theirs}
    if gone := [resource for resource, _place in had - needed]:
        functions.release_claims(current.pk, resource_ids=gone)
    if new := sorted(needed - had):
        try:
            functions.take_claims(current.pk, new, context.window, turns_around=True)
        except IntegrityError as error:
            raise taken_or(error) from error
    return needed != had
