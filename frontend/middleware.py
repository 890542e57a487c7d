"""A DomainError that a page did not handle becomes that status's page."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError, NotSignedIn

_TEMPLATES = {403: "403.html", 404: "404.html"}


class DomainErrorMiddleware:
    """Shows the error page of the error's status; someone not signed in is asked to sign in first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if isinstance(exception, NotSignedIn):
            return redirect_to_login(request.get_full_path())
        template = _TEMPLATES.get(exception.status, "error.html")
        return render(request, template, {"error": exception}, status=exception.status)
