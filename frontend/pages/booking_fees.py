"""Fees for cancelling late."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.selectors import viewer_of_request
from booking.reservations.commands.waive_fee import NoFee, waive_fee
from booking.reservations.selectors.access import access_reservation
from core.errors import Stale
from frontend.forms.booking import WaiveFeeForm


@require_POST
@login_required
def waive(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Staff charge nothing, and say why."""
    viewer = viewer_of_request(request)
    reservation = access_reservation(viewer, reservation_id, "manage")
    form = WaiveFeeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a reason: it stays in the history."))
        return redirect("booking", reservation_id)
    given = form.cleaned_data
    try:
        waive_fee(viewer=viewer, reservation=reservation, reason=given["reason"], expected_version=given["version"])
    except (NoFee, Stale):
        messages.error(request, _("This booking was changed meanwhile. Look at it again before you go on."))
    else:
        messages.success(request, _("The fee is waived."))
    return redirect("booking", reservation_id)
