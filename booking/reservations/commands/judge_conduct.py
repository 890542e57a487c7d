"""What a booking's course means for the credit of the person who booked it."""

from typing import Final

from accounts.models import Tier
from booking.conduct.commands.change_credit import change_credit
from booking.conduct.models import CreditEntry, Reason
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.selectors.check_ins import is_overrun
from booking.reservations.selectors.policy import policy_in_force

POINTS: Final = {
    Reason.NO_SHOW: "credit_no_show",
    Reason.LATE_CANCEL: "credit_late_cancel",
    Reason.OVERRUN: "credit_overrun",
}
"""The process setting that says how many points it costs."""


def judge_conduct(*, reservation_id: int, reason: Reason) -> CreditEntry | None:
    """Lower the credit of a use's person for something that happened, if it was so.

    The institution's values decide how far. Safe to repeat: each reason counts once for a reservation.
    Emits: CreditChanged.
    """
    related = Reservation.objects.select_related("instrument")
    reservation = related.defer("instrument__search").filter(pk=reservation_id, kind=Kind.USE).first()
    if reservation is None or reservation.user_id is None:
        return None
    values = policy_in_force(reservation.instrument, Tier(reservation.tier))
    points = values[POINTS[reason]].value or 0
    if reason == Reason.LATE_CANCEL and not _gave_back_all(reservation):
        return None
    if reason == Reason.OVERRUN and not _ended_as_overrun(reservation):
        return None
    return change_credit(
        person_id=reservation.user_id,
        institution_id=reservation.instrument.institution_id,
        reason=reason,
        change=-points,
        reservation_id=reservation.pk,
    )


def _gave_back_all(reservation: Reservation) -> bool:
    """Late: who only makes a booking shorter owes for it, but better late than never."""
    if reservation.late_during is None:
        return False
    whole: bool = reservation.quote.get("late", {}).get("whole", True)
    return whole


def _ended_as_overrun(reservation: Reservation) -> bool:
    """While it runs, it may yet be extended."""
    return reservation.status == Status.COMPLETED and is_overrun(reservation.pk)
