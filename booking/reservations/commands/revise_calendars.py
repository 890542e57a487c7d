"""Give the calendars of an institution new revisions, a few at a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.calendars.models import SEARCH_DAYS, Resource
from core import clock
from core.events import publish
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument, InstrumentStatus

AT_ONCE: Final = 200
"""So many calendars are locked in one transaction; those who book on them wait for no longer than that takes."""


def institutions_with_instruments() -> list[int]:
    """Those that somebody can book at."""
    published = Instrument.objects.filter(status=InstrumentStatus.PUBLISHED)
    return list(published.order_by("institution_id").values_list("institution_id", flat=True).distinct())


def revise_calendars(*, institution_id: int, group_id: int | None = None) -> int:
    """What the calendars of published instruments mean has changed: their time rules. Returns how many.

    A repeated run does no harm. Raises: CalendarBusy. Emits: CalendarChanged over the search horizon for each.
    """
    instruments = Instrument.objects.filter(institution_id=institution_id, status=InstrumentStatus.PUBLISHED)
    if group_id is not None:
        instruments = instruments.filter(group_id=group_id)
    keys = list(instruments.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(keys), AT_ONCE):
        _revise(keys[first : first + AT_ONCE])
    return len(keys)


@retried_when_busy
def _revise(instrument_ids: Sequence[int]) -> None:
    now = clock.now()
    revisions = functions.revise_all(functions.lock_instruments(instrument_ids))
    resources = Resource.objects.filter(pk__in=revisions).values_list("pk", "instrument_id")
    for resource_id, instrument_id in resources.order_by("pk"):
        if instrument_id is not None:
            until = now + timedelta(days=SEARCH_DAYS)
            publish(CalendarChanged(instrument_id, revisions[resource_id], now, until, redrawn=True))
