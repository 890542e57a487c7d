"""What a booking's course means for the credit of the person who booked it."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import Tier
from booking.conduct.commands.change_credit import change_credit
from booking.conduct.models import CreditEntry, Reason
from booking.reservations.models import Kind, Reservation
from booking.reservations.selectors.history import Entry, history_of
from booking.reservations.selectors.policy import policy_in_force

FREE_UNDO: Final = timedelta(minutes=5)
"""So long after booking it, cancelling is no cancelling. Source: engine.md, "Meanings"."""

POINTS: Final = {
    Reason.NO_SHOW: "credit_no_show",
    Reason.LATE_CANCEL: "credit_late_cancel",
    Reason.OVERRUN: "credit_overrun",
}
"""The process setting that says how many points it costs."""


def judge_conduct(*, reservation_id: int, reason: Reason, at: datetime) -> CreditEntry | None:
    """Lower the credit of a use's person for something that happened at `at` (aware UTC), if it was so.

    The institution's values decide how far. Safe to repeat: each reason counts once for a reservation.
    Emits: CreditChanged.
    """
    related = Reservation.objects.select_related("instrument")
    reservation = related.defer("instrument__search").filter(pk=reservation_id, kind=Kind.USE).first()
    if reservation is None or reservation.user_id is None:
        return None
    values = policy_in_force(reservation.instrument, Tier(reservation.tier))
    points = values[POINTS[reason]].value or 0
    deadline = values["cancellation_deadline"].value
    if reason == Reason.LATE_CANCEL and not _gave_back_late(reservation, at, deadline):
        return None
    return change_credit(
        person_id=reservation.user_id,
        institution_id=reservation.instrument.institution_id,
        reason=reason,
        change=-points,
        reservation_id=reservation.pk,
    )


def is_late(starts_at: datetime, created_at: datetime, at: datetime, deadline_minutes: int | None) -> bool:
    """Whether giving back at `at` what begins at `starts_at` is late. deadline None: never."""
    if deadline_minutes is None or at <= created_at + FREE_UNDO:
        return False
    return at > starts_at - timedelta(minutes=deadline_minutes)


def _gave_back_late(reservation: Reservation, at: datetime, deadline: int | None) -> bool:
    """The person themselves cancelled it, or moved it to later, when it was late for the window it had."""
    changes = [entry for entry in history_of(reservation) if entry.command in ("cancel", "reschedule")]
    if not changes or changes[-1].actor is None or changes[-1].actor.pk not in _own(reservation):
        return False
    given_back = _given_back(reservation, changes[-1])
    return given_back is not None and is_late(given_back, reservation.created_at, at, deadline)


def _given_back(reservation: Reservation, change: Entry) -> datetime | None:
    """The start of the window that was given back; None: it was not moved to later."""
    start: datetime = reservation.during.lower
    if change.command == "cancel":
        return start
    before: datetime = next((each.old[0] for each in change.changes if each.field == "during"), start)
    return before if start > before else None


def _own(reservation: Reservation) -> tuple[int | None, int | None]:
    return reservation.user_id, reservation.booked_by_id
