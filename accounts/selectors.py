"""Who is asking: viewers from sessions and tokens, each in one statement."""

import hashlib
import json
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import ApiToken, Enterprise, Institution, Role, Scope, User
from accounts.viewers import ANONYMOUS, RoleHeld, Viewer
from core import clock
from core.errors import Forbidden, NotFound, NotSignedIn, ScopeMissing

# Read on every request, so written by hand: the ORM's way to the same statement costs ten times its execution.
_VIEWER = """
    SELECT u.id, u.name, u.email, u.is_superuser, {scopes}, (
        SELECT coalesce(jsonb_agg(jsonb_build_array(m.role, m.institution_id, m.enterprise_id, m.region)), '[]')
        FROM accounts_membership m WHERE m.user_id = u.id)
    FROM {tables}
"""
_BY_ID = _VIEWER.format(scopes="NULL::text[]", tables="accounts_user u WHERE u.id = %s AND u.is_active")
_BY_TOKEN = _VIEWER.format(
    scopes="t.scopes",
    tables="accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id AND u.is_active"
    " WHERE t.digest = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %s)",
)


def viewer_of(user: User | AnonymousUser) -> Viewer:
    """The viewer for a signed-in user: one query. Anonymous or inactive: ANONYMOUS."""
    if not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    return viewer_by_id(user.pk) or ANONYMOUS


def viewer_by_id(user_id: int) -> Viewer | None:
    """The viewer for an active user's id, None when there is none. One query."""
    return _viewer(_BY_ID, user_id)


def viewer_of_request(request: HttpRequest) -> Viewer:
    """The viewer behind a request, read at most once per request."""
    cached: Viewer | None = getattr(request, "_viewer", None)
    if cached is None:
        cached = viewer_of(request.user)
        request._viewer = cached  # type: ignore[attr-defined]  # noqa: SLF001 - a memo on the request itself
    return cached


def viewer_by_token(token: str) -> Viewer | None:
    """The viewer behind a bearer token: one query. None when unknown, expired, revoked or inactive."""
    return _viewer(_BY_TOKEN, token_digest(token), clock.now())


def token_digest(token: str) -> bytes:
    """SHA-256 of a token; the only form in which tokens are stored."""
    return hashlib.sha256(token.encode()).digest()


def _viewer(statement: str, *parameters: int | bytes | datetime) -> Viewer | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, name, email, is_superuser, scopes, held = row
    return Viewer(
        user_id=user_id,
        name=name,
        email=email,
        is_superuser=is_superuser,
        roles=tuple(RoleHeld(*role) for role in (json.loads(held) if isinstance(held, str) else held)),
        scopes=None if scopes is None else frozenset(scopes),
    )


def own_tokens(viewer: Viewer) -> "QuerySet[ApiToken]":
    """The viewer's tokens that are not revoked, newest first."""
    return ApiToken.objects.filter(user_id=viewer.person_id, revoked_at__isnull=True).order_by("-created_at")


def own_enterprises(viewer: Viewer) -> "QuerySet[Enterprise]":
    """The firms the viewer may book for."""
    return Enterprise.objects.filter(pk__in=viewer.enterprise_ids).order_by("pk")


def firms_to_book_for(viewer: Viewer, institution_id: int | None = None) -> "QuerySet[Enterprise]":
    """Firms on whose behalf the viewer may book at an institution, by name; None: anywhere.

    Raises: NotSignedIn, Forbidden where there can be none.
    """
    if viewer.is_anonymous:
        raise NotSignedIn
    firms = Enterprise.objects.order_by("name_zh", "name_en", "pk")
    if viewer.books_for_every_firm(institution_id):
        return firms
    if not viewer.assigned_firm_ids:
        raise Forbidden
    return firms.filter(pk__in=viewer.assigned_firm_ids)


def firms_called(firms: "QuerySet[Enterprise]", text: str) -> "QuerySet[Enterprise]":
    """Those whose name contains a text in either language, or whose credit code begins with it."""
    return firms.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(uscc__istartswith=text))


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
