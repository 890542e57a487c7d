"""Below /api/ every error is a problem document, also those that never reach an endpoint."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.api.problems import CONTENT_TYPE, problem


class ProblemMiddleware:
    """Turns plain error answers (unknown address, wrong method, crash) into problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            return problem(400, "malformed", _("Addresses must not contain NUL."))
        response = self.get_response(request)
        if not request.path.startswith("/api/") or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        if response.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        return _as_problem(response)


def _as_problem(response: HttpResponse) -> HttpResponse:
    status = HTTPStatus(response.status_code)
    titles = {
        HTTPStatus.NOT_FOUND: _("Not found."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This method is not available here."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("The body is too large: 5 MB at most."),
        HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong on our side."),
    }
    answer = problem(status, status.name.lower(), titles.get(status, status.phrase))
    for header in ("Allow", "Retry-After"):
        if header in response:
            answer[header] = response[header]
    return answer
