"""API of what instruments share: resources, operators, what needs them."""

from typing import Any

from django.db.models import QuerySet
from ninja import Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import access_institution, require_scope
from booking.calendars import schemas
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.rename_resource import rename_resource
from booking.calendars.commands.retire_resource import retire_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource, ResourceKind
from booking.calendars.selectors import (
    access_resource,
    account_of_operator,
    needs_of,
    shared_resources,
)
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["resources"])


@router.get("resources", response=list[schemas.ResourceOut])
@paginate
def list_resources(request: ViewerRequest) -> "QuerySet[Resource]":
    """Shared resources and operators of the institutions one works at."""
    return shared_resources(request.auth)


@router.post("resources", response={201: schemas.ResourceOut})
def create_resource(request: ViewerRequest, body: schemas.ResourceIn) -> Status[Resource]:
    """List something that instruments share, or an operator; 422 where nobody has the account named.

    409 operator_listed where the institution lists that account already; extra: resource.
    """
    require_scope(request.auth, Scope.MANAGE)
    institution = access_institution(request.auth, body.institution)
    made = add_resource(
        viewer=request.auth,
        institution=institution,
        kind=ResourceKind(body.kind),
        name=body.name,
        capacity=body.capacity,
        user=account_of_operator(request.auth, institution, body.user),
    )
    return Status(201, made)


@router.patch("resources/{int:resource_id}", response=schemas.ResourceOut)
def change_resource(request: ViewerRequest, resource_id: int, body: schemas.ResourceChange) -> Resource:
    """Rename it, or retire it; 409 while instruments need it."""
    require_scope(request.auth, Scope.MANAGE)
    resource = access_resource(request.auth, resource_id)
    if body.name:
        rename_resource(viewer=request.auth, resource=resource, name=body.name)
    if body.retired:
        retire_resource(viewer=request.auth, resource=resource)
    return resource


@router.get("instruments/{int:instrument_id}/needs", response=schemas.NeedsOut)
def get_needs(request: ViewerRequest, instrument_id: int) -> dict[str, Any]:
    """What each booking of an instrument takes besides its place; PUT takes the same."""
    instrument = access_instrument(request.auth, instrument_id, "manage")
    slots = [{"resources": list(each.resources), "access_modes": list(each.modes)} for each in needs_of(instrument)]
    return {"slots": slots}


@router.put("instruments/{int:instrument_id}/needs", response={204: None})
def put_needs(request: ViewerRequest, instrument_id: int, body: schemas.NeedsIn) -> Status[None]:
    """Say what each booking of an instrument takes besides its place, or each in some access modes."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, instrument_id, "manage")
    set_needs(
        viewer=request.auth,
        instrument=instrument,
        slots=[need.resources for need in body.needs],
        modes=[need.access_modes for need in body.needs],
    )
    return Status(204, None)
