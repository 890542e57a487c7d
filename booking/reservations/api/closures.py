"""Closures and maintenance."""

from typing import Any

from ninja import Router, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.commands.close_instrument import affected_reservations, close_instrument
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.models import Kind
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_reservation
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


@router.post("closures", response={200: schemas.ClosurePlanOut, 201: schemas.ClosurePlanOut})
def create_closure(request: ViewerRequest, closure: schemas.ClosureIn) -> Status[dict[str, Any]]:
    """Close an instrument; dry_run lists the bookings in the way. Refused with 409 while there are any."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, closure.instrument, "operate")
    window = asked_window(closure.start, closure.end, zone=instrument.institution.zone)
    if closure.dry_run:
        return Status(200, {"id": None, "affected": list(affected_reservations(instrument, window))})
    closure_id = close_instrument(
        viewer=request.auth,
        instrument=instrument,
        window=window,
        reason=closure.reason,
        kind=Kind(closure.kind),
    )
    return Status(201, {"id": closure_id, "affected": []})


@router.delete("closures/{int:closure_id}", response={204: None})
def delete_closure(request: ViewerRequest, closure_id: int) -> Status[None]:
    """Open the instrument again."""
    require_scope(request.auth, Scope.MANAGE)
    closure = access_reservation(request.auth, closure_id, "manage")
    reopen_instrument(viewer=request.auth, closure=closure)
    return Status(204, None)
