"""min_duration and max_duration: how short and how long one booking may be, in elapsed minutes.

What lies in off-peak hours of the tier does not count towards the longest. Source: domain.md, "Rules".
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from core.durations import in_words


@rule(
    "min_duration",
    section=Section.TIMES,
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
        _("A booking lasts at least %(time)s.") % {"time": in_words(minutes)},
        limit=minutes,
        actual=context.window.minutes,
    )


@rule(
    "max_duration",
    section=Section.TIMES,
    title=gettext_lazy("Longest booking"),
    meaning=gettext_lazy("A booking can last at most this long; time in off-peak hours does not count."),
    waivable_by=STAFF,
    setting=Setting(default=720, unit="minutes", minimum=1, maximum=60 * 24 * 30),
    is_timed=True,
    can_replay=True,
)
def max_duration(context: Context) -> Violation | None:
    """length without its off-peak part ≤ N minutes."""
    minutes = context.value("max_duration")
    if minutes is None or context.peak_minutes <= minutes:
        return None
    message = _("A booking lasts at most %(time)s.")
    if context.off_peak:
        message = _("A booking lasts at most %(time)s besides its off-peak time.")
    message %= {"time": in_words(minutes)}
    return Violation("max_duration", message, limit=minutes, actual=context.peak_minutes)
