"""A shared resource or an operator is no longer there."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.errors import ResourceNeeded
from booking.calendars.models import Resource, ResourceKind, ResourceNeed
from core.errors import Forbidden, NotFound
from core.history import acting
from core.locks import retried_when_busy


@retried_when_busy
def retire_resource(*, viewer: Viewer, resource: Resource) -> None:
    """Nothing can need it any more, and lists leave it out; what it was claimed for stays.

    Raises: Forbidden, NotFound (an instrument is withdrawn), ResourceNeeded (extra: instruments), CalendarBusy.
    """
    if resource.kind == ResourceKind.INSTRUMENT:
        raise NotFound
    if not viewer.manages(resource.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="retire_resource"):
        functions.lock_resources([resource.pk])
        needing = ResourceNeed.objects.filter(resource=resource).order_by("instrument")
        if needing.exists():
            raise ResourceNeeded(instruments=list(needing.values_list("instrument_id", flat=True)))
        resource.is_retired = True
        resource.save(update_fields=["is_retired"])
