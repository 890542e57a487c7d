"""What cancelling costs, and waiving it."""

from typing import Any

from ninja import Router

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.api.versions import expected_version
from booking.reservations.commands.waive_fee import waive_fee
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.cancelling import cancellation_of
from core.windows import zone

router = Router(tags=["reservations"])


@router.get("reservations/{int:reservation_id}/cancellation", response=schemas.CancellationOut)
def get_cancellation(request: ViewerRequest, reservation_id: int) -> dict[str, Any]:
    """Whether cancelling would be late now, and what it would cost. Nothing is written."""
    reservation = access_reservation(request.auth, reservation_id)
    lost, tz = cancellation_of(request.auth, reservation), zone(reservation.instrument.institution.zone)
    deadline = lost.deadline and lost.deadline.astimezone(tz)
    return {"late": lost.is_late, "fee_fen": lost.fee_fen, "deadline": deadline}


@router.post("reservations/{int:reservation_id}/waive-fee", response=schemas.ReservationOut)
def waive(request: ViewerRequest, reservation_id: int, body: schemas.ReasonIn) -> Reservation:
    """Charge nothing for a late cancellation; a reason is required. 409 no_fee where nothing is due."""
    require_scope(request.auth, Scope.MANAGE)
    return waive_fee(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "manage"),
        reason=body.reason,
        expected_version=expected_version(request),
    )
