"""window_valid: the end lies after the start, and the window is not absurdly long."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.errors import RuleViolations
from booking.reservations.models import Kind
from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import Context, Violation, rule
from core.windows import LONGEST_QUERY, TimeWindow


@rule(
    "window_valid",
    section=Section.TIMES,
    title=gettext_lazy("Valid window"),
    meaning=gettext_lazy("The end must be after the start, at most 400 days later."),
    applies_to=tuple(Kind),
)
def window_valid(context: Context) -> Violation | None:
    """The upper bound; the lower one holds for every TimeWindow (see `asked_window`)."""
    if context.window.duration <= LONGEST_QUERY:
        return None
    return _too_long(context.window.minutes)


def asked_window(starts_at: datetime, ends_at: datetime, *, zone: str) -> TimeWindow:
    """The window somebody asks for at an instrument of this zone. Raises RuleViolations with window_valid."""
    if ends_at <= starts_at:
        raise RuleViolations([Violation("window_valid", _("The end must be after the start."))], zone=zone)
    window = TimeWindow(starts_at, ends_at)
    if window.duration > LONGEST_QUERY:
        raise RuleViolations([_too_long(window.minutes)], zone=zone)
    return window


def _too_long(minutes: int) -> Violation:
    days = LONGEST_QUERY.days
    return Violation(
        "window_valid",
        _("A booking can last %(days)d days at most.") % {"days": days},
        limit=days * 1440,
        actual=minutes,
    )
