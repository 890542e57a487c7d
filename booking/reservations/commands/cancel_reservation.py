"""Cancel a reservation, a closure or a maintenance."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.editing import announce, locked_for_change, note_late
from booking.reservations.errors import CostChanged
from booking.reservations.events import ReservationCancelled
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.beneficiaries import is_own
from booking.reservations.selectors.cancelling import GivenBack, cancellation_of
from core.errors import Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


class ReasonRequired(Invalid):
    """Cancelling somebody else's booking needs a reason."""

    code = "reason_required"
    title = _("Give a reason: this booking is somebody else's.")


@retried_when_busy
def cancel_reservation(
    *,
    viewer: Viewer,
    reservation: Reservation,
    reason: str = "",
    expected_version: int | None = None,
    most_fen: int | None = None,
) -> Reservation:
    """Give the time back; it is free again at once. A late cancellation is noted with its fee.

    most_fen: what the caller has agreed to pay; None: whatever it costs.
    The caller fetched the reservation through access_reservation(…, "change").
    Raises: ReservationEnded, ReasonRequired, CostChanged, Stale, CalendarBusy.
    Emits: ReservationCancelled, CalendarChanged.
    """
    with acting(actor_id=viewer.user_id, command="cancel", reason=reason):
        current = locked_for_change(reservation, expected_version, "cancel")
        cancel_behind_locks(viewer, current, reason, most_fen=most_fen)
    return current


def cancel_behind_locks(
    viewer: Viewer, current: Reservation, reason: str, *, told: bool = True, most_fen: int | None = None
) -> None:
    """Cancel and announce one booking that was read behind its calendar's lock, inside acting().

    told: False where the caller rolls back whatever comes of it. most_fen: as above.
    Raises: ReasonRequired, CostChanged.
    """
    if not is_own(viewer, current) and not reason.strip():
        raise ReasonRequired
    lost = cancellation_of(viewer, current)
    if most_fen is not None and lost.fee_fen > most_fen:
        raise CostChanged(fee_fen=lost.fee_fen)
    window = TimeWindow.of(current.during)
    functions.release_claims(current.pk)
    current.status = Status.CANCELLED
    current.ended_reason = reason.strip()
    current.version += 1
    noted = note_late(current, GivenBack(window, lost.fee_fen, whole=True) if lost.is_late else None)
    current.save(update_fields=["status", "ended_reason", "version", *noted])
    if told:
        publish(ReservationCancelled(current.pk, current.instrument_id, window.starts_at, window.ends_at))
        announce(current.instrument_id, window, turnaround=current.turnaround_minutes)
