"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.selectors import viewer_of_request
from booking.discovery.selectors import Search, discover, free_now_count
from frontend.forms.search import SearchForm
from instruments.catalogue.selectors import category_tree


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One question, the categories, what is free now."""
    viewer = viewer_of_request(request)
    soonest = discover(viewer, Search(sort="soonest"), limit=4, with_facets=False)
    free_now, all_counted = free_now_count(viewer)
    context = {
        "has_own_search": True,
        "form": SearchForm(),
        "categories": [node for node in category_tree() if node.instruments],
        "free_now": free_now,
        "all_counted": all_counted,
        "soonest": soonest.cards,
    }
    return render(request, "home/home.html", context)
