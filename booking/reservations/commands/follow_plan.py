"""What follows for the calendar from a maintenance plan."""

from django.db import transaction

from accounts.viewers import Viewer
from booking.calendars.recurrence import Rhythm
from booking.reservations.commands.repeat_closure import repeat_closure
from booking.reservations.commands.withdraw_repeating_closure import withdraw_repeating_closure
from booking.reservations.models import Kind, RepeatingClosure
from instruments.upkeep.models import MaintenancePlan


@transaction.atomic
def follow_plan(*, plan_id: int) -> None:
    """Enter the maintenance of a plan in force, lift that of a withdrawn one. Idempotent. Raises: CalendarBusy."""
    plan = MaintenancePlan.objects.select_for_update(of=("self",)).select_related("instrument__institution")
    found = plan.get(pk=plan_id)
    repeating = RepeatingClosure.objects.filter(plan=found).first()
    if found.withdrawn_at is not None and repeating is not None:
        viewer = Viewer(found.withdrawn_by_id)
        withdraw_repeating_closure(viewer=viewer, repeating=repeating)
    elif found.withdrawn_at is None and repeating is None:
        repeat_closure(
            viewer=Viewer(found.planned_by_id),
            instrument=found.instrument,
            rhythm=_rhythm(found),
            reason=found.note,
            kind=Kind.MAINTENANCE,
            plan=found,
        )


def _rhythm(plan: MaintenancePlan) -> Rhythm:
    return Rhythm(
        start=plan.starts,
        minutes=plan.minutes,
        every=plan.every or 0,
        unit=plan.unit,
        first_on=plan.first_on,
        dates=tuple(plan.dates),
    )
