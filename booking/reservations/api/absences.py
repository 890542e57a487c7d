"""When shared resources and operators can't be had."""

from django.db.models import QuerySet
from ninja import Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.calendars import schemas
from booking.calendars.models import Absence
from booking.calendars.selectors import access_absence, access_resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.remove_absence import remove_absence
from core.windows import query_window

router = Router(tags=["resources"])


@router.get("resources/{int:resource_id}/absences", response=list[schemas.AbsenceOut])
@paginate
def list_absences(request: ViewerRequest, resource_id: int) -> "QuerySet[Absence]":
    """When it can't be had, latest first."""
    resource = access_resource(request.auth, resource_id)
    found = Absence.objects.filter(resource=resource).select_related("resource__institution")
    return found.order_by("-during", "-pk")


@router.post("resources/{int:resource_id}/absences", response={201: schemas.AbsenceOut})
def create_absence(request: ViewerRequest, resource_id: int, body: schemas.AbsenceIn) -> Status[Absence]:
    """Enter an absence; 409 while it is booked in that time. Operators enter their own.

    The refusal lists the bookings as `affected`: reservation, start, end.
    """
    require_scope(request.auth, Scope.MANAGE)
    resource = access_resource(request.auth, resource_id)
    window = query_window(body.start, body.end)
    return Status(201, add_absence(viewer=request.auth, resource=resource, window=window, reason=body.reason))


@router.delete("absences/{int:absence_id}", response={204: None})
def delete_absence(request: ViewerRequest, absence_id: int) -> Status[None]:
    """Take an absence back."""
    require_scope(request.auth, Scope.MANAGE)
    remove_absence(viewer=request.auth, absence=access_absence(request.auth, absence_id))
    return Status(204, None)
