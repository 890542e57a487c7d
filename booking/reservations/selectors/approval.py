"""Whether a booking waits for approval, and until when somebody may decide. Pure, over the rules' context."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final

from booking.pricing.quotes import Quote
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.rules.registry import USES, Context

_WEEKEND: Final = (5, 6)


def to_be_decided_until(context: Context, quote: Quote) -> datetime | None:
    """When a request for this booking expires, aware UTC; None: it needs no approval.

    What has begun needs none: staff enter that, and nobody could decide in time. Source: domain.md, "Approval".
    """
    if context.kind not in USES or context.window.starts_at <= context.now:
        return None
    mode = ApprovalMode(context.value("approval") or 0)
    return _expiry(context) if _ASKS[mode](context, quote) or _has_little_credit(context) else None


def _expiry(context: Context) -> datetime:
    """After the time to decide, but no later than the lead time begins, or the start where that is over."""
    starts_at = context.window.starts_at
    latest = starts_at - timedelta(minutes=context.value("lead_time") or 0)
    bounds = [latest if latest > context.now else starts_at]
    if minutes := context.value("approval_expires"):
        bounds.append(context.now + timedelta(minutes=minutes))
    return min(bounds)


def _is_outside_core_hours(context: Context, _quote: Quote) -> bool:
    """Where the opening hours mark off-peak time for the tier, core is all other open time. Else core hours are on
    one local day, Monday to Friday.
    """
    if context.marks_off_peak:
        is_open = any(window.contains(context.window) for window in context.open)
        return not is_open or bool(context.window.part_in(context.off_peak))
    start, end = (at.astimezone(context.zone) for at in (context.window.starts_at, context.window.ends_at))
    midnight = datetime.combine(start.date() + timedelta(days=1), time(0), context.zone)
    if start.weekday() in _WEEKEND or end > midnight:
        return True
    first, last = context.value("core_hours_start") or 0, context.value("core_hours_end")
    ends_at = 24 * 60 if end == midnight else _minute(end)
    return _minute(start) < first or (last is not None and ends_at > last)


def _minute(at: datetime) -> float:
    """Of the wall clock's day."""
    return at.hour * 60 + at.minute + at.second / 60


def _is_above_price(context: Context, quote: Quote) -> bool:
    above = context.value("approval_above_fen")
    return above is not None and quote.total_fen > above


def _has_little_credit(context: Context) -> bool:
    """Whatever the mode: below a limit, bookings wait. Source: domain.md, "Credit"."""
    below = context.value("approval_below_credit")
    return below is not None and context.credit is not None and context.credit < below


_ASKS: Final[dict[ApprovalMode, Callable[[Context, Quote], bool]]] = {
    ApprovalMode.AUTOMATIC: lambda _context, _quote: False,
    ApprovalMode.FIRST_BOOKING: lambda context, _quote: not context.has_used,
    ApprovalMode.ALWAYS: lambda _context, _quote: True,
    ApprovalMode.OUTSIDE_CORE_HOURS: _is_outside_core_hours,
    ApprovalMode.ABOVE_PRICE: _is_above_price,
}
