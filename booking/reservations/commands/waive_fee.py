"""Charge nothing for a late cancellation."""

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.reservations.commands.editing import locked_for_change
from booking.reservations.events import LateFeeWaived
from booking.reservations.models import Reservation
from core.errors import Conflict, Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import TimeWindow


class NoFee(Conflict):
    """There is no fee, or it was waived already."""

    code = "no_fee"
    title = _("Nothing is charged for this booking's cancellation.")


class WaiveReasonRequired(Invalid):
    """Money that is given up needs a reason."""

    code = "reason_required"
    title = _("Give a reason: it stays in the history.")


@retried_when_busy
def waive_fee(
    *, viewer: Viewer, reservation: Reservation, reason: str, expected_version: int | None = None
) -> Reservation:
    """Charge nothing; the amount stays on the row as what was waived.

    The caller fetched the reservation through access_reservation(…, "manage").
    Raises: NoFee, WaiveReasonRequired, Stale, CalendarBusy. Emits: LateFeeWaived.
    """
    if not reason.strip():
        raise WaiveReasonRequired
    with acting(actor_id=viewer.user_id, command="waive_fee", reason=reason.strip()):
        current = locked_for_change(reservation, expected_version, "waive_fee")
        if not current.fee_fen or current.fee_waived:
            raise NoFee
        current.fee_waived = True
        current.version += 1
        current.save(update_fields=["fee_waived", "version"])
        window = TimeWindow.of(current.late_during)
        publish(LateFeeWaived(current.pk, current.instrument_id, window.starts_at, window.ends_at))
    return current
