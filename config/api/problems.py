"""Errors as RFC 9457 problem documents: one mapper for everything that can go wrong."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from booking.reservations.commands.several import Refused
from booking.reservations.documents import (
    alternative_document,
    refused_document,
    violation_document,
    ways_out_document,
)
from booking.reservations.rules.registry import Violation
from booking.reservations.selectors.offers import Alternative
from booking.reservations.selectors.replanning import WaysOut
from config.api.schema_errors import field_errors
from core.errors import DomainError
from core.windows import zone

CONTENT_TYPE = "application/problem+json"


def problem(
    status: int, code: str, title: str, detail: str = "", extra: Mapping[str, Any] = MappingProxyType({})
) -> HttpResponse:
    """A problem document. `type` names the code; extra members are JSON-ready."""
    document = {
        **extra,
        "type": f"urn:benchshare:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
    }
    response = JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = CONTENT_TYPE
    return response


def problem_of(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The problem document of a domain error."""
    tz = zone(error.extra.get("zone", "UTC"))
    extra = {name: _ready(value, tz) for name, value in error.extra.items()}
    response = problem(error.status, error.code, str(error.title), str(error.detail), extra)
    if error.retry_after_seconds is not None:
        response["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def install(api: NinjaAPI) -> None:
    """Register the mapper for domain errors, validation, unreadable and oversized bodies."""
    api.add_exception_handler(DomainError, problem_of)  # type: ignore[arg-type]  # ninja types instances as classes
    api.add_exception_handler(ValidationError, _invalid)  # type: ignore[arg-type]
    api.add_exception_handler(HttpError, _unreadable)  # type: ignore[arg-type]
    api.add_exception_handler(RequestDataTooBig, _too_big)  # type: ignore[arg-type]


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = field_errors(error.errors)
    detail = "; ".join(f"{each['field']}: {each['message']}" for each in errors[:5])
    return problem(422, "invalid", _("The input is not valid."), detail, {"errors": errors})


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return problem(400, "malformed", _("The body is not readable JSON."))
    return problem(error.status_code, "http_error", str(DomainError.title))


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_large", _("The body is too large: 5 MB at most."))


def _ready(value: Any, tz: ZoneInfo) -> Any:
    if isinstance(value, Violation):
        return violation_document(value, tz)
    if isinstance(value, Alternative):
        return alternative_document(value, tz)
    if isinstance(value, WaysOut):
        return ways_out_document(value, tz)
    if isinstance(value, dict):
        return {name: _ready(each, tz) for name, each in value.items()}
    if isinstance(value, Refused):
        return refused_document(value)
    return [_ready(each, tz) for each in value] if isinstance(value, list | tuple) else value
