"""The sheet with the code that leads to an instrument's check-in, to be printed and put up there."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import viewer_of_request
from frontend.pages.desk_parts import instrument_page
from frontend.presenters.codes import drawn
from instruments.catalogue.selectors import access_instrument


@require_safe
def code(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Name, number, how to check in, and the code; printed, it fits A4 and A5."""
    instrument = access_instrument(viewer_of_request(request), instrument_id, "operate")
    address = request.build_absolute_uri(reverse("instrument-check-in", args=[instrument.slug]))
    return instrument_page(request, instrument, "instrument_code.html", address=address, code=drawn(address))
