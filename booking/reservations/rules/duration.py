"""min_duration and max_duration: how short and how long one booking may be, in elapsed minutes."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "min_duration",
    title=gettext_lazy("Shortest booking"),
    meaning=gettext_lazy("A booking must last at least this long."),
    waivable_by=STAFF,
    setting=Setting(default=30, unit="minutes", minimum=1, maximum=60 * 24 * 30),
    is_timed=True,
    can_replay=True,
)
def min_duration(context: Context) -> Violation | None:
    """length ≥ N minutes."""
    minutes = context.value("min_duration")
    if minutes is None or context.window.minutes >= minutes:
        return None
    return Violation(
        "min_duration",
        _("A booking lasts at least %(minutes)d minutes.") % {"minutes": minutes},
        limit=minutes,
        actual=context.window.minutes,
    )


@rule(
    "max_duration",
    title=gettext_lazy("Longest booking"),
    meaning=gettext_lazy("A booking can last at most this long."),
    waivable_by=STAFF,
    setting=Setting(default=720, unit="minutes", minimum=1, maximum=60 * 24 * 30),
    is_timed=True,
    can_replay=True,
)
def max_duration(context: Context) -> Violation | None:
    """length ≤ N minutes."""
    minutes = context.value("max_duration")
    if minutes is None or context.window.minutes <= minutes:
        return None
    return Violation(
        "max_duration",
        _("A booking lasts at most %(minutes)d minutes.") % {"minutes": minutes},
        limit=minutes,
        actual=context.window.minutes,
    )
