"""Cancel one, the following or all bookings of a series."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_behind_locks
from booking.reservations.commands.occurrences import SeriesScope, locked_occurrences
from booking.reservations.models import ReservationSeries
from booking.reservations.selectors.series import Series, series_of
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def cancel_series(
    *,
    viewer: Viewer,
    series: ReservationSeries,
    scope: SeriesScope,
    occurrence_id: int | None = None,
    reason: str = "",
    expected_version: int | None = None,
    dry_run: bool = False,
) -> Series:
    """Give the time of these bookings back; what has begun or is over stays. Returns those that were cancelled.

    The caller fetched the series through access_series(…, "change"). dry_run: say which, keep nothing.
    Raises: SeriesOver, ReservationEnded, ReservationRunning, ReasonRequired, OccurrenceMissing, NotFound, Stale,
    CalendarBusy. Emits: ReservationCancelled and CalendarChanged, for each.
    """
    with acting(actor_id=viewer.user_id, command="cancel", reason=reason):
        meant = locked_occurrences(series, scope, occurrence_id, "cancel", expected_version)
        for current in meant:
            cancel_behind_locks(viewer, current, reason, told=not dry_run)
        transaction.set_rollback(dry_run)
    return series_of(series, meant)
