"""Who waits for an instrument."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors import viewer_of_request
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.errors import WaitingOver
from booking.reservations.selectors.waitlist import access_entry, entries_at
from core.errors import NotFound
from frontend.pages.desk_parts import instrument_page
from frontend.presenters.waiting import Waiting
from instruments.catalogue.selectors import access_instrument

MOST_SHOWN = 200


@require_safe
@never_cache
def waitlist(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """In the order in which they are asked."""
    instrument = access_instrument(viewer_of_request(request), instrument_id, "operate")
    waiting = [Waiting(entry) for entry in entries_at(instrument)[:MOST_SHOWN]]
    return instrument_page(request, instrument, "instrument_waitlist.html", waiting=waiting)


@require_POST
def remove(request: HttpRequest, instrument_id: int, entry_id: int) -> HttpResponse:
    """Take somebody off the list; what they were offered goes to the next."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, instrument_id, "operate")
    entry = access_entry(viewer, entry_id, "leave")
    if entry.instrument_id != instrument.pk:
        raise NotFound
    try:
        leave_waitlist(viewer=viewer, entry=entry)
    except WaitingOver as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Taken off the waiting list."))
    return redirect("desk-instrument-waitlist", instrument_id)
