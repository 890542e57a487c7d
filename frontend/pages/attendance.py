"""Being there: check in and out without a script, from the booking, the run-sheet or the code at the instrument."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors import viewer_of_request
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.check_ins import near_now
from core.errors import DomainError, Forbidden
from frontend.forms.booking import CancelForm, EndForm
from frontend.presenters.booking_sheet import BookingSheet
from instruments.catalogue.selectors import access_instrument_by_slug

_METHODS = ["GET", "HEAD", "POST"]


@require_POST
@login_required
def begin(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Check in."""
    return _done(request, reservation_id, check_in, _("Checked in. Check out when you are done."))


@require_POST
@login_required
def end(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Check out."""
    return _done(request, reservation_id, check_out, _("Checked out. What was left of the time is free again."))


@require_http_methods(_METHODS)
@login_required
def no_show(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Staff note that nobody came, and why they think so."""
    sheet = _sheet(request, reservation_id)
    if not sheet.viewer.staffs(sheet.instrument.institution_id):
        raise Forbidden
    form = CancelForm(request.POST or None, initial={"version": sheet.reservation.version}, needs_reason=True)
    if not sheet.attendance.no_show or not form.is_valid():
        return _page(request, "no_show", sheet, form)
    given = form.cleaned_data

    def noted(**who: object) -> Reservation:
        return mark_no_show(reason=given["reason"], expected_version=given["version"], **who)  # type: ignore[arg-type]

    return _done(request, reservation_id, noted, _("Noted. The place is free again."))


@require_http_methods(_METHODS)
@login_required
def extend(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Another end for a use that runs."""
    sheet = _sheet(request, reservation_id)
    form = EndForm(request.POST or None, sheet=(sheet.window, sheet.reservation.version), zone=sheet.zone)
    if not sheet.attendance.check_out or not form.is_valid():
        return _page(request, "extend", sheet, form)
    try:
        extend_reservation(
            viewer=sheet.viewer,
            reservation=sheet.reservation,
            ends_at=form.ends_at,
            expected_version=form.cleaned_data["version"],
        )
    except DomainError as refused:
        return _page(request, "extend", sheet, form, refused)
    messages.success(request, _("The new end holds."))
    return redirect("booking", reservation_id)


@require_safe
@never_cache
@login_required
def here(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the code at an instrument leads: one's own booking there, to check in to or out of."""
    viewer = viewer_of_request(request)
    instrument = access_instrument_by_slug(viewer, slug)
    sheets = [BookingSheet(viewer, each) for each in near_now(viewer, instrument.pk)[:3]]
    return render(request, "instruments/check_in.html", {"instrument": instrument, "sheets": sheets})


def _sheet(request: HttpRequest, reservation_id: int) -> BookingSheet:
    viewer = viewer_of_request(request)
    return BookingSheet(viewer, access_reservation(viewer, reservation_id, "change"))


def _done(
    request: HttpRequest, reservation_id: int, command: Callable[..., Reservation], success: str
) -> HttpResponse:
    """Whatever comes of it is told where the person came from."""
    viewer = viewer_of_request(request)
    reservation = access_reservation(viewer, reservation_id, "change")
    try:
        command(viewer=viewer, reservation=reservation)
    except DomainError as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, success)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else reverse("booking", args=[reservation_id]))


def _page(
    request: HttpRequest,
    name: str,
    sheet: BookingSheet,
    form: CancelForm | EndForm,
    refused: DomainError | None = None,
) -> HttpResponse:
    status = refused.status if refused else 422 if form.errors else 200
    context = {"sheet": sheet, "form": form, "refused": refused}
    return render(request, f"bookings/{name}.html", context, status=status)
