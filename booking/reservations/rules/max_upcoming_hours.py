"""max_upcoming_hours and its twin for firms: how much instrument time may lie ahead at a time."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.counting import HOUR, cap, cap_on, place_minutes
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "max_upcoming_hours",
    section=Section.PERSON,
    title=gettext_lazy("Upcoming hours"),
    meaning=gettext_lazy(
        "One person's bookings that have not begun yet can last at most so many hours together, held windows "
        "included; each place counts. The value of an instrument counts bookings on it, that of a group, an "
        "institution or the platform all bookings there."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=10_000),
    is_counted=True,
    can_replay=True,
)
def max_upcoming_hours(context: Context) -> Violation | None:
    """The elapsed hours of the person's bookings that start after now, with this one ≤ N."""
    return _check(
        context, "max_upcoming_hours", _("Upcoming bookings are limited to %(limit)d h together for each person.")
    )


@rule(
    "max_upcoming_hours_enterprise",
    section=Section.FIRM,
    title=gettext_lazy("Upcoming hours of a firm"),
    meaning=gettext_lazy(
        "One firm's bookings that have not begun yet can last at most so many hours together, whoever made "
        "them, held windows included; each place counts. They are counted where the value is set: instrument, "
        "group, institution or platform."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=100_000),
    is_counted=True,
    can_replay=True,
)
def max_upcoming_hours_enterprise(context: Context) -> Violation | None:
    """The same for the firm the booking is for."""
    message = _("Upcoming bookings are limited to %(limit)d h together for the firm.")
    return _check(context, "max_upcoming_hours_enterprise", message)


def _check(context: Context, code: str, message: str) -> Violation | None:
    """What begins in the past, entered late by staff, is not upcoming."""
    capped = cap_on(context, code)
    if capped is None or context.window.starts_at <= context.now:
        return None
    limit, minutes = capped[0], capped[1].number + place_minutes(context)
    if minutes <= limit * HOUR:
        return None
    return Violation(code, message % {"limit": limit}, limit=limit, actual=-(-minutes // HOUR))
