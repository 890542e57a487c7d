"""lead_time: bookings are made at least so long before they start."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.durations import in_words


@rule(
    "lead_time",
    section=Section.TIMES,
    title=gettext_lazy("Lead time"),
    meaning=gettext_lazy("A booking must be made at least this long before it starts."),
    waivable_by=STAFF,
    setting=Setting(default=0, unit="minutes", maximum=60 * 24 * 60),
    is_timed=True,
    can_replay=True,
)
def lead_time(context: Context) -> Violation | None:
    """start ≥ now + lead time; a start in the past is starts_in_future's."""
    minutes = context.value("lead_time")
    ahead = int((context.window.starts_at - context.now).total_seconds() // 60)
    if not minutes or ahead < 0 or ahead >= minutes:
        return None
    return Violation(
        "lead_time",
        _("Book at least %(time)s before the start.") % {"time": in_words(minutes)},
        limit=minutes,
        actual=ahead,
    )
