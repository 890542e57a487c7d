"""Addresses that only take forms, while the pages that hold those forms are elsewhere."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponse]


def posted_from(page: str, *arguments: str) -> Callable[[View], View]:
    """POST only; whoever comes by GET, as a reload or a change of language does, is led to the form's page.

    page: the name of its address; arguments: those of the view that it takes too.
    """

    def guard(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest, **given: Any) -> HttpResponse:
            if request.method == "POST":
                return view(request, **given)
            return redirect(page, *(given[name] for name in arguments))

        return guarded

    return guard
