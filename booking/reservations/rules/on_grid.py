"""on_grid: start and length are multiples of the granularity, counted from the opening."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.durations import in_words
from core.windows import at_wall_clock


@rule(
    "on_grid",
    section=Section.TIMES,
    title=gettext_lazy("Time grid"),
    meaning=gettext_lazy("Start and length must be multiples of this, counted from the opening."),
    waivable_by=STAFF,
    setting=Setting(default=30, unit="minutes", minimum=1, maximum=1440),
    is_timed=True,
    can_replay=True,
)
def on_grid(context: Context) -> Violation | None:
    """Lengths are elapsed minutes; see `grid_origin` for where counting starts."""
    step_minutes = context.value("on_grid")
    if step_minutes is None:
        return None
    step = timedelta(minutes=step_minutes)
    origin = grid_origin(context, context.window.starts_at)
    if not (context.window.starts_at - origin) % step and not context.window.duration % step:
        return None
    return Violation(
        "on_grid",
        _("Start and length must be multiples of %(time)s.") % {"time": in_words(step_minutes)},
        limit=step_minutes,
        actual=context.window.minutes,
    )


def grid_origin(context: Context, instant: datetime) -> datetime:
    """The start of the open stretch around an instant; local midnight when it began on an earlier date.

    Outside opening hours local midnight counts. Source: engine.md, "Meanings".
    """
    local_date = instant.astimezone(context.zone).date()
    for window in context.open:
        if window.holds(instant) and window.starts_at.astimezone(context.zone).date() == local_date:
            return window.starts_at
    return at_wall_clock(local_date, time.min, context.zone)
