"""max_per_day and its twin for firms: bookings that start on one local day of the instrument's zone."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.counting import cap, cap_on, first_with_room
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.windows import local_day

_DAYS_KNOWN = 15
"""So many days from the wished one on are counted, to offer one that has room."""


@rule(
    "max_per_day",
    section=Section.PERSON,
    title=gettext_lazy("Bookings per day"),
    meaning=gettext_lazy(
        "One person can have at most so many bookings that start on the same day, no-shows included. The "
        "value of an instrument counts bookings on it, that of a group, an institution or the platform all "
        "bookings there."
    ),
    waivable_by=STAFF,
    setting=cap("bookings", most=100),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_per_day(context: Context) -> Violation | None:
    """The person's bookings that start on the local day of the start, with this one ≤ N."""
    return _check(context, "max_per_day", _("Bookings on one day are limited to %(limit)d for each person."))


@rule(
    "max_per_day_enterprise",
    section=Section.FIRM,
    title=gettext_lazy("Bookings per day of a firm"),
    meaning=gettext_lazy(
        "One firm can have at most so many bookings that start on the same day, whoever made them, no-shows "
        "included. They are counted where the value is set: instrument, group, institution or platform."
    ),
    waivable_by=STAFF,
    setting=cap("bookings", most=1000),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_per_day_enterprise(context: Context) -> Violation | None:
    """The same for the firm the booking is for."""
    message = _("Bookings on one day are limited to %(limit)d for the firm.")
    return _check(context, "max_per_day_enterprise", message)


def _check(context: Context, code: str, message: str) -> Violation | None:
    capped = cap_on(context, code)
    day = context.window.starts_at.astimezone(context.zone).date()
    if capped is None or capped[1].by_date.get(day, 0) < capped[0]:
        return None
    limit, used = capped[0], capped[1].by_date
    known = {day + timedelta(days=n): used.get(day + timedelta(days=n), 0) for n in range(_DAYS_KNOWN)}
    free = first_with_room(known, day, 1, limit)
    return Violation(
        code,
        message % {"limit": limit},
        limit=limit,
        actual=used[day] + 1,
        not_before=local_day(free, context.zone).starts_at if free else None,
    )
