"""Once a night, take late check-outs and corrections of the past weeks into the daily facts."""

from datetime import timedelta
from typing import Final

from booking.utilisation.commands.refresh_facts import refresh_facts
from booking.utilisation.models import NightlyRefresh
from core import clock

NIGHTLY_DAYS: Final = 40
"""How far back a run goes at least."""

_NIGHT_BEGINS: Final = timedelta(hours=6, minutes=20)
"""Before midnight UTC: 01:40 in China, where most institutions are."""


def refresh_month() -> int | None:
    """Recompute the past weeks, unless that was done since the night began; None then, after one query.

    After nights without a run it goes back to before the last one, so that no day stays missing. Returns how
    many facts changed.
    """
    now = clock.now()
    night = (now + _NIGHT_BEGINS).date()
    last = NightlyRefresh.objects.order_by("-night").values_list("night", flat=True).first()
    if last is not None and last >= night:
        return None
    first = now.date() - timedelta(days=NIGHTLY_DAYS + 1)
    if last is not None:
        first = min(first, last - timedelta(days=2))
    changed = refresh_facts(from_on=first, until_on=now.date() + timedelta(days=2))
    NightlyRefresh.objects.get_or_create(night=night)
    return changed
