from django.db import transaction

from accounts.viewers import Viewer
from core import clock, events, history
from instruments.upkeep.errors import PlanOver
from instruments.upkeep.events import MaintenancePlanWithdrawn
from instruments.upkeep.models import MaintenancePlan


def withdraw_plan(*, viewer: Viewer, plan: MaintenancePlan) -> MaintenancePlan:
    """From now on the maintenance comes no more. The caller fetched the plan through access_plan.

    Raises: PlanOver. Emits: MaintenancePlanWithdrawn.
    """
    with transaction.atomic(), history.acting(actor_id=viewer.user_id, command="withdraw_plan"):
        current = MaintenancePlan.objects.select_for_update().get(pk=plan.pk)
        if current.withdrawn_at is not None:
            raise PlanOver
        current.withdrawn_at, current.withdrawn_by_id = clock.now(), viewer.user_id
        current.save(update_fields=["withdrawn_at", "withdrawn_by"])
        events.publish(MaintenancePlanWithdrawn(current.pk, current.instrument_id))
    return current
