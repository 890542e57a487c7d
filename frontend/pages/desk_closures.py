"""Closures and maintenance of one instrument."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import viewer_of_request
from booking.calendars.errors import SlotTaken
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.errors import ReservationEnded, RuleViolations
from booking.reservations.models import Kind
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.closures import affected_reservations, coming_closures
from core.errors import NotFound
from core.windows import zone
from frontend.forms.desk_closures import ClosureForm
from frontend.pages.desk_parts import instrument_page
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def closures(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What is coming, and a form for more; bookings in the way are listed, never silently cancelled."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, instrument_id, "operate")
    form = ClosureForm(request.POST or None, zone=zone(instrument.institution.zone))
    if not form.is_valid():
        return _page(request, instrument, form, status=422 if form.errors else 200)
    try:
        close_instrument(viewer=viewer, instrument=instrument, **form.command)
    except (SlotTaken, RuleViolations) as refused:
        return _refused(request, instrument, form, refused)
    messages.success(request, _("The instrument is closed during this time."))
    return redirect("desk-instrument-closures", instrument.pk)


@require_POST
def remove(request: HttpRequest, instrument_id: int, closure_id: int) -> HttpResponse:
    """The time is open again at once."""
    viewer = viewer_of_request(request)
    closure = access_reservation(viewer, closure_id, "manage")
    if closure.instrument_id != instrument_id or closure.kind not in (Kind.CLOSURE, Kind.MAINTENANCE):
        raise NotFound
    try:
        reopen_instrument(viewer=viewer, closure=closure)
    except ReservationEnded as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The closure is removed; the time can be booked again."))
    return redirect("desk-instrument-closures", instrument_id)


def _refused(
    request: HttpRequest, instrument: Instrument, form: ClosureForm, refused: SlotTaken | RuleViolations
) -> HttpResponse:
    """The bookings in the way with where to go on; without any, the reason."""
    affected = list(affected_reservations(instrument, form.window))
    if not affected:
        form.add_error(None, str(refused.detail))
    return _page(request, instrument, form, affected=affected, status=refused.status)


def _page(
    request: HttpRequest, instrument: Instrument, form: ClosureForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    shown = {"form": form, "closures": coming_closures(instrument), **context}
    return instrument_page(request, instrument, "instrument_closures.html", status=status, **shown)
