"""API of accounts: member institutions, firms to book for, and the caller."""

from typing import Any

from django.db.models import QuerySet
from ninja import Router
from ninja.pagination import paginate

from accounts.models import Enterprise, Institution, Scope
from accounts.schemas import EnterpriseOut, InstitutionOut, MeOut, ViewerRequest
from accounts.selectors import access_institution, firms_called, firms_to_book_for, require_scope

router = Router(tags=["accounts"])


@router.get("institutions", response=list[InstitutionOut])
@paginate
def list_institutions(request: ViewerRequest) -> "QuerySet[Institution]":
    """Member institutions."""
    return Institution.objects.order_by("pk")


@router.get("institutions/{int:institution_id}", response=InstitutionOut)
def get_institution(request: ViewerRequest, institution_id: int) -> Institution:
    """One member institution."""
    return access_institution(request.auth, institution_id)


@router.get("enterprises", response=list[EnterpriseOut])
@paginate
def list_enterprises(request: ViewerRequest, q: str = "") -> "QuerySet[Enterprise]":
    """Firms on whose behalf the caller may book; 403 where there can be none. q: of its name or code."""
    require_scope(request.auth, Scope.READ)
    return firms_called(firms_to_book_for(request.auth), q[:160]).order_by("pk")


@router.get("me", response=MeOut)
def get_me(request: ViewerRequest) -> dict[str, Any]:
    """The caller: name, roles, scopes of the token used."""
    viewer = request.auth
    return {
        "id": viewer.user_id,
        "name": viewer.name,
        "email": viewer.email,
        "roles": viewer.roles,
        "scopes": None if viewer.scopes is None else sorted(viewer.scopes),
    }
