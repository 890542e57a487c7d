"""Errors that no endpoint or page answers: below /api/ as problem documents, a lost database as 503 everywhere."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from config.api.problems import CONTENT_TYPE, problem

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS: Final = 5


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

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The database is away: say that it is worth trying again, and when."""
        if not isinstance(exception, OperationalError | InterfaceError | PoolTimeout):
            return None
        logger.error("The database is not reachable: %s", exception)
        if request.path.startswith("/api/"):
            answer = problem(503, "unavailable", _("The service is not available right now."))
        else:
            answer = HttpResponse(render_to_string("500.html"), status=HTTPStatus.SERVICE_UNAVAILABLE)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer


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
