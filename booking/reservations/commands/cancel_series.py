"""Cancel one, the following or all bookings of a series."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.viewers import Viewer
from booking.reservations.commands.cancel_reservation import cancel_behind_locks
from booking.reservations.commands.occurrences import SeriesScope, keep_nothing, locked_occurrences
from booking.reservations.errors import CostChanged
from booking.reservations.models import Reservation, ReservationSeries
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
    most_fen: int | None = None,
    dry_run: bool = False,
) -> Series:
    """Give the time of these bookings back; what has begun or is over stays. Returns those that were cancelled.

    The caller fetched the series through access_series(…, "change"). most_fen: what the caller has agreed to pay
    for all of them; None: whatever it costs. dry_run: say which and what it costs, keep nothing.
    Raises: SeriesOver, ReservationEnded, ReservationRunning, ReasonRequired, CostChanged, OccurrenceMissing,
    NotFound, Forbidden, Stale, CalendarBusy. Emits: ReservationCancelled and CalendarChanged, for each.
    """
    with acting(actor_id=viewer.user_id, command="cancel", reason=reason):
        meant = locked_occurrences(
            viewer, series, scope, occurrence_id, "cancel", expected_version, dry_run=dry_run
        )
        before, versions = fees_of(meant), [each.version for each in meant]
        for current in meant:
            cancel_behind_locks(viewer, current, reason, told=not dry_run)
        if most_fen is not None and (fee_fen := fees_of(meant) - before) > most_fen:
            raise CostChanged(fee_fen=fee_fen)
        if dry_run:
            keep_nothing(meant, versions)
    return replace(series_of(series, meant), owed_fen=before)


def fees_of(reservations: Iterable[Reservation]) -> int:
    """What was noted for cancelling or moving them late, in fen."""
    return sum(each.fee_fen for each in reservations if not each.fee_waived)
