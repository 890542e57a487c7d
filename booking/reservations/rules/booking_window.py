"""booking_window: bookings are made at most so many days ahead."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.calendars.models import LONGEST_BOOKING_WINDOW_DAYS
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "booking_window",
    section=Section.TIMES,
    title=gettext_lazy("Booking window"),
    meaning=gettext_lazy("A booking can be made at most this long before it starts."),
    waivable_by=STAFF,
    setting=Setting(default=60, unit="days", minimum=1, maximum=LONGEST_BOOKING_WINDOW_DAYS),
    is_timed=True,
    can_replay=True,
)
def booking_window(context: Context) -> Violation | None:
    """start ≤ now + N × 24 hours."""
    days = context.value("booking_window")
    if days is None or context.window.starts_at <= context.now + timedelta(days=days):
        return None
    return Violation(
        "booking_window",
        _("Bookings open %(days)d days ahead.") % {"days": days},
        limit=days,
        actual=(context.window.starts_at - context.now).days,
    )
