"""One's own conduct: appeals, reports on uses, agreements to sign."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors import viewer_of_request
from booking.conduct.commands.appeal_credit import appeal_credit
from booking.conduct.commands.sign_agreement import sign_agreement
from booking.conduct.errors import AgreementReplaced, NotAppealable, ReportedBefore
from booking.conduct.selectors import access_agreement, access_entry, agreements_for
from booking.reservations.commands.report_use import NothingToReport, report_use
from booking.reservations.selectors.access import access_reservation
from frontend.forms.conduct import AppealForm, ReportForm
from frontend.presenters.booking_sheet import BookingSheet
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument_by_slug


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def appeal(request: HttpRequest, entry_id: int) -> HttpResponse:
    """What lowered the credit, and a form to disagree."""
    viewer = viewer_of_request(request)
    entry = access_entry(viewer, entry_id)
    form = AppealForm(request.POST or None)
    if not form.is_valid():
        context = {"entry": entry, "form": form}
        return render(request, "conduct/appeal.html", context, status=422 if form.errors else 200)
    try:
        appeal_credit(viewer=viewer, entry=entry, text=form.cleaned_data["text"])
    except NotAppealable as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Your appeal is sent. The decision appears here."))
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def report(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """How a use went, said once."""
    viewer = viewer_of_request(request)
    reservation = access_reservation(viewer, reservation_id)
    form = ReportForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"sheet": BookingSheet(viewer, reservation), "form": form}
        return render(request, "conduct/report.html", context, status=422 if form.errors else 200)
    try:
        report_use(viewer=viewer, reservation=reservation, **form.cleaned_data)
    except (NothingToReport, ReportedBefore) as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Thank you. Your report is kept."))
    return redirect("booking", reservation.pk)


@require_safe
@never_cache
@login_required
def agreements(request: HttpRequest, slug: str) -> HttpResponse:
    """What has to be signed before booking an instrument."""
    viewer = viewer_of_request(request)
    instrument = access_instrument_by_slug(viewer, slug)
    return _agreements(request, instrument)


@require_POST
@login_required
def sign(request: HttpRequest, slug: str, agreement_id: int) -> HttpResponse:
    """Signed as it stands; a newer text is shown instead."""
    viewer = viewer_of_request(request)
    instrument = access_instrument_by_slug(viewer, slug)
    try:
        sign_agreement(viewer=viewer, agreement=access_agreement(viewer, agreement_id))
    except AgreementReplaced as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Signed."))
    return redirect("instrument-agreements", instrument.slug)


def _agreements(request: HttpRequest, instrument: Instrument) -> HttpResponse:
    found = list(agreements_for(viewer_of_request(request), instrument))
    left = any(not each.is_signed for each in found)  # type: ignore[attr-defined]  # annotated
    context: dict[str, Any] = {"instrument": instrument, "agreements": found, "is_something_left": left}
    return render(request, "conduct/agreements.html", context)
