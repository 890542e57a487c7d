"""Changing several bookings of a series: choose, see each before and after, confirm."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.selectors import viewer_of_request
from booking.reservations.commands.change_series import change_series
from booking.reservations.commands.occurrences import SeriesOver
from booking.reservations.errors import CostChanged, ReservationEnded, ReservationRunning
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.operators import operators_of
from booking.reservations.selectors.series import Series, access_series
from core.errors import DomainError, Stale
from frontend.forms.series import ChangeSeriesForm, change_initial
from frontend.pages.booking import REFUSALS
from frontend.pages.bookings import meanwhile
from frontend.presenters.booking_sheet import BookingSheet
from frontend.presenters.series_change import ChangePlan, plan_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_several(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Choose which bookings and their new time, see what would change, confirm."""
    viewer = viewer_of_request(request)
    sheet = BookingSheet(viewer, access_reservation(viewer, reservation_id, "change"))
    stored = _stored(sheet)
    assert stored.series is not None
    initial = {**change_initial(sheet.window, sheet.zone), "version": stored.series.version}
    form = ChangeSeriesForm(request.POST or None, initial=initial, operators=operators_of(sheet.reservation))
    if not form.is_valid():
        return _page(request, sheet, form)
    try:
        return (
            _changed(request, sheet, stored, form) if form.is_confirmed else _planned(request, sheet, stored, form)
        )
    except (SeriesOver, ReservationEnded, ReservationRunning):
        return meanwhile(request, sheet.reservation)


def _stored(sheet: BookingSheet) -> Series:
    key = sheet.reservation.series_id
    if key is None:
        raise Http404
    return access_series(sheet.viewer, key, "change")


def _change(sheet: BookingSheet, stored: Series, form: ChangeSeriesForm, *, dry_run: bool) -> Series:
    """A dry run is about the series as it is now, whatever the person has seen."""
    assert stored.series is not None
    given = form.cleaned_data
    return change_series(
        viewer=sheet.viewer,
        series=stored.series,
        scope=form.scope_chosen,
        change=form.change,
        occurrence_id=sheet.reservation.pk,
        expected_version=None if dry_run else given["version"],
        most_fen=None if dry_run else given["fee"] or 0,
        dry_run=dry_run,
    )


def _changed(request: HttpRequest, sheet: BookingSheet, stored: Series, form: ChangeSeriesForm) -> HttpResponse:
    try:
        changed = _change(sheet, stored, form, dry_run=False)
    except (Stale, CostChanged, *REFUSALS) as refused:
        return _planned(request, sheet, _stored(sheet), form, refused)
    count = plan_of(stored, changed, form.change).moved
    words = ngettext("One booking is changed.", "%(count)d bookings are changed.", count)
    messages.success(request, words % {"count": count})
    return redirect("booking", sheet.reservation.pk)


def _planned(
    request: HttpRequest,
    sheet: BookingSheet,
    stored: Series,
    form: ChangeSeriesForm,
    refused: DomainError | None = None,
) -> HttpResponse:
    """Each booking before and after; a series that was changed meanwhile is said, and shown as it is now."""
    plan = plan_of(stored, _change(sheet, stored, form, dry_run=True), form.change)
    if refused is None and plan.version != form.cleaned_data["version"]:
        refused = Stale(version=plan.version)
    return _page(request, sheet, form, plan, refused)


def _page(
    request: HttpRequest,
    sheet: BookingSheet,
    form: ChangeSeriesForm,
    plan: ChangePlan | None = None,
    refused: DomainError | None = None,
) -> HttpResponse:
    status = refused.status if refused else 422 if form.errors else 200
    version = plan.version if plan else form["version"].value()
    context = {"sheet": sheet, "form": form, "plan": plan, "version": version, "refused": _in_words(refused)}
    return render(request, "bookings/change_series.html", context, status=status)


def _in_words(refused: DomainError | None) -> str:
    if isinstance(refused, Stale):
        return _("The series was changed meanwhile. Below is what would change now.")
    if isinstance(refused, CostChanged):
        return _("Changing them costs more now: look at the amount first.")
    return str(refused.title) if refused else ""
