"""What can be done about being there: check in, check out, extend, note a no-show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.check_ins import CheckIn, check_ins
from booking.reservations.states import allows


@dataclass(frozen=True, slots=True)
class Attendance:
    """Which buttons there are. awaited: check-in is required and still to come or possible; terms: then when.

    by_clock: nobody has to check in; use begins and ends by itself.
    """

    check_in: bool = False
    check_out: bool = False
    no_show: bool = False
    awaited: bool = False
    by_clock: bool = False
    terms: CheckIn | None = None


NOTHING: Final = Attendance()


def attendances(reservations: Iterable[Reservation], at: datetime, *, by_staff: bool) -> dict[int, Attendance]:
    """By reservation, for people who may change them. One query, none where nobody can check in."""
    uses = [each for each in reservations if each.kind in USES]
    waiting = [each.pk for each in uses if allows("check_in", each.status)]
    terms = check_ins(waiting) if waiting else {}
    return {each.pk: _attendance(each, terms.get(each.pk), at, by_staff=by_staff) for each in uses}


def _attendance(reservation: Reservation, terms: CheckIn | None, at: datetime, *, by_staff: bool) -> Attendance:
    is_assumed = reservation.status == Status.IN_USE and reservation.use_is_assumed
    has_begun = reservation.during.lower <= at
    return Attendance(
        check_in=terms is not None and terms.required and terms.is_open(at),
        check_out=allows("check_out", reservation.status),
        no_show=by_staff and has_begun and (is_assumed or terms is not None),
        awaited=terms is not None and terms.required and at < terms.until,
        by_clock=terms is not None and not terms.required,
        terms=terms,
    )
