"""One's own bookings: the list, one of them with its history, cancelling, moving."""

from functools import partial
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.selectors import viewer_of_request
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.change_operator import change_operator
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import CostChanged, ReservationEnded, ReservationRunning, UnknownOperator
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.cancelling import given_back_by_move
from core.errors import DomainError, Stale
from frontend.forms.booking import CancelForm, MoveForm, window_initial
from frontend.pages.booking import REFUSALS
from frontend.presenters.booking_sheet import BookingSheet, cancelled_message, lines_of
from frontend.presenters.bookings import booking_lists
from frontend.presenters.moves import verdict_of_move

_CHANGED: Final = (Stale, ReservationEnded, ReservationRunning)
_METHODS: Final = ["GET", "HEAD", "POST"]


@require_safe
@login_required
def bookings(request: HttpRequest) -> HttpResponse:
    """What is coming, and below it what is over."""
    lists = booking_lists(viewer_of_request(request), request.GET)
    return render(request, "bookings/bookings.html", {"lists": lists})


@require_safe
@login_required
def booking(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """One booking and its history in sentences."""
    viewer = viewer_of_request(request)
    sheet = BookingSheet(viewer, access_reservation(viewer, reservation_id))
    return render(request, "bookings/booking.html", {"sheet": sheet})


@require_http_methods(_METHODS)
@login_required
def cancel(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """What cancelling costs comes first, then the button."""
    sheet = _to_change(request, reservation_id)
    reservation = sheet.reservation
    form = CancelForm(request.POST or None, initial={"version": reservation.version}, needs_reason=not sheet.is_own)
    if not sheet.can_change or not form.is_valid():
        return _page(request, "cancel", sheet, form)
    return _cancelled(request, sheet, form)


@require_http_methods(_METHODS)
@login_required
def move(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Choose another window, see its verdict, confirm."""
    sheet = _to_change(request, reservation_id)
    initial = {**window_initial(sheet.window, sheet.zone), "version": sheet.reservation.version}
    form = MoveForm(
        request.POST or None,
        initial=initial,
        zone=sheet.zone,
        runs=bool(sheet.operators),
        kept=sheet.kept_operators,
        others=sheet.other_operators,
    )
    if not sheet.can_move or not form.is_valid():
        return _page(request, "move", sheet, form)
    try:
        return _moved(request, sheet, form) if form.is_confirmed else _move_verdict(request, sheet, form)
    except UnknownOperator as refused:  # no longer one of those who run it
        form.add_error("operator", str(refused.detail))
        return _page(request, "move", sheet, form)


def _to_change(request: HttpRequest, reservation_id: int) -> BookingSheet:
    viewer = viewer_of_request(request)
    return BookingSheet(viewer, access_reservation(viewer, reservation_id, "change"))


def _cancelled(request: HttpRequest, sheet: BookingSheet, form: CancelForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        current = cancel_reservation(
            viewer=sheet.viewer,
            reservation=sheet.reservation,
            reason=given["reason"],
            expected_version=given["version"],
            most_fen=given["fee"] or 0,
        )
    except _CHANGED:
        return meanwhile(request, sheet.reservation)
    except CostChanged as refused:
        return _page(request, "cancel", sheet, form, refused=refused)
    messages.success(request, cancelled_message(current))
    return redirect("bookings" if sheet.is_own else "desk")


def _moved(request: HttpRequest, sheet: BookingSheet, form: MoveForm) -> HttpResponse:
    stays = _stays(sheet, form)
    act = change_operator if stays else partial(reschedule_reservation, window=form.window)
    try:
        act(
            viewer=sheet.viewer,
            reservation=sheet.reservation,
            expected_version=form.cleaned_data["version"],
            operator=form.operator_choice,
        )
    except _CHANGED:
        return meanwhile(request, sheet.reservation)
    except REFUSALS as refused:
        return _move_verdict(request, sheet, form, refused)
    messages.success(request, _("Saved.") if stays else _("Moved. You can move it back from here."))
    return redirect("booking", sheet.reservation.pk)


def _stays(sheet: BookingSheet, form: MoveForm) -> bool:
    """Whether nothing is asked for but somebody else to run it."""
    return form.operator_choice is not None and form.window == sheet.window


def _move_verdict(
    request: HttpRequest, sheet: BookingSheet, form: MoveForm, refused: DomainError | None = None
) -> HttpResponse:
    reached = verdict_of_move(sheet.viewer, sheet.reservation, form.window, form.operator_choice)
    lost = given_back_by_move(sheet.viewer, sheet.reservation, form.window, reached.quote.total_fen)
    shown = {"verdict": reached, "lines": lines_of(reached.quote), "lost": lost, "stays": _stays(sheet, form)}
    return _page(request, "move", sheet, form, refused=refused, run_by=sheet.run_by(reached), **shown)


def meanwhile(request: HttpRequest, reservation: Reservation) -> HttpResponse:
    """Back to the booking: what was shown is no longer so."""
    messages.error(request, _("This booking was changed meanwhile. Look at it again before you go on."))
    return redirect("booking", reservation.pk)


def _page(
    request: HttpRequest,
    name: str,
    sheet: BookingSheet,
    form: CancelForm | MoveForm,
    refused: DomainError | None = None,
    **context: object,
) -> HttpResponse:
    status = refused.status if refused else 422 if form.errors else 200
    context |= {"sheet": sheet, "form": form, "refused": refused}
    return render(request, f"bookings/{name}.html", context, status=status)
