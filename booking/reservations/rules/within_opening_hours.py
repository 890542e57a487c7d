"""within_opening_hours: every minute lies in opening hours that are open to the tier."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "within_opening_hours",
    section=Section.TIMES,
    title=gettext_lazy("Within opening hours"),
    meaning=gettext_lazy(
        "Every minute must lie in opening hours for this kind of user; bands that touch count as one."
    ),
    waivable_by=STAFF,
    is_timed=True,
)
def within_opening_hours(context: Context) -> Violation | None:
    """The open windows of a context are maximal for its tier: one of them must hold the whole window."""
    if any(window.contains(context.window) for window in context.open):
        return None
    return Violation("within_opening_hours", _("The window is not within the opening hours."))
