"""min_gap: time between two bookings of the same person on one instrument, before and after."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.counting import cap_on
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.durations import in_words


@rule(
    "min_gap",
    section=Section.PERSON,
    title=gettext_lazy("Gap between own bookings"),
    meaning=gettext_lazy(
        "Between two bookings of the same person on the instrument lies at least this much time, so that "
        "others get their turn. Bookings on other instruments don't matter, whichever level the value comes "
        "from."
    ),
    waivable_by=STAFF,
    setting=Setting(default=None, unit="minutes", minimum=1, maximum=60 * 24 * 60),
    is_timed=True,
    is_counted=True,
    can_replay=True,
)
def min_gap(context: Context) -> Violation | None:
    """No other booking of the person on the instrument lies within N minutes before or after."""
    capped = cap_on(context, "min_gap")
    if capped is None:
        return None
    minutes, wished = capped[0], context.window
    gap = timedelta(minutes=minutes)
    guarded = wished.widened(before=gap, after=gap)
    near = [other for other in capped[1].windows if other.overlaps(guarded)]
    if not near:
        return None
    apart = min(max(wished.starts_at - other.ends_at, other.starts_at - wished.ends_at) for other in near)
    return Violation(
        "min_gap",
        _("Leave %(time)s between your bookings of this instrument.") % {"time": in_words(minutes)},
        limit=minutes,
        actual=max(0, int(apart.total_seconds() // 60)),
        not_before=max(other.ends_at for other in near) + gap,
    )
