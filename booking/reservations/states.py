"""The state machine of reservations: one table. docs/states.md and its drawing are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.reservations.models import Status


class Party(StrEnum):
    """Who moves a reservation. owner: its user or who booked it; staff: of its institution; clock: the product."""

    OWNER = "owner"
    STAFF = "staff"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Transition:
    """One command. sources empty: it makes the reservation. target None: the status stays as it is.

    otherwise: what it can lead to instead, because the booking needs approval or no longer does.
    """

    command: str
    sources: tuple[Status, ...]
    target: Status | None
    by: tuple[Party, ...]
    meaning: Promise
    otherwise: tuple[Status, ...] = ()


_PEOPLE: Final = (Party.OWNER, Party.STAFF)
_COMING: Final = (Status.HELD, Status.REQUESTED, Status.CONFIRMED)

_TABLE: Final = (
    Transition("hold", (), Status.HELD, _PEOPLE, _("Keep a window for some minutes.")),
    Transition("offer", (), Status.HELD, (Party.CLOCK,), _("Freed time is held for the first person waiting.")),
    Transition("renew", (Status.HELD,), None, (Party.OWNER,), _("Keep it once more, for as long.")),
    Transition("let_go", (Status.HELD,), Status.EXPIRED, (Party.OWNER,), _("Give a held window back.")),
    Transition(
        "confirm",
        (Status.HELD,),
        Status.CONFIRMED,
        (Party.OWNER,),
        _("Book the window that is held."),
        otherwise=(Status.REQUESTED,),
    ),
    Transition(
        "expire",
        (Status.HELD, Status.REQUESTED),
        Status.EXPIRED,
        (Party.CLOCK,),
        _("The time of a hold is up, or that to decide on a request."),
    ),
    Transition("book", (), Status.CONFIRMED, _PEOPLE, _("Book a free window."), otherwise=(Status.REQUESTED,)),
    Transition("approve", (Status.REQUESTED,), Status.CONFIRMED, (Party.STAFF,), _("Agree to a request.")),
    Transition("decline", (Status.REQUESTED,), Status.DECLINED, (Party.STAFF,), _("Refuse a request.")),
    Transition("cancel", _COMING, Status.CANCELLED, _PEOPLE, _("Give the time back before it begins.")),
    Transition(
        "waive_fee",
        tuple(status for status in Status if status != Status.HELD),
        None,
        (Party.STAFF, Party.CLOCK),
        _("Charge nothing for having been cancelled late."),
    ),
    Transition(
        "reschedule",
        (Status.REQUESTED, Status.CONFIRMED),  # a held window is let go and taken anew
        None,
        _PEOPLE,
        _("Move it to another window."),
        otherwise=(Status.REQUESTED, Status.CONFIRMED),
    ),
    Transition("change_operator", _COMING, None, _PEOPLE, _("Let somebody else run it.")),
    Transition("edit", _COMING, None, _PEOPLE, _("Change what it says.")),
    Transition("check_in", (Status.CONFIRMED,), Status.IN_USE, _PEOPLE, _("Somebody is there and begins.")),
    Transition("check_out", (Status.IN_USE,), Status.COMPLETED, _PEOPLE, _("End the use; the rest is free again.")),
    Transition("extend", (Status.IN_USE,), None, _PEOPLE, _("End later or earlier than agreed.")),
    Transition(
        "no_show",
        (Status.CONFIRMED, Status.IN_USE),
        Status.NO_SHOW,
        (Party.STAFF, Party.CLOCK),
        _("Nobody came; the place is released."),
    ),
    Transition(
        "call_off",
        (Status.CONFIRMED,),
        Status.CANCELLED,
        (Party.CLOCK,),
        _("The instrument was out of order; nothing is owed."),
    ),
    Transition(
        "end_overrun", (Status.IN_USE,), Status.COMPLETED, (Party.CLOCK,), _("Nobody checked out after its end.")
    ),
    Transition("start", (Status.CONFIRMED,), Status.IN_USE, (Party.CLOCK,), _("Its time has begun.")),
    Transition(
        "complete", (Status.CONFIRMED, Status.IN_USE), Status.COMPLETED, (Party.CLOCK,), _("Its time is over.")
    ),
    Transition(
        "cut_short", (Status.IN_USE,), None, (Party.STAFF,), _("Let it end earlier, because the instrument closes.")
    ),
    Transition("close", (), Status.CONFIRMED, (Party.STAFF,), _("Take the instrument out of use.")),
    Transition(
        "reopen",
        (Status.CONFIRMED, Status.IN_USE),  # confirmed: the clock has not come by yet
        Status.COMPLETED,
        (Party.STAFF,),
        _("Lift a closure that has begun."),
    ),
)

TRANSITIONS: Final[Mapping[str, Transition]] = {each.command: each for each in _TABLE}


def allows(command: str, status: str) -> bool:
    """Whether a reservation in this status can take this command."""
    return status in TRANSITIONS[command].sources
