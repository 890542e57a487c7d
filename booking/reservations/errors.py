"""Why a booking command was refused."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.calendars.errors import SlotTaken
from core.errors import Conflict, DomainError, Forbidden, Invalid

__all__ = [
    "CheckInNotOpen",
    "CheckInOver",
    "CheckedInAlready",
    "ClosureElsewhere",
    "CostChanged",
    "EndInPast",
    "FirmUnknown",
    "HoldLapsed",
    "HoldStays",
    "NotRequested",
    "OfferElsewhere",
    "OfferGone",
    "PlanRefused",
    "ReservationEnded",
    "ReservationNotBegun",
    "ReservationRunning",
    "RuleViolations",
    "SlotTaken",
    "TwoBeneficiaries",
    "UnknownOperator",
    "WaitingOver",
    "WaiverRefused",
]


class RuleViolations(DomainError):
    """Rules are broken. extra: violations (all of them), alternatives, zone (the instrument's), and more."""

    code = "rules_violated"
    status = 422
    title = _("The booking breaks rules of this instrument.")

    def __init__(
        self, violations: Sequence[Any], alternatives: Sequence[Any] = (), zone: str = "UTC", **extra: Any
    ) -> None:
        super().__init__(
            violations[0].message,
            violations=tuple(violations),
            alternatives=tuple(alternatives),
            zone=zone,
            **extra,
        )


class UnknownOperator(Invalid):
    """The instrument needs no such operator."""

    code = "operator_unknown"
    title = _("This instrument is not run by that operator. Leave the operator out, or choose one it lists.")


class FirmUnknown(Invalid):
    """No such firm, or none that the caller may book for: the answer is the same."""

    code = "firm_unknown"
    title = _("There is no firm with this number for which you may book.")


class TwoBeneficiaries(Invalid):
    """A firm of one's own and another one for the same booking."""

    code = "two_beneficiaries"
    title = _("Give account for a firm of your own, or on_behalf_of for another one; not both.")


class WaiverRefused(Invalid):
    """A waiver that the caller may not give, or of a rule that is not broken or can't be waived."""

    code = "waiver_refused"
    title = _("This rule can't be waived by you.")


class ReservationRunning(Conflict):
    """It has begun: it can be neither moved nor cancelled any more."""

    code = "reservation_running"
    title = _("This reservation has begun; it can't be moved or cancelled any more.")


class ClosureElsewhere(Forbidden):
    """A closure or maintenance is no booking: it is changed with the right to close, not to book."""

    code = "closure_elsewhere"
    title = _("This is a closure, not a booking: change it at the desk or through /closures.")


class HoldLapsed(Conflict):
    """The window was not booked in time, or was let go."""

    code = "hold_lapsed"
    title = _("This window is no longer kept for you. Choose a time again.")


class HoldStays(Conflict):
    """A window that is only held can't be moved: it would be kept for as long wherever one likes."""

    code = "hold_not_movable"
    title = _("A time that is only kept can't be moved. Let it go and choose another one.")


class OfferElsewhere(Conflict):
    """What the waiting list offers is booked where it is offered, whole or in part."""

    code = "offer_elsewhere"
    title = _("What the waiting list offers can only be booked at its own time, or a part of it.")


class PlanRefused(Conflict):
    """A plan for bookings that have to give way can't be carried out; nothing was done.

    extra: affected (selectors.replanning.WaysOut of all bookings as they are now), refused (for each step that
    rules or other bookings forbid: reservation, code, detail, violations), zone.
    """

    code = "plan_refused"
    title = _("The plan does not fit any more. Nothing was changed; look at the list again.")


class NotRequested(Conflict):
    """Nobody has to decide on it: it was decided, cancelled or has expired, or never needed approval."""

    code = "not_requested"
    title = _("This booking does not wait for approval any more.")


class CostChanged(Conflict):
    """Cancelling or moving costs more now than was agreed to. extra: fee_fen."""

    code = "cost_changed"
    title = _("Cancelling costs something now: look at the amount first.")


class OfferGone(Conflict):
    """What the waiting list offered was answered already, or not in time. waitlist_status: the entry's."""

    code = "offer_gone"
    title = _("This offer is no longer open: it was answered already, or not in time.")


class WaitingOver(Conflict):
    """The entry left the waiting list before."""

    code = "waiting_over"
    title = _("You don't wait for this any more.")


class ReservationEnded(Conflict):
    """Cancelled, declined, expired, completed or no-show: nothing can be changed any more."""

    code = "reservation_ended"
    title = _("This reservation is over and can't be changed.")


class ReservationNotBegun(Conflict):
    """Its time has not begun, or nobody has checked in."""

    code = "reservation_not_begun"
    title = _("This reservation has not begun.")


class CheckInNotOpen(Conflict):
    """Too early, or the one before still has the place. extra: opens_at."""

    code = "check_in_not_open"
    title = _("Check-in has not opened yet.")


class CheckInOver(Conflict):
    """The time to check in is up. extra: until."""

    code = "check_in_over"
    title = _("The time to check in is over.")


class CheckedInAlready(Conflict):
    """Somebody has checked in, so it is no no-show."""

    code = "checked_in_already"
    title = _("Somebody has checked in to this reservation.")


class EndInPast(Invalid):
    """A running use can't have ended before now."""

    code = "end_in_past"
    title = _("The end of a running use can't be moved into the past.")
