"""The page of one instrument."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.selectors import viewer_of_request
from frontend.presenters.instrument_sheet import InstrumentSheet
from instruments.catalogue.selectors import access_instrument_by_slug


@require_safe
def instrument(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, what it costs, its week, and the form that books it."""
    return render(request, "instruments/instrument.html", {"sheet": sheet_of(request, slug)})


@require_safe
def free_windows(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of the week's free windows, renewed when the calendar changes."""
    return render(request, "instruments/_free_windows.html", {"sheet": sheet_of(request, slug)})


def sheet_of(request: HttpRequest, slug: str) -> InstrumentSheet:
    """The instrument as this viewer sees it. Raises NotFound."""
    viewer = viewer_of_request(request)
    return InstrumentSheet(viewer, access_instrument_by_slug(viewer, slug), request.GET)
