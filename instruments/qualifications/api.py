"""API of qualifications: one's own; for staff those of their institution, granting, extending, revoking."""

from collections.abc import Sequence

from django.db.models import QuerySet
from ninja import Query, Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from core.schemas import StrictSchema
from instruments.qualifications.commands.extend_qualification import extend_qualification
from instruments.qualifications.commands.grant_qualification import grant_qualification
from instruments.qualifications.commands.revoke_qualification import revoke_qualification
from instruments.qualifications.models import Qualification
from instruments.qualifications.schemas import (
    LEVEL_NAMES,
    ExtensionIn,
    QualificationIn,
    QualificationOut,
    RevocationIn,
)
from instruments.qualifications.selectors import (
    access_qualification,
    access_subject,
    own_qualifications,
    person_by_email,
    qualifications_at,
)

router = Router(tags=["qualifications"])


class QualificationFilters(StrictSchema):
    """institution: those it granted, for its staff; without it one's own."""

    institution: int | None = None


@router.get("qualifications", response=list[QualificationOut])
@paginate
def list_qualifications(
    request: ViewerRequest, filters: Query[QualificationFilters]
) -> "QuerySet[Qualification] | Sequence[Qualification]":
    """One's own, newest first; with `institution` those it granted."""
    if filters.institution is not None:
        return qualifications_at(request.auth, filters.institution)
    return own_qualifications(request.auth)


@router.post("qualifications", response={201: QualificationOut})
def create_qualification(request: ViewerRequest, body: QualificationIn) -> Status[Qualification]:
    """Grant one. What the person holds already at this level then lasts at least as long."""
    require_scope(request.auth, Scope.MANAGE)
    subject = access_subject(request.auth, instrument_id=body.instrument, group_id=body.group)
    granted = grant_qualification(
        viewer=request.auth,
        person_id=person_by_email(body.email).pk,
        subject=subject,
        level=LEVEL_NAMES[body.level],
        expires_on=body.expires_on,
    )
    return Status(201, access_qualification(request.auth, granted.pk))


@router.get("qualifications/{int:qualification_id}", response=QualificationOut)
def get_qualification(request: ViewerRequest, qualification_id: int) -> Qualification:
    """One's own, or one that one's institution granted."""
    return access_qualification(request.auth, qualification_id)


@router.patch("qualifications/{int:qualification_id}", response=QualificationOut)
def extend(request: ViewerRequest, qualification_id: int, body: ExtensionIn) -> Qualification:
    """Give it a later last day."""
    require_scope(request.auth, Scope.MANAGE)
    held = access_qualification(request.auth, qualification_id, "manage")
    extend_qualification(viewer=request.auth, qualification=held, expires_on=body.expires_on)
    return access_qualification(request.auth, qualification_id)


@router.post("qualifications/{int:qualification_id}/revoke", response=QualificationOut)
def revoke(request: ViewerRequest, qualification_id: int, body: RevocationIn) -> Qualification:
    """From now on it does not hold."""
    require_scope(request.auth, Scope.MANAGE)
    held = access_qualification(request.auth, qualification_id, "manage")
    revoke_qualification(viewer=request.auth, qualification=held, reason=body.reason)
    return access_qualification(request.auth, qualification_id)
