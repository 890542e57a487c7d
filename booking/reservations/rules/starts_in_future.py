"""starts_in_future: the start has not passed; staff may enter a use later on the same local day."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "starts_in_future",
    section=Section.TIMES,
    title=gettext_lazy("Starts in the future"),
    meaning=gettext_lazy("The start must not have passed; staff may backdate within the same day."),
    waivable_by=STAFF,
    is_timed=True,
)
def starts_in_future(context: Context) -> Violation | None:
    """The local day is the instrument's."""
    if context.window.starts_at >= context.now:
        return None
    local_now, local_start = (t.astimezone(context.zone) for t in (context.now, context.window.starts_at))
    if context.by_staff and local_now.date() == local_start.date():
        return None
    return Violation(
        "starts_in_future",
        _("The start has already passed."),
        limit=local_now.isoformat(timespec="minutes"),
        actual=local_start.isoformat(timespec="minutes"),
    )
