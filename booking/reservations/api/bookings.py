"""Quotes and bookings: make, list, change, cancel, history."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.intake.schemas import people_of
from booking.reservations import documents, schemas
from booking.reservations.api.versions import expected_version
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.change_operator import change_operator
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.filling import FilledChange
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import TwoBeneficiaries
from booking.reservations.models import Reservation
from booking.reservations.models import Status as ReservationStatus
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_calendar, access_hold, access_reservation
from booking.reservations.selectors.beneficiaries import owned_by
from booking.reservations.selectors.filled import may_read_filled, unanswered_by
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.lists import VisibleReservations
from booking.reservations.selectors.operators import OperatorChoice
from booking.reservations.selectors.verdicts import verdict
from booking.reservations.states import allows
from core.errors import Invalid
from core.schemas import Instant, StrictSchema
from core.windows import TimeWindow, query_window, zone

router = Router(tags=["reservations"])


@router.post("quotes", response=schemas.VerdictOut)
def quote(request: ViewerRequest, wish: schemas.BookingIn) -> dict[str, Any]:
    """Price and broken rules of a wish, without booking it. Without `answers` the form is not looked at yet."""
    require_scope(request.auth, Scope.READ)
    wanted = wanted_of(wish)
    instrument = access_calendar(request.auth, wish.instrument).instrument
    window = asked_window(wish.start, wish.end, zone=instrument.institution.zone)
    reached = verdict(
        viewer=request.auth,
        instrument=instrument,
        window=window,
        places=wanted.places,
        account_id=wanted.account_id,
        on_behalf=wanted.on_behalf,
        excluding=access_hold(request.auth, wish.hold).pk if wish.hold else None,
        operator=operator_of(wish),
        declares=wish.sample_declaration is not None,
        mode=wanted.mode,
    )
    return documents.verdict_document(reached, unanswered_by(request.auth, reached.context, wish.filled))


@router.post("reservations", response={201: schemas.ReservationOut})
def create_reservation(request: ViewerRequest, wish: schemas.BookingIn) -> Status[Reservation]:
    """Book. 409 slot_taken where the time is taken or closed, 422 rules_violated with all broken rules."""
    require_scope(request.auth, Scope.BOOK)
    instrument = access_calendar(request.auth, wish.instrument).instrument
    window = asked_window(wish.start, wish.end, zone=instrument.institution.zone)
    wanted, waivers = wanted_of(wish), waivers_of(wish.waive)
    if wish.hold is None:
        made = book(viewer=request.auth, instrument=instrument, window=window, wanted=wanted, waivers=waivers)
    else:
        hold = access_hold(request.auth, wish.hold, on=instrument)
        made = confirm_hold(viewer=request.auth, hold=hold, window=window, wanted=wanted, waivers=waivers)
    return Status(201, made)


class ListFilters(StrictSchema):
    """Which reservations. from/to: those whose time overlaps."""

    instrument: int | None = None
    status: ReservationStatus | None = None
    mine: bool = False
    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None


@router.get("reservations", response=list[schemas.ReservationOut])
@paginate
def list_reservations(request: ViewerRequest, filters: Query[ListFilters]) -> Sequence[Any]:
    """Own reservations; staff: their institutions'; reviewers: their region's. Newest first."""
    if (filters.from_ is None) != (filters.to is None):
        raise Invalid(_("Give from and to together."))
    found = VisibleReservations(request.auth)
    if filters.from_ and filters.to:
        found = found.during(query_window(filters.from_, filters.to))
    if filters.instrument is not None:
        found = found.filter(instrument_id=filters.instrument)
    if filters.status is not None:
        found = found.filter(status=filters.status)
    if filters.mine:
        found = found.filter(owned_by(request.auth))
    return found  # type: ignore[return-value]  # paged as a listing


@router.get("reservations/{int:reservation_id}", response=schemas.ReservationOut)
def get_reservation(request: ViewerRequest, response: HttpResponse, reservation_id: int) -> Reservation:
    """One reservation; its ETag is its version."""
    reservation = access_reservation(request.auth, reservation_id)
    response["ETag"] = f'"{reservation.version}"'
    return reservation


@router.patch("reservations/{int:reservation_id}", response=schemas.ReservationOut)
def change_reservation(
    request: ViewerRequest, reservation_id: int, change: schemas.ReservationPatch
) -> Reservation:
    """Move it (start and end together) or edit its texts. If-Match: the version that was read, else 412.

    Its operator stays; another one, or "any", has to be asked for, with or without another time: without, only
    whether they are free is judged, and price and status stay. Where they run the instrument no longer, whoever is
    free takes over a booking that moves. Of a running one the start stays, and the end moves
    into free time or, not into the past, closer. With another access mode all is judged in that one.
    """
    require_scope(request.auth, Scope.BOOK)
    reservation = access_reservation(request.auth, reservation_id, "change")
    if (change.start is None) != (change.end is None):
        raise Invalid(_("Give start and end together."))
    with transaction.atomic():  # moved and edited, or neither
        return _changed(request, reservation, change)


def _changed(request: ViewerRequest, reservation: Reservation, change: schemas.ReservationPatch) -> Reservation:
    """Each part by one command; another access mode goes with what is judged in it."""
    version, filled, operator = expected_version(request), filled_change(change), change.operator
    window = _window_of(reservation, change)
    if window and _ends_otherwise(reservation, window, change):
        reservation, operator = _ended(request, reservation, window, version, change), None
        version = reservation.version
    elif window and (operator is None or window != TimeWindow.of(reservation.during)):
        reservation, operator = _moved(request, reservation, window, version, change), None
        version, filled = reservation.version, FilledChange() if change.access_mode else filled
    elif operator is not None and change.access_mode is None:
        reservation, operator = _run_otherwise(request, reservation, version, operator), None
        version = reservation.version
    if change.purpose is None and change.note is None and filled == FilledChange():
        return reservation
    return edit_reservation(
        viewer=request.auth,
        reservation=reservation,
        purpose=change.purpose,
        note=change.note,
        filled=filled,
        operator=operator,
        expected_version=version,
    )


def _window_of(reservation: Reservation, change: schemas.ReservationPatch) -> TimeWindow | None:
    if change.start is None or change.end is None:
        return None
    return asked_window(change.start, change.end, zone=reservation.instrument.institution.zone)


def _ends_otherwise(reservation: Reservation, window: TimeWindow, change: schemas.ReservationPatch) -> bool:
    """A running one at the same start only gets another end."""
    runs_on = allows("extend", reservation.status) and window.starts_at == reservation.during.lower
    return runs_on and not isinstance(change.operator, int)


def _ended(
    request: ViewerRequest,
    reservation: Reservation,
    window: TimeWindow,
    version: int | None,
    change: schemas.ReservationPatch,
) -> Reservation:
    return extend_reservation(
        viewer=request.auth,
        reservation=reservation,
        ends_at=window.ends_at,
        expected_version=version,
        waivers=waivers_of(change.waive),
    )


def _moved(
    request: ViewerRequest,
    reservation: Reservation,
    window: TimeWindow,
    version: int | None,
    change: schemas.ReservationPatch,
) -> Reservation:
    return reschedule_reservation(
        viewer=request.auth,
        reservation=reservation,
        window=window,
        expected_version=version,
        waivers=waivers_of(change.waive),
        operator=change.operator,
        filled=filled_change(change) if change.access_mode else None,
    )


def _run_otherwise(
    request: ViewerRequest, reservation: Reservation, version: int | None, operator: OperatorChoice
) -> Reservation:
    """Only who runs it changes."""
    return change_operator(
        viewer=request.auth, reservation=reservation, operator=operator, expected_version=version
    )


@router.post("reservations/{int:reservation_id}/cancel", response=schemas.ReservationOut)
def cancel(request: ViewerRequest, reservation_id: int, body: schemas.CancelIn | None = None) -> Reservation:
    """Give the time back; GET …/cancellation says what it costs. Somebody else's booking needs a reason."""
    require_scope(request.auth, Scope.BOOK)
    return cancel_reservation(
        viewer=request.auth,
        reservation=access_reservation(request.auth, reservation_id, "change"),
        reason=body.reason if body else "",
        expected_version=expected_version(request),
        most_fen=body.most_fen if body else None,
    )


@router.get("reservations/{int:reservation_id}/history", response=schemas.HistoryList)
def get_history(request: ViewerRequest, reservation_id: int) -> dict[str, Any]:
    """Who did what, when, old and new."""
    reservation = access_reservation(request.auth, reservation_id)
    tz = zone(reservation.instrument.institution.zone)
    entries = history_of(reservation, with_filled=may_read_filled(request.auth, reservation))
    items = [documents.history_document(entry, tz) for entry in entries]
    return {"items": items, "next": None, "count": len(items)}


def wanted_of(wish: schemas.BookingIn) -> Wanted:
    """What is wanted besides instrument and window. Raises: TwoBeneficiaries."""
    firm, on_behalf = firm_of(wish)
    return Wanted(wish.purpose, wish.note, wish.places, firm, operator_of(wish), wish.filled, on_behalf)


def operator_of(wish: schemas.BookingIn | schemas.HoldIn) -> int | None:
    """Who is asked for; None: whoever is free."""
    return wish.operator if isinstance(wish.operator, int) else None


def firm_of(wish: schemas.BookingIn | schemas.HoldIn) -> tuple[int | None, bool]:
    """The firm it is for, and whether it is booked on its behalf. Raises: TwoBeneficiaries."""
    if wish.account is not None and wish.on_behalf_of is not None:
        raise TwoBeneficiaries
    return wish.account if wish.on_behalf_of is None else wish.on_behalf_of, wish.on_behalf_of is not None


def filled_change(change: schemas.ReservationPatch) -> FilledChange:
    """What to change of what was filled in."""
    return FilledChange(
        access_mode=change.access_mode.value if change.access_mode else None,
        answers=change.answers,
        participants=None if change.participants is None else people_of(change.participants),
        sample=change.sample_declaration.declaration if change.sample_declaration else None,
    )


def waivers_of(given: Sequence[schemas.WaiverIn]) -> dict[str, str]:
    """The reason by code of the rules to let pass."""
    return {waiver.code: waiver.reason for waiver in given}
