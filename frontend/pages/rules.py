"""What the booking rules mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from frontend.presenters.rules import all_explained


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule and process with its meaning and default, from the registry; reads nothing from the database."""
    return render(request, "rules/rules.html", {"parts": all_explained()})
