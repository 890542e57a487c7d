from django.db import transaction

from accounts.viewers import Viewer
from core import clock, events, history
from instruments.upkeep.errors import FaultOver
from instruments.upkeep.events import FaultResolved
from instruments.upkeep.models import Fault, Severity


def resolve_fault(*, viewer: Viewer, fault: Fault, resolution: str = "") -> Fault:
    """It is mended. The caller fetched it through access_fault(…, "operate").

    Raises: FaultOver. Emits: FaultResolved.
    """
    acting = history.acting(actor_id=viewer.user_id, command="resolve_fault", reason=resolution.strip())
    with transaction.atomic(), acting:
        current = Fault.objects.select_for_update().get(pk=fault.pk)
        if current.resolved_at is not None:
            raise FaultOver
        current.resolved_at, current.resolved_by_id = clock.now(), viewer.user_id
        current.resolution = resolution.strip()
        current.save(update_fields=["resolved_at", "resolved_by", "resolution"])
        events.publish(FaultResolved(current.pk, current.instrument_id, current.severity == Severity.SUSPENDED))
    return current
