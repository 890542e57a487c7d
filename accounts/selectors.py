"""Who is asking: viewers from sessions and tokens, each in one statement."""

import hashlib
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import HttpRequest

from accounts.models import ApiToken, Enterprise, Institution, Role, Scope, User
from accounts.viewers import ANONYMOUS, RoleHeld, Viewer
from core import clock
from core.errors import Forbidden, NotFound, NotSignedIn, ScopeMissing

_ROLE = JSONObject(
    role=F("memberships__role"),
    institution_id=F("memberships__institution_id"),
    enterprise_id=F("memberships__enterprise_id"),
    region=F("memberships__region"),
)
_VIEWER_FIELDS = ("id", "name", "email", "is_superuser", "held")


def viewer_of(user: User | AnonymousUser) -> Viewer:
    """The viewer for a signed-in user: one query. Anonymous or inactive: ANONYMOUS."""
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    return viewer_by_id(user.pk) or ANONYMOUS


def viewer_by_id(user_id: int) -> Viewer | None:
    """The viewer for an active user's id, None when there is none."""
    row = _with_roles(User.objects.filter(pk=user_id, is_active=True)).values(*_VIEWER_FIELDS).first()
    return _viewer(row) if row else None


def viewer_of_request(request: HttpRequest) -> Viewer:
    """The viewer behind a request, read at most once per request."""
    cached: Viewer | None = getattr(request, "_viewer", None)
    if cached is None:
        cached = viewer_of(request.user)
        request._viewer = cached  # type: ignore[attr-defined]  # noqa: SLF001 - a memo on the request itself
    return cached


def viewer_by_token(token: str) -> Viewer | None:
    """The viewer behind a bearer token: one query. None when unknown, expired, revoked or inactive."""
    digest = token_digest(token)
    row = (
        _with_roles(
            User.objects.filter(
                Q(tokens__expires_at__isnull=True) | Q(tokens__expires_at__gt=clock.now()),
                is_active=True,
                tokens__digest=digest,
                tokens__revoked_at__isnull=True,
            )
        )
        .annotate(scopes=F("tokens__scopes"))
        .values(*_VIEWER_FIELDS, "scopes")
        .first()
    )
    return _viewer(row) if row else None


def token_digest(token: str) -> bytes:
    """SHA-256 of a token; the only form in which tokens are stored."""
    return hashlib.sha256(token.encode()).digest()


def _with_roles(users: "QuerySet[User]") -> "QuerySet[User, Any]":
    return users.annotate(held=ArrayAgg(_ROLE, filter=Q(memberships__isnull=False), default=[])).order_by()


def _viewer(row: dict[str, Any]) -> Viewer:
    scopes = row.get("scopes")
    return Viewer(
        user_id=row["id"],
        name=row["name"],
        email=row["email"],
        is_superuser=row["is_superuser"],
        roles=tuple(RoleHeld(**held) for held in row["held"]),
        scopes=None if scopes is None else frozenset(scopes),
    )


def own_tokens(viewer: Viewer) -> "QuerySet[ApiToken]":
    """The viewer's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(user_id=viewer.person_id, revoked_at__isnull=True).order_by("-created_at")


def own_enterprises(viewer: Viewer) -> "QuerySet[Enterprise]":
    """The firms the viewer may book for."""
    return Enterprise.objects.filter(pk__in=viewer.enterprise_ids).order_by("pk")


def access_institution(viewer: Viewer, institution_id: int, action: str = "view") -> Institution:
    """One institution. Member institutions are public; actions: view. Raises NotFound."""
    try:
        return Institution.objects.get(pk=institution_id)
    except Institution.DoesNotExist:
        raise NotFound from None


def staffed_institutions(viewer: Viewer) -> "QuerySet[Institution]":
    """Institutions at whose instruments the viewer works, by name. Raises: NotSignedIn, Forbidden."""
    return _institutions_as(viewer, Role.OPERATOR, Role.MANAGER, Role.ADMIN)


def managed_institutions(viewer: Viewer) -> "QuerySet[Institution]":
    """Institutions whose instruments the viewer may change, by name. Raises: NotSignedIn, Forbidden."""
    return _institutions_as(viewer, Role.MANAGER, Role.ADMIN)


def _institutions_as(viewer: Viewer, *roles: Role) -> "QuerySet[Institution]":
    if viewer.is_anonymous:
        raise NotSignedIn
    institutions = Institution.objects.order_by("name_zh", "name_en", "pk")
    if viewer.is_platform_admin:
        return institutions
    held = viewer.institutions_as(*roles)
    if not held:
        raise Forbidden
    return institutions.filter(pk__in=held)


def require_scope(viewer: Viewer, scope: Scope) -> None:
    """Endpoints that need more than reading ask for their scope. Raises ScopeMissing."""
    if not viewer.has_scope(scope):
        raise ScopeMissing(scope=scope.value)
