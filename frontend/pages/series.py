"""Repeating a booking: plan, see every occurrence, book; and cancelling several of a series."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.selectors import viewer_of_request
from booking.calendars.patterns import InvalidRepeat
from booking.intake.errors import AnswersInvalid
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.cancel_series import cancel_series
from booking.reservations.commands.occurrences import SeriesOver
from booking.reservations.errors import CostChanged, ReservationEnded, ReservationRunning
from booking.reservations.models import ReservationSeries
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.series import Series, access_series
from core.errors import DomainError, Stale
from frontend.forms.series import CancelSeriesForm, RepeatForm
from frontend.pages.booking import REFUSALS
from frontend.pages.bookings import meanwhile
from frontend.pages.instrument import sheet_of
from frontend.presenters.booking_sheet import BookingSheet
from frontend.presenters.instrument_sheet import InstrumentSheet
from frontend.presenters.own_booking import same_booking
from frontend.presenters.series import repeat_in_words


@require_http_methods(["GET", "HEAD", "POST"])
def repeat_booking(request: HttpRequest, slug: str) -> HttpResponse:
    """POST of a booking's form asks how it repeats; with that, it shows the plan; with `confirm`, it books."""
    sheet = sheet_of(request, slug)
    if sheet.viewer.is_anonymous:
        return redirect_to_login(sheet.address)
    if "every" not in request.POST:
        return _page(request, sheet, sheet.repeat_form(initial=_given(request) or sheet.form.initial))
    form = sheet.repeat_form(request.POST, files=request.FILES)
    if not form.is_valid():
        return _page(request, sheet, form)
    try:
        return _booked(request, sheet, form) if form.is_confirmed else _planned(request, sheet, form)
    except InvalidRepeat as error:
        form.add_error("until", str(error.detail))
        return _page(request, sheet, form)


def _given(request: HttpRequest) -> dict[str, Any]:
    """What the booking's form has already; chosen files are chosen again."""
    given: dict[str, Any] = request.POST.dict()
    return given | {"hazards": request.POST.getlist("hazards")} if given else given


def _book(sheet: InstrumentSheet, form: RepeatForm, *, dry_run: bool) -> Series:
    return book_series(
        viewer=sheet.viewer,
        instrument=sheet.instrument,
        window=form.window,
        repeat=form.repeat,
        wanted=form.wanted,
        skip_refused=form.skips_refused,
        dry_run=dry_run,
    )


def _planned(
    request: HttpRequest, sheet: InstrumentSheet, form: RepeatForm, refused: DomainError | None = None
) -> HttpResponse:
    plan = _book(sheet, form, dry_run=True)
    return _page(request, sheet, form, refused, plan=plan, repeats=repeat_in_words(plan.repeat))


def _booked(request: HttpRequest, sheet: InstrumentSheet, form: RepeatForm) -> HttpResponse:
    try:
        made = _book(sheet, form, dry_run=False)
    except AnswersInvalid as refused:
        form.refuse(refused)
        return _page(request, sheet, form)
    except REFUSALS as refused:
        # Somebody who presses the button twice has one series, not an error.
        mine = same_booking(sheet.viewer, sheet.instrument, form.window, form.wanted)
        return redirect("booking", mine) if mine else _planned(request, sheet, form, refused)
    count = len(made.accepted)
    messages.success(request, ngettext("Booked once.", "Booked %(count)d times.", count) % {"count": count})
    return redirect("booking", made.accepted[0].pk)


def _page(
    request: HttpRequest,
    sheet: InstrumentSheet,
    form: RepeatForm,
    refused: DomainError | None = None,
    **context: object,
) -> HttpResponse:
    status = refused.status if refused else 422 if form.errors else 200
    context |= {"sheet": sheet, "form": form, "refused": refused}
    return render(request, "instruments/repeat.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel_several(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Choose which bookings of the series, see them, confirm."""
    viewer = viewer_of_request(request)
    sheet = BookingSheet(viewer, access_reservation(viewer, reservation_id, "change"))
    series = _series_of(sheet)
    form = CancelSeriesForm(
        request.POST or None, initial={"version": series.version}, needs_reason=not sheet.is_own
    )
    if not form.is_valid():
        context = {"sheet": sheet, "form": form}
        return render(request, "bookings/cancel_series.html", context, status=422 if form.errors else 200)
    try:
        if form.is_confirmed:
            return _cancelled(request, sheet, series, form)
        return _shown(request, sheet, series, form)
    except (Stale, SeriesOver, ReservationEnded, ReservationRunning):
        return meanwhile(request, sheet.reservation)


def _series_of(sheet: BookingSheet) -> ReservationSeries:
    key = sheet.reservation.series_id
    series = access_series(sheet.viewer, key, "change").series if key else None
    if series is None:
        raise Http404
    return series


def _cancelled(
    request: HttpRequest, sheet: BookingSheet, series: ReservationSeries, form: CancelSeriesForm
) -> HttpResponse:
    try:
        meant = _cancel(sheet, series, form.command)
    except CostChanged as refused:
        return _shown(request, sheet, series, form, refused)
    count = len(meant.occurrences)
    words = ngettext("One booking is cancelled.", "%(count)d bookings are cancelled.", count)
    messages.success(request, words % {"count": count})
    return redirect("booking", sheet.reservation.pk)


def _shown(
    request: HttpRequest,
    sheet: BookingSheet,
    series: ReservationSeries,
    form: CancelSeriesForm,
    refused: DomainError | None = None,
) -> HttpResponse:
    """Which bookings these are, and what it costs."""
    meant = _cancel(sheet, series, {**form.command, "most_fen": None, "dry_run": True})
    context = {"sheet": sheet, "form": form, "meant": meant, "refused": refused}
    return render(request, "bookings/cancel_series.html", context, status=refused.status if refused else 200)


def _cancel(sheet: BookingSheet, series: ReservationSeries, command: dict[str, Any]) -> Series:
    return cancel_series(viewer=sheet.viewer, series=series, occurrence_id=sheet.reservation.pk, **command)
