"""Deciding on requests. The queue is GET /reservations?status=requested."""

from ninja import Router

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.api.versions import expected_version
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation

router = Router(tags=["reservations"])


@router.post("reservations/{int:reservation_id}/approve", response=schemas.ReservationOut)
def approve(request: ViewerRequest, reservation_id: int, body: schemas.ReasonIn | None = None) -> Reservation:
    """Agree to a request. 409 not_requested where it was decided, cancelled or has expired."""
    require_scope(request.auth, Scope.MANAGE)
    return approve_reservation(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "manage"),
        reason=body.reason if body else "",
        expected_version=expected_version(request),
    )


@router.post("reservations/{int:reservation_id}/decline", response=schemas.ReservationOut)
def decline(request: ViewerRequest, reservation_id: int, body: schemas.ReasonIn) -> Reservation:
    """Refuse a request; a reason is required. 409 not_requested where it was decided, cancelled or has expired."""
    require_scope(request.auth, Scope.MANAGE)
    return decline_reservation(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "manage"),
        reason=body.reason,
        expected_version=expected_version(request),
    )
