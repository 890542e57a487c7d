"""How much is free at this moment."""

from typing import Final

from django.db.models import F, Q

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars.models import FreeGap
from booking.reservations.selectors.offers import next_free
from core import clock

MOST_COUNTED: Final = 300
"""How many instruments are looked at to say how many are free now."""


def free_now_count(viewer: Viewer) -> tuple[int, bool]:
    """How many instruments the viewer could book from this moment on, and whether that is all of them.

    At most MOST_COUNTED instruments with a gap around now are judged by their rules. Two queries.
    """
    now = clock.now()
    gaps = FreeGap.objects.filter(starts_at__lte=now, ends_at__gt=now, resource__instrument__status="published")
    gaps = gaps.annotate(
        for_tier=F("tiers").bitand(viewer.tier_at(0).bit), for_own=F("tiers").bitand(Tier.INTERNAL.bit)
    )
    open_now = gaps.filter(
        Q(for_tier__gt=0) | Q(for_own__gt=0, resource__institution_id__in=viewer.institution_ids)
    )
    found = open_now.values_list("resource__instrument_id", "resource__institution_id").distinct()
    wanted = [(instrument, viewer.tier_at(institution)) for instrument, institution in found[: MOST_COUNTED + 1]]
    free = next_free(wanted[:MOST_COUNTED]) if wanted else {}
    return sum(each.is_now for each in free.values()), len(wanted) <= MOST_COUNTED
