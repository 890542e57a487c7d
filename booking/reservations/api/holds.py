"""Windows that are kept for minutes."""

from ninja import Router, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.api.bookings import firm_of, operator_of
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.let_go import let_go
from booking.reservations.commands.renew_hold import renew_hold
from booking.reservations.models import Reservation
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_calendar, access_hold

router = Router(tags=["reservations"])


@router.post("holds", response={201: schemas.HoldOut})
def create_hold(request: ViewerRequest, wish: schemas.HoldIn) -> Status[Reservation]:
    """Keep a window for some minutes while the form is filled in; confirm it by POST /reservations with `hold`."""
    require_scope(request.auth, Scope.BOOK)
    instrument = access_calendar(request.auth, wish.instrument).instrument
    window = asked_window(wish.start, wish.end, zone=instrument.institution.zone)
    firm, on_behalf = firm_of(wish)
    wanted = Wanted(
        places=wish.places,
        account_id=firm,
        operator_id=operator_of(wish),
        on_behalf=on_behalf,
        filled=None,
        access_mode=wish.access_mode.value if wish.access_mode else "",
    )
    return Status(201, hold_window(viewer=request.auth, instrument=instrument, window=window, wanted=wanted))


@router.post("holds/{int:hold_id}/renew", response=schemas.HoldOut)
def renew(request: ViewerRequest, hold_id: int) -> Reservation:
    """Keep it once more, for as long as at first."""
    require_scope(request.auth, Scope.BOOK)
    return renew_hold(viewer=request.auth, hold=access_hold(request.auth, hold_id))


@router.delete("holds/{int:hold_id}", response={204: None})
def delete_hold(request: ViewerRequest, hold_id: int) -> Status[None]:
    """Give the window back."""
    require_scope(request.auth, Scope.BOOK)
    let_go(viewer=request.auth, hold=access_hold(request.auth, hold_id))
    return Status(204, None)
