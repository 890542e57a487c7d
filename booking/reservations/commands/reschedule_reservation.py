"""Move a reservation to another window."""

from collections.abc import Collection, Mapping

from accounts.viewers import Viewer
from booking.reservations.commands.editing import (
    Subjects,
    announce,
    locked_for_change,
    note_late,
    tell_booked,
)
from booking.reservations.commands.filling import FilledChange, changed_columns, used_otherwise
from booking.reservations.commands.moving import move
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived
from booking.reservations.commands.refusing import told as told_why
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationRescheduled
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.access import may_approve
from booking.reservations.selectors.cancelling import given_back_by_move
from booking.reservations.selectors.moving import context_of_move
from booking.reservations.selectors.operators import Held, OperatorChoice
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.errors import Stale
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


def reschedule_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None = None,
    waivers: Mapping[str, str] | None = None,
    operator: OperatorChoice = None,
    filled: FilledChange | None = None,
) -> Reservation:
    """Move it in place (same id); all rules are checked on the new window, its own claim does not hinder it.

    window: half-open, aware UTC. The tier stays the beneficiary's; the price is quoted anew.
    operator: who shall run it there; None: whoever does now, and where only others are free it is refused
    (extra: operators); whoever is free where those who do don't run the instrument any more. filled: what changes
    of what was filled in; its access mode is the one judged.
    Raises: RuleViolations, SlotTaken, WaiverRefused, UnknownOperator, AnswersInvalid, AccessModeNotOffered,
    ReservationEnded, HoldStays, Stale, CalendarBusy.
    Moving to later where cancelling would be late is noted like that, to a shorter time with its share. Whether it
    needs approval is decided anew; what somebody moves who may approve it stays booked.
    Emits: ReservationRescheduled, CalendarChanged (the hull of old and new window); ReservationRequested or
    ReservationBooked where it became that.
    """
    try:
        return _reschedule(viewer, reservation, window, expected_version, waivers or {}, operator, filled)
    except SlotTaken as taken:
        used = used_otherwise(reservation, filled)
        raise told_why(taken, lambda: context_of_move(viewer, used, window, operator)) from taken


@retried_when_busy
def _reschedule(
    viewer: Viewer,
    reservation: Reservation,
    window: TimeWindow,
    expected_version: int | None,
    waivers: Mapping[str, str],
    operator: OperatorChoice,
    filled: FilledChange | None,
) -> Reservation:
    with acting(actor_id=viewer.user_id, command="reschedule"):
        whose = (reservation.user_id, reservation.account_id)
        current = locked_for_change(reservation, expected_version, "reschedule", subjects=Subjects.of(whose))
        if (current.user_id, current.account_id) != whose:
            raise Stale(version=current.version)  # confirmed for a firm meanwhile, which is not locked
        columns = changed_columns(viewer, current, filled) if filled else {}
        for column, value in columns.items():
            setattr(current, column, value)
        reschedule_behind_locks(viewer, current, window, waivers, also=columns.keys(), operator=operator)
    return current


def reschedule_behind_locks(
    viewer: Viewer,
    current: Reservation,
    window: TimeWindow,
    waivers: Mapping[str, str],
    *,
    with_alternatives: bool = True,
    told: bool = True,
    also: Collection[str] = (),
    operator: OperatorChoice = None,
    held: Held | None = None,
) -> None:
    """Judge, move and announce one booking that was read behind its calendar's lock, inside acting().

    with_alternatives, told: as in book_behind_locks. also: further fields to save. operator, held: as in
    context_of_move. Raises: RuleViolations, SlotTaken, WaiverRefused, UnknownOperator.
    """
    context = context_of_move(viewer, current, window, operator, held=held)
    reached = verdict_on(context, with_alternatives=with_alternatives)
    given = refuse_unless_waived(viewer, reached, waivers)
    before = TimeWindow.of(current.during)
    noted = note_late(current, given_back_by_move(viewer, current, window, reached.quote.total_fen))
    asked_anew = _reconsider(viewer, current, reached)
    move(current, reached, also=["status", *noted, *also])
    keep_waivers(viewer, current, given)
    if told:
        publish(ReservationRescheduled(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        if asked_anew:
            tell_booked(current)
        announce(current.instrument_id, before, window, turnaround=context.turnaround_minutes)


def _reconsider(viewer: Viewer, current: Reservation, reached: Verdict) -> bool:
    """Make it a request or a booking, as its new window needs; whether that has to be told."""
    stays = current.status == Status.CONFIRMED and may_approve(viewer, current)
    if stays:
        return False
    before, until = current.status, reached.request_until
    current.status = Status.CONFIRMED if until is None else Status.REQUESTED
    current.request_expires_at = until
    return until is not None or before != current.status
