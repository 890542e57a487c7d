"""Enter the occurrences of repeating closures up to the booking horizon."""

import logging

from accounts.viewers import Viewer
from booking.reservations.commands.close_instrument import enter_closure
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import ClosureOccurrence, Kind, RepeatingClosure
from booking.reservations.selectors.closures import affected_reservations, coming_windows
from core.errors import CalendarBusy
from core.locks import retried_when_busy
from core.steps import each_on_its_own
from core.windows import TimeWindow, zone

logger = logging.getLogger(__name__)


def place_closures() -> int:
    """Enter what is due of every repeating closure and try those again that bookings kept out.

    Each occurrence is entered once, by its pattern and original start. Returns how many were entered. Safe to run
    late, twice or in parallel; what is busy is left for the next run, what fails is raised after the others.
    Emits: InstrumentClosed, CalendarChanged.
    """
    going_on = RepeatingClosure.objects.filter(withdrawn_at__isnull=True).order_by("pk")
    return each_on_its_own(_placed_unless_busy, going_on.values_list("pk", flat=True))


def _placed_unless_busy(key: int) -> int:
    try:
        return place_closures_of(key)
    except CalendarBusy:
        logger.warning("repeating closure %s is busy; left for later", key)
        return 0


@retried_when_busy
def place_closures_of(repeating_id: int) -> int:
    """The same for one repeating closure. Raises: CalendarBusy."""
    repeating = RepeatingClosure.objects.select_related("instrument__institution").get(pk=repeating_id)
    windows = coming_windows(repeating.calendar, zone(repeating.instrument.institution.zone))
    if not _is_anything_due(repeating, windows):
        return 0
    lock_calendars([repeating.instrument_id])
    if RepeatingClosure.objects.filter(pk=repeating_id, withdrawn_at__isnull=False).exists():
        return 0
    known = {each.original_start: each for each in repeating.occurrences.all()}
    return sum(_placed(repeating, known.get(window.starts_at), window) for window in windows)


def _is_anything_due(repeating: RepeatingClosure, windows: list[TimeWindow]) -> bool:
    settled = repeating.occurrences.exclude(closure__isnull=True, is_skipped=False)
    return bool({window.starts_at for window in windows} - set(settled.values_list("original_start", flat=True)))


def _placed(repeating: RepeatingClosure, known: ClosureOccurrence | None, window: TimeWindow) -> bool:
    """Whether the occurrence was entered now."""
    if known and (known.closure_id is not None or known.is_skipped):
        return False
    occurrence = known or ClosureOccurrence(repeating=repeating, original_start=window.starts_at)
    occurrence.ends_at = window.ends_at
    if not affected_reservations(repeating.instrument, window).exists():
        viewer, kind = Viewer(repeating.made_by_id), Kind(repeating.kind)
        occurrence.closure_id = enter_closure(viewer, repeating.instrument, window, repeating.reason, kind)
    occurrence.save()
    return occurrence.closure_id is not None
