"""max_upcoming and its twin for firms: how many bookings may lie ahead at a time."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.counting import cap, cap_on
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "max_upcoming",
    section=Section.PERSON,
    title=gettext_lazy("Upcoming bookings"),
    meaning=gettext_lazy(
        "One person can have at most so many bookings that have not begun yet, held windows included. The "
        "value of an instrument counts bookings on it, that of a group, an institution or the platform all "
        "bookings there."
    ),
    waivable_by=STAFF,
    setting=cap("bookings", most=1000),
    is_counted=True,
    can_replay=True,
)
def max_upcoming(context: Context) -> Violation | None:
    """The person's bookings that start after now, with this one ≤ N."""
    return _check(context, "max_upcoming", _("Upcoming bookings are limited to %(limit)d for each person."))


@rule(
    "max_upcoming_enterprise",
    section=Section.FIRM,
    title=gettext_lazy("Upcoming bookings of a firm"),
    meaning=gettext_lazy(
        "One firm can have at most so many bookings that have not begun yet, whoever made them, held windows "
        "included. They are counted where the value is set: instrument, group, institution or platform."
    ),
    waivable_by=STAFF,
    setting=cap("bookings", most=10_000),
    is_counted=True,
    can_replay=True,
)
def max_upcoming_enterprise(context: Context) -> Violation | None:
    """The same for the firm the booking is for."""
    message = _("Upcoming bookings are limited to %(limit)d for the firm.")
    return _check(context, "max_upcoming_enterprise", message)


def _check(context: Context, code: str, message: str) -> Violation | None:
    """What begins in the past, entered late by staff, is not upcoming."""
    capped = cap_on(context, code)
    if capped is None or capped[1].number < capped[0] or context.window.starts_at <= context.now:
        return None
    limit, counted = capped
    return Violation(code, message % {"limit": limit}, limit=limit, actual=counted.number + 1)
