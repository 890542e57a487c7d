"""What follows from the loaded rows: free gaps, search vectors, daily facts, statistics."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import connection

from booking.calendars.functions import fill_gaps, wrong_gaps
from booking.calendars.models import SEARCH_DAYS
from booking.utilisation.commands.refresh_facts import refresh_facts
from config.demo.scale import Plan
from config.demo.steps.calendars import Calendared
from instruments.catalogue.commands.refresh_search import refresh_search

_CHECKED = 8
_AT_ONCE = 1000
"""Resources per statement, so that progress can be shown."""


class GapsDiffer(AssertionError):
    """The set-based free gaps are not those that free_gaps_extend would have made."""


def make_free_gaps(plan: Plan, calendared: Sequence[Calendared], progress: Callable[[float], None]) -> None:
    """Free gaps up to the search horizon."""
    resources = [each.resource.pk for each in calendared]
    for first in range(0, len(resources), _AT_ONCE):
        fill_gaps(resources[first : first + _AT_ONCE], plan.on, SEARCH_DAYS)
        progress(min(1.0, (first + _AT_ONCE) / len(resources)))


def check_free_gaps(plan: Plan, calendared: Sequence[Calendared]) -> None:
    """Compare those of a sample of instruments with what each by itself would have. Raises GapsDiffer."""
    resources = [each.resource.pk for each in calendared]
    for resource_id in plan.dice("sample").sample(resources, min(_CHECKED, len(resources))):
        if wrong := wrong_gaps(resource_id, plan.now):
            raise GapsDiffer(f"resource {resource_id}: {wrong[:3]}")


def make_booking_terms() -> None:
    """What searches know of the rules; the triggers that keep it were off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reservation_terms_refresh(NULL)")


def make_search(calendared: Sequence[Calendared]) -> None:
    """What text search knows, and that the catalogue has changed; the trigger that says so was off."""
    refresh_search(instrument_ids=[each.listed.instrument.pk for each in calendared])
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalogue_revise()")


def make_facts(plan: Plan, calendared: Sequence[Calendared], progress: Callable[[float], None]) -> None:
    """Daily facts of the past, a year of it in most scales, and of today."""
    refresh_facts(
        from_on=plan.on - timedelta(days=plan.scale.fact_days),
        until_on=plan.on + timedelta(days=1),
        instrument_ids=[each.listed.instrument.pk for each in calendared],
        progress=lambda done, total: progress(done / total),
    )


def update_statistics() -> None:
    """So that the first questions are planned well."""
    with connection.cursor() as cursor:
        # The demo's commands limit how long a lock is waited for; the server's own ANALYZE may hold it longer.
        cursor.execute("SET LOCAL lock_timeout = 0; ANALYZE")
