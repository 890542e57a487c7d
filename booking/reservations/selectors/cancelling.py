"""What giving a booking back would mean now: late or not, and what it costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.policy_values import Effective
from booking.reservations.rules.registry import USES, Context
from booking.reservations.selectors.beneficiaries import is_own
from booking.reservations.selectors.check_ins import check_in_of
from booking.reservations.selectors.out_of_service import out_of_service
from booking.reservations.selectors.policy import policy_in_force
from core import clock, money
from core.windows import TimeWindow

UNDO_FREE: Final = timedelta(minutes=5)
"""Whoever has just booked may think better of it, unless check-in has opened."""

_CODES: Final = ("cancellation_deadline", "late_cancel_fee_percent")

Terms = dict[str, int | None]
"""The values of _CODES; None: never late, or no fee."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """deadline: until when it is not late, aware UTC; None: it never is."""

    is_late: bool
    fee_fen: int
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What a move gives back late. window: the part of the old one; whole: it counts as cancelling all of it."""

    window: TimeWindow
    fee_fen: int
    whole: bool


def terms_of(context: Context) -> Terms:
    """The terms of cancelling as they are frozen on a booking."""
    return {code: context.value(code) for code in _CODES}


def cancellation_of(viewer: Viewer, reservation: Reservation) -> Cancellation:
    """What cancelling would cost the viewer now. At most two queries, none for most bookings.

    Late is only who gives up an own booking: a request is not decided yet, and staff who cancel another's take the
    time back themselves. Nor is anybody late whose instrument is out of service. Source: engine.md, "Meanings".
    """
    if reservation.kind not in USES or reservation.status != Status.CONFIRMED or out_of_service(reservation):
        return Cancellation(is_late=False, fee_fen=0, deadline=None)
    minutes = _terms(reservation)["cancellation_deadline"]
    deadline = None if minutes is None else reservation.during.lower - timedelta(minutes=minutes)
    if not is_own(viewer, reservation) or deadline is None or clock.now() <= deadline or _is_fresh(reservation):
        return Cancellation(is_late=False, fee_fen=0, deadline=deadline)
    return Cancellation(is_late=True, fee_fen=share_of(reservation, reservation.total_fen), deadline=deadline)


def given_back_by_move(
    viewer: Viewer, reservation: Reservation, window: TimeWindow, price_fen: int
) -> GivenBack | None:
    """What the viewer would give back late by moving it there now, where it costs price_fen; None: nothing.

    To a later start is like cancelling all of it. To a shorter time costs the share of what it is cheaper by: who
    shortens and then cancels pays no less than who cancels. Queries as in `cancellation_of`.
    """
    before = TimeWindow.of(reservation.during)
    is_later = window.starts_at > before.starts_at
    if not is_later and window.duration >= before.duration:
        return None
    lost = cancellation_of(viewer, reservation)
    if not lost.is_late:
        return None
    if is_later:
        return GivenBack(before, lost.fee_fen, whole=True)
    freed = _freed(before, window, timedelta(minutes=reservation.turnaround_minutes))
    return GivenBack(freed, share_of(reservation, max(0, reservation.total_fen - price_fen)), whole=False)


def share_of(reservation: Reservation, amount_fen: int) -> int:
    """What a late cancellation costs of an amount, by the booking's own terms."""
    return money.share(amount_fen, _terms(reservation)["late_cancel_fee_percent"] or 0)


def _freed(before: TimeWindow, after: TimeWindow, turnaround: timedelta) -> TimeWindow:
    """What others can take then: its end, if they overlap, otherwise all of it."""
    if not before.overlaps(after):
        return before
    since = after.ends_at + turnaround
    return TimeWindow(since if since < before.ends_at else after.ends_at, before.ends_at)


def _terms(reservation: Reservation) -> Terms:
    terms: Terms | None = reservation.quote.get("cancelling")
    return terms or _terms_now(reservation)


def _terms_now(reservation: Reservation) -> Terms:
    """For bookings from before terms were frozen."""
    values: dict[str, Effective] = policy_in_force(reservation.instrument, Tier(reservation.tier))
    return {code: values[code].value for code in _CODES}


def _is_fresh(reservation: Reservation) -> bool:
    now = clock.now()
    if now > reservation.created_at + UNDO_FREE:
        return False
    check_in = check_in_of(reservation)
    return now < (check_in.opens_at if check_in.required else reservation.during.lower)
