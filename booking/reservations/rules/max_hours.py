"""max_hours_per_week, max_hours_per_month and their twins for firms: instrument time in one local calendar period.

A booking over midnight from Sunday to Monday counts in both weeks, in each with the part that lies there.
"""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.counting import (
    HOUR,
    Days,
    cap,
    cap_on,
    first_of_month,
    first_of_week,
    first_with_room,
    next_month,
    next_week,
    periods,
    place_minutes,
)
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.windows import local_day


class _Calendar(NamedTuple):
    first: Days
    following: Days


_WEEKS = _Calendar(first_of_week, next_week)
_MONTHS = _Calendar(first_of_month, next_month)


@rule(
    "max_hours_per_week",
    section=Section.PERSON,
    title=gettext_lazy("Hours per week"),
    meaning=gettext_lazy(
        "One person's bookings can last at most so many hours in one week from Monday to Sunday, no-shows "
        "included; each place counts. The value of an instrument counts bookings on it, that of a group, an "
        "institution or the platform all bookings there."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=1000),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_hours_per_week(context: Context) -> Violation | None:
    """The person's elapsed hours in each local week that the window touches, with this booking's ≤ N."""
    return _check(
        context, "max_hours_per_week", _WEEKS, _("Bookings in one week are limited to %(limit)d h for each person.")
    )


@rule(
    "max_hours_per_week_enterprise",
    section=Section.FIRM,
    title=gettext_lazy("Hours per week of a firm"),
    meaning=gettext_lazy(
        "One firm's bookings can last at most so many hours in one week from Monday to Sunday, whoever made "
        "them, no-shows included; each place counts. They are counted where the value is set: instrument, "
        "group, institution or platform."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=100_000),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_hours_per_week_enterprise(context: Context) -> Violation | None:
    """The same for the firm the booking is for."""
    message = _("Bookings in one week are limited to %(limit)d h for the firm.")
    return _check(context, "max_hours_per_week_enterprise", _WEEKS, message)


@rule(
    "max_hours_per_month",
    section=Section.PERSON,
    title=gettext_lazy("Hours per month"),
    meaning=gettext_lazy(
        "One person's bookings can last at most so many hours in one calendar month, no-shows included; each "
        "place counts. The value of an instrument counts bookings on it, that of a group, an institution or "
        "the platform all bookings there."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=10_000),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_hours_per_month(context: Context) -> Violation | None:
    """The person's elapsed hours in each local month that the window touches, with this booking's ≤ N."""
    return _check(
        context,
        "max_hours_per_month",
        _MONTHS,
        _("Bookings in one month are limited to %(limit)d h for each person."),
    )


@rule(
    "max_hours_per_month_enterprise",
    section=Section.FIRM,
    title=gettext_lazy("Hours per month of a firm"),
    meaning=gettext_lazy(
        "One firm's bookings can last at most so many hours in one calendar month, whoever made them, no-"
        "shows included; each place counts. They are counted where the value is set: instrument, group, "
        "institution or platform."
    ),
    waivable_by=STAFF,
    setting=cap("hours", most=100_000),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def max_hours_per_month_enterprise(context: Context) -> Violation | None:
    """The same for the firm the booking is for."""
    message = _("Bookings in one month are limited to %(limit)d h for the firm.")
    return _check(context, "max_hours_per_month_enterprise", _MONTHS, message)


def _check(context: Context, code: str, calendar: _Calendar, message: str) -> Violation | None:
    capped = cap_on(context, code)
    if capped is None:
        return None
    limit, used = capped[0] * HOUR, capped[1].by_date
    for day, part in periods(context.window, context.zone, *calendar):
        minutes = used.get(day, 0) + part.minutes * context.places
        if minutes > limit:
            room = first_with_room(used, day, place_minutes(context), limit)
            return Violation(
                code,
                message % {"limit": capped[0]},
                limit=capped[0],
                actual=-(-minutes // HOUR),
                not_before=local_day(room, context.zone).starts_at if room else None,
            )
    return None
