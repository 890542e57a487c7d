"""Requests that wait for approval: the queue, and deciding on one."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.selectors import staffed_institutions, viewer_of_request
from booking.reservations.commands.approve_reservation import OwnRequest, approve_reservation
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.errors import NotRequested
from booking.reservations.models import Reservation
from booking.reservations.selectors.access import access_reservation, may_approve
from booking.reservations.selectors.requests import requests_before
from core.errors import Stale
from frontend.forms.desk_requests import ApproveForm, DeclineForm
from frontend.presenters.booking_sheet import BookingSheet

MOST_REQUESTS: Final = 100
"""On one page; whoever has decided on these sees the next."""


@require_safe
@never_cache
def requests(request: HttpRequest) -> HttpResponse:
    """Whatever waits at one's institutions, oldest first."""
    viewer = viewer_of_request(request)
    if not staffed_institutions(viewer).exists():
        return render(request, "desk/nowhere.html")
    waiting = list(requests_before(viewer)[: MOST_REQUESTS + 1])
    rows = [(BookingSheet(viewer, each), may_approve(viewer, each)) for each in waiting[:MOST_REQUESTS]]
    return render(request, "desk/requests.html", {"rows": rows, "has_more": len(waiting) > MOST_REQUESTS})


@require_POST
def approve(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """It is a booking then."""
    form = ApproveForm(request.POST)
    return _decided(request, reservation_id, form, approve_reservation, _("Approved. It is booked now."))


@require_POST
def decline(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """The time is free again."""
    form = DeclineForm(request.POST)
    return _decided(request, reservation_id, form, decline_reservation, _("Declined. The time is free again."))


def _decided(
    request: HttpRequest, reservation_id: int, form: ApproveForm, command: Callable[..., Reservation], done: str
) -> HttpResponse:
    viewer = viewer_of_request(request)
    reservation = access_reservation(viewer, reservation_id, "manage")
    if not form.is_valid():
        messages.error(request, _("Give a reason: the person who asked reads it."))
        return redirect("desk-requests")
    given: dict[str, Any] = {"expected_version": form.cleaned_data.pop("version"), **form.cleaned_data}
    try:
        command(viewer=viewer, reservation=reservation, **given)
    except (NotRequested, Stale):
        messages.error(request, _("This request was changed, decided or taken back meanwhile."))
    except OwnRequest as refused:
        messages.error(request, str(refused.title))
    else:
        messages.success(request, done)
    return redirect("desk-requests")
