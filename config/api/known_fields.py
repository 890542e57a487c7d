"""Misspelt fields of an address are refused, like those of a body: api.md, "Unknown fields"."""

import inspect
from functools import wraps
from types import MethodType
from typing import Any, Protocol, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.operation import Operation

from config.api.auth import Caller
from config.api.problems import problem_of
from core.errors import DomainError, Invalid


class Run(Protocol):
    """An operation as it is called."""

    def __call__(self, request: HttpRequest, **params: Any) -> HttpResponse: ...


def known_fields_only(run: Run) -> Run:
    """Wraps an operation: query fields that it does not read answer 422, after the caller is known."""
    known = _query_fields(cast("Operation", inspect.unwrap(cast("MethodType", run)).__self__))

    @wraps(run)
    def guarded(request: HttpRequest, **params: Any) -> HttpResponse:
        unknown = sorted(request.GET.keys() - known)
        if not unknown:
            return run(request, **params)
        try:
            Caller()(request)
        except DomainError as error:
            return problem_of(request, error)
        return problem_of(request, _refused(unknown))

    return guarded


def _query_fields(operation: Operation) -> frozenset[str]:
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in getattr(model, "__ninja_flatten_map__", ()))


def _refused(unknown: list[str]) -> Invalid:
    message = _("This field is not known here.")
    errors = [{"field": name, "message": message} for name in unknown[:20]]
    detail = "; ".join(f"{each['field'][:80]}: {message}" for each in errors[:5])
    return Invalid(detail, errors=errors)
