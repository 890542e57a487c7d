"""Who runs a reservation, and who could."""

from typing import Any

from ninja import Router, Schema

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations.schemas import OperatorOut
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.operators import NOTHING_HELD, held_by, operators_of

router = Router(tags=["reservations"])


class ReservationOperatorOut(OperatorOut):
    """Somebody who may run the instrument. current: who runs this reservation, as long as it holds their time."""

    current: bool


class ReservationOperatorList(Schema):
    """All of them, those who run it first."""

    items: list[ReservationOperatorOut]
    next: None
    count: int


@router.get("reservations/{int:reservation_id}/operators", response=ReservationOperatorList)
def list_operators(request: ViewerRequest, reservation_id: int) -> dict[str, Any]:
    """Who runs it and who else may: PATCH with `operator` chooses among them."""
    require_scope(request.auth, Scope.READ)
    reservation = access_reservation(request.auth, reservation_id)
    current = held_by([reservation.pk]).get(reservation.pk, NOTHING_HELD).operators
    others = [each for each in operators_of(reservation) if each[0] not in current]
    items = [{"id": key, "name": name, "current": key in current} for key, name in (*current.items(), *others)]
    return {"items": items, "next": None, "count": len(items)}
