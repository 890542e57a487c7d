"""Waiting for time that is taken, and answering what is offered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.intake.schemas import FilledSchema
from booking.reservations import schemas
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.decline_offer import decline_offer
from booking.reservations.commands.join_waitlist import join_waitlist
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.models import STILL_WAITING, Reservation, WaitlistEntry, WaitStatus
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_calendar
from booking.reservations.selectors.waitlist import access_entry, entries_visible_to
from booking.reservations.selectors.wishes import Wish
from core import money
from core.errors import Invalid
from core.schemas import Instant, Line, Paragraph, StrictSchema
from core.windows import query_window
from core.windows import zone as zone_of
from instruments.catalogue.models import AccessMode

router = Router(tags=["waitlist"])


class WishIn(StrictSchema):
    """Either start and end: this window; or from, to and duration (minutes): any so long between these instants.

    access_mode: how it is to be used, where that decides what is needed; left out: the first that is offered.
    """

    instrument: int
    start: Instant | None = None
    end: Instant | None = None
    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None
    duration: schemas.Minutes | None = None
    places: int = Field(1, ge=1, le=200)
    account: int | None = None
    access_mode: AccessMode | None = None


class AnswerIn(FilledSchema):
    """What the booking says, and what the instrument asks (GET /instruments/{id}/form), as for a booking."""

    purpose: Line = ""
    note: Paragraph = ""


class OfferOut(Schema):
    """Time that is held until expires_at; reservation becomes the booking."""

    reservation: int = Field(alias="pk")
    start: datetime
    end: datetime
    expires_at: datetime
    total_fen: int
    currency: str = money.CURRENCY

    @staticmethod
    def resolve_start(hold: Reservation) -> datetime:
        return _local(hold, hold.during.lower)

    @staticmethod
    def resolve_end(hold: Reservation) -> datetime:
        return _local(hold, hold.during.upper)

    @staticmethod
    def resolve_expires_at(hold: Reservation) -> datetime:
        assert hold.hold_expires_at is not None
        return _local(hold, hold.hold_expires_at)


class EntryOut(Schema):
    """Somebody who waits for so long (duration, minutes) between start and end; all of it is one certain window.

    position: 1 is asked first; null when it waits no more. offer: while status is offered.
    """

    id: int
    instrument: schemas.InstrumentRef
    user: schemas.PersonRef
    account: int | None = Field(alias="account_id")
    status: WaitStatus
    start: datetime
    end: datetime
    duration: int = Field(alias="minutes")
    places: int
    access_mode: str
    position: int | None
    offer: OfferOut | None
    created_at: datetime

    @staticmethod
    def resolve_start(entry: WaitlistEntry) -> datetime:
        return _local(entry, entry.span.lower)

    @staticmethod
    def resolve_end(entry: WaitlistEntry) -> datetime:
        return _local(entry, entry.span.upper)

    @staticmethod
    def resolve_created_at(entry: WaitlistEntry) -> datetime:
        return _local(entry, entry.created_at)

    @staticmethod
    def resolve_position(entry: Any) -> int | None:
        return entry.position if entry.status in STILL_WAITING else None

    @staticmethod
    def resolve_offer(entry: WaitlistEntry) -> Reservation | None:
        return entry.offer if entry.status == WaitStatus.OFFERED else None


class EntryFilters(StrictSchema):
    """Which entries. mine: own ones alone."""

    instrument: int | None = None
    status: WaitStatus | None = None
    mine: bool = False


@router.post("waitlist", response={201: EntryOut})
def join(request: ViewerRequest, wish: WishIn) -> Status[WaitlistEntry]:
    """Wait for taken time. 409 bookable_now where nothing is to be waited for; 422 for other broken rules."""
    require_scope(request.auth, Scope.BOOK)
    instrument = access_calendar(request.auth, wish.instrument).instrument
    entry = join_waitlist(viewer=request.auth, instrument=instrument, wish=_wish(wish, instrument.institution.zone))
    return Status(201, access_entry(request.auth, entry.pk))


@router.get("waitlist", response=list[EntryOut])
@paginate
def list_entries(request: ViewerRequest, filters: Query[EntryFilters]) -> Sequence[Any]:
    """Own entries; staff: those for their instruments. Newest first."""
    found = entries_visible_to(request.auth)
    if filters.instrument is not None:
        found = found.filter(instrument_id=filters.instrument)
    if filters.status is not None:
        found = found.filter(status=filters.status)
    if filters.mine:
        found = found.filter(user_id=request.auth.person_id)
    return found  # type: ignore[return-value]  # paged as a queryset


@router.get("waitlist/{int:entry_id}", response=EntryOut)
def get_entry(request: ViewerRequest, entry_id: int) -> WaitlistEntry:
    """One entry."""
    return access_entry(request.auth, entry_id)


@router.delete("waitlist/{int:entry_id}", response={204: None})
def leave(request: ViewerRequest, entry_id: int) -> Status[None]:
    """Wait no longer; what is offered goes to the next."""
    require_scope(request.auth, Scope.BOOK)
    leave_waitlist(viewer=request.auth, entry=access_entry(request.auth, entry_id, "leave"))
    return Status(204, None)


@router.post("waitlist/{int:entry_id}/accept", response=schemas.ReservationOut)
def accept(request: ViewerRequest, entry_id: int, body: AnswerIn | None = None) -> Reservation:
    """Book what is offered. 409 offer_gone when it was answered or has lapsed; a refused one is still offered.

    What the booking form requires is answered here: 422 answers_invalid says what is missing.
    """
    require_scope(request.auth, Scope.BOOK)
    said = body or AnswerIn()
    entry = access_entry(request.auth, entry_id, "answer")
    return accept_offer(viewer=request.auth, entry=entry, purpose=said.purpose, note=said.note, filled=said.filled)


@router.post("waitlist/{int:entry_id}/decline", response=EntryOut)
def decline(request: ViewerRequest, entry_id: int) -> WaitlistEntry:
    """Give back what is offered: it goes to the next. A wish for any such time goes on waiting."""
    require_scope(request.auth, Scope.BOOK)
    decline_offer(viewer=request.auth, entry=access_entry(request.auth, entry_id, "answer"))
    return access_entry(request.auth, entry_id)


def _wish(wish: WishIn, zone: str) -> Wish:
    window, span = (wish.start, wish.end), (wish.from_, wish.to, wish.duration)
    if None not in window and span == (None, None, None):
        asked = asked_window(*window, zone=zone)  # type: ignore[arg-type]  # no None among them
        return Wish(asked, asked.minutes, *_for_whom(wish))
    if None in span or window != (None, None):
        raise Invalid(_("Give start and end, or from, to and duration."))
    return Wish(query_window(wish.from_, wish.to), wish.duration, *_for_whom(wish))  # type: ignore[arg-type]


def _for_whom(wish: WishIn) -> tuple[int, int | None, str]:
    """Places, firm and access mode."""
    return wish.places, wish.account, wish.access_mode.value if wish.access_mode else ""


def _local(row: Reservation | WaitlistEntry, instant: datetime) -> datetime:
    return instant.astimezone(zone_of(row.instrument.institution.zone))
