"""Who calls the API: a bearer token or a session. Anonymous callers reach a closed list, nothing else."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext_lazy as _
from ninja.security.base import AuthBase

from accounts.models import Scope
from accounts.selectors import viewer_by_token, viewer_of_request
from accounts.viewers import Viewer
from core.errors import Forbidden, NotSignedIn, ScopeMissing

PUBLIC: Final = frozenset(
    {
        "institutions",
        "institutions/<int:institution_id>",
        "categories",
        "instruments",
        "instruments/<int:instrument_id>",
        "instruments/<int:instrument_id>/availability",
    }
)
"""Routes below /api/v1/ that may be read without signing in."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfFailed(Forbidden):
    """A session without its CSRF token."""

    code = "csrf_failed"
    title = _("The CSRF token is missing or wrong: send it as X-CSRFToken, or use a bearer token.")


class TokenInvalid(NotSignedIn):
    """The token is unknown, expired or revoked."""

    code = "token_invalid"
    title = _("The token is unknown, expired or revoked.")


class Caller(AuthBase):
    """Sets request.auth to a Viewer. Raises NotSignedIn, TokenInvalid, CsrfFailed, ScopeMissing."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Viewer:
        viewer = caller(request)
        if viewer.is_anonymous and not _is_public(request):
            raise NotSignedIn
        if request.method in _SAFE and not viewer.has_scope(Scope.READ):
            raise ScopeMissing
        return viewer


def caller(request: HttpRequest) -> Viewer:
    """The viewer behind a request, ANONYMOUS without credentials; read once per request."""
    known: Viewer | None = getattr(request, "_caller", None)
    if known is None:
        known = _identify(request)
        request._caller = known  # type: ignore[attr-defined]  # noqa: SLF001 - a memo on the request itself
    return known


def _identify(request: HttpRequest) -> Viewer:
    header = request.headers.get("Authorization", "")
    if header:
        kind, _space, token = header.partition(" ")
        viewer = viewer_by_token(token.strip()) if kind.lower() == "bearer" else None
        if viewer is None:
            raise TokenInvalid
        return viewer
    viewer = viewer_of_request(request)
    if not viewer.is_anonymous and request.method not in _SAFE and not _csrf_holds(request):
        raise CsrfFailed
    return viewer


class _Csrf(CsrfViewMiddleware):
    """Django's check without its error page: the answer is a problem document."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(status=403)


def _csrf_holds(request: HttpRequest) -> bool:
    check = _Csrf(lambda _request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _request: HttpResponse(), (), {}) is None


def _is_public(request: HttpRequest) -> bool:
    match = request.resolver_match
    route = match.route.removeprefix("api/v1/") if match else ""
    return request.method in _SAFE and route in PUBLIC
