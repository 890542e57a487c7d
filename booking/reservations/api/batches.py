"""Several bookings in one request."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import documents, schemas
from booking.reservations.api.bookings import waivers_of, wanted_of
from booking.reservations.commands.book_batch import MOST_ITEMS, InvalidBatch, book_batch
from booking.reservations.commands.several import Several, Wish
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_calendars
from core import money
from core.schemas import StrictSchema

router = Router(tags=["reservations"])

_LONGEST_WAIT: Final = 400 * 24


class StageIn(StrictSchema):
    """A later stage of a route: it begins within so many hours after the one before it ends; null: whenever."""

    max_hours_after_previous: int | None = Field(None, ge=0, le=_LONGEST_WAIT)


class BatchIn(StrictSchema):
    """Bookings to make together, all or nothing. partial: all but the refused.

    route: the items are stages in order of time, with one entry for each stage after the first.
    """

    items: list[schemas.BookingIn] = Field(min_length=1, max_length=MOST_ITEMS)
    partial: bool = False
    route: list[StageIn] | None = Field(None, max_length=MOST_ITEMS)


class RefusedOut(Schema):
    """A booking that was refused. item: its place in what was asked, from 0."""

    item: int
    instrument: int
    start: datetime
    end: datetime
    zone: str
    code: str
    violations: list[schemas.ViolationOut]
    alternatives: list[schemas.AlternativeOut]


class BatchOut(Schema):
    """The bookings made, in the order asked; the refused ones only of a partial batch."""

    reservations: list[schemas.ReservationOut]
    refused: list[RefusedOut]
    total_fen: int
    currency: str = money.CURRENCY


@router.post("reservations/batch", response={201: BatchOut})
def create_batch(request: ViewerRequest, batch: BatchIn) -> Status[dict[str, Any]]:
    """Book several windows or instruments. A refusal is that of the first refused one; `refused` lists all."""
    require_scope(request.auth, Scope.BOOK)
    route = None if batch.route is None else [stage.max_hours_after_previous for stage in batch.route]
    made = book_batch(viewer=request.auth, wishes=_wishes(request, batch), partial_ok=batch.partial, route=route)
    return Status(201, _document(made))


def _wishes(request: ViewerRequest, batch: BatchIn) -> list[Wish]:
    if any(item.hold is not None for item in batch.items):
        raise InvalidBatch(_("A window that is held is booked by itself."))
    calendars = access_calendars(request.auth, {item.instrument for item in batch.items})
    instruments = {key: calendar.instrument for key, calendar in calendars.items()}
    return [
        Wish(
            instrument := instruments[item.instrument],
            asked_window(item.start, item.end, zone=instrument.institution.zone),
            wanted_of(item),
            waivers_of(item.waive),
        )
        for item in batch.items
    ]


def _document(made: Several) -> dict[str, Any]:
    return {
        "reservations": made.booked,
        "refused": [documents.refused_document(each) for each in made.refused],
        "total_fen": made.total_fen,
    }
