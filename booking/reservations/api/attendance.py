"""Being there: check-in, check-out, no-show."""

from typing import Any

from ninja import Router

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.api.versions import expected_version
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.check_ins import check_in_of
from booking.reservations.states import allows
from core import clock
from core.windows import zone

router = Router(tags=["reservations"])


@router.get("reservations/{int:reservation_id}/check-in", response=schemas.CheckInOut)
def get_check_in(request: ViewerRequest, reservation_id: int) -> dict[str, Any]:
    """When one can check in to it. open: one can now."""
    reservation = access_reservation(request.auth, reservation_id)
    terms, tz = check_in_of(reservation), zone(reservation.instrument.institution.zone)
    return {
        "required": terms.required,
        "opens_at": terms.opens_at.astimezone(tz),
        "until": terms.until.astimezone(tz),
        "open": allows("check_in", reservation.status) and terms.is_open(clock.now()),
    }


@router.post("reservations/{int:reservation_id}/check-in", response=schemas.ReservationOut)
def post_check_in(request: ViewerRequest, reservation_id: int) -> Reservation:
    """Begin the use. 409 check_in_not_open before and check_in_over after the time for it."""
    require_scope(request.auth, Scope.BOOK)
    return check_in(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "change"),
        expected_version=expected_version(request),
    )


@router.post("reservations/{int:reservation_id}/check-out", response=schemas.ReservationOut)
def post_check_out(request: ViewerRequest, reservation_id: int) -> Reservation:
    """End the use now; the rest of its time is free at once."""
    require_scope(request.auth, Scope.BOOK)
    return check_out(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "change"),
        expected_version=expected_version(request),
    )


@router.post("reservations/{int:reservation_id}/no-show", response=schemas.ReservationOut)
def post_no_show(request: ViewerRequest, reservation_id: int, body: schemas.ReasonIn | None = None) -> Reservation:
    """Staff: nobody came. The place is free again. A reason is required."""
    require_scope(request.auth, Scope.MANAGE)
    return mark_no_show(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "manage"),
        reason=body.reason if body else "",
        expected_version=expected_version(request),
    )
