"""API of accounts: member institutions and the caller."""

from typing import Any

from django.db.models import QuerySet
from ninja import Router
from ninja.pagination import paginate

from accounts.models import Institution
from accounts.schemas import InstitutionOut, MeOut, ViewerRequest
from accounts.selectors import access_institution

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
