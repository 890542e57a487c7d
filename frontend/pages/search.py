"""Searching for instruments."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.selectors import viewer_of_request
from accounts.viewers import Viewer
from booking.discovery.selectors import Results, Search, cards_for, discover
from frontend.forms.search import SearchForm
from frontend.presenters.facets import facet_lists
from frontend.presenters.relaxations import relaxations
from frontend.presenters.search_address import SearchAddress
from frontend.zones import PLATFORM_ZONE
from instruments.catalogue.selectors import access_instrument

PAGE: Final = 20


@require_safe
def instruments(request: HttpRequest) -> HttpResponse:
    """Results beside facets. The whole search is in the address; scripts only save the click on Search."""
    form, viewer = SearchForm(request.GET), viewer_of_request(request)
    search = form.search()
    offset = form.cleaned_data.get("offset") or 0
    results = discover(viewer, search, offset=offset, limit=PAGE)
    context = _lists(viewer, search, results, SearchAddress(request.GET), offset)
    return render(request, "instruments/search.html", {"has_own_search": True, "form": form, **context})


@require_safe
def card(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """One result again, after its calendar has changed."""
    viewer = viewer_of_request(request)
    (found,) = cards_for(viewer, [access_instrument(viewer, instrument_id)])
    return render(request, "instruments/_card.html", {"card": found})


def _lists(
    viewer: Viewer, search: Search, results: Results, address: SearchAddress, offset: int
) -> dict[str, object]:
    """What stands below the form, and where each part of it leads."""
    return {
        "results": results,
        "address": address,
        "zone": PLATFORM_ZONE,
        "facets": facet_lists(results.facets, address) if results.facets else [],
        "relaxations": [] if results.cards else relaxations(viewer, search, address),
        "next_address": address.having(offset=results.next_offset) if results.next_offset else "",
        "first_address": address.having() if offset else "",
    }
