"""API of upkeep: faults and maintenance plans."""

from collections.abc import Sequence
from typing import Any

from ninja import Query, Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from core.schemas import StrictSchema
from instruments.catalogue.selectors import access_instrument
from instruments.upkeep import schemas
from instruments.upkeep.commands.plan_maintenance import Wanted, plan_maintenance
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.commands.withdraw_plan import withdraw_plan
from instruments.upkeep.models import Fault, MaintenancePlan, Severity
from instruments.upkeep.selectors import access_fault, access_plan, faults_visible_to, plans_visible_to

router = Router(tags=["upkeep"])


class FaultFilters(StrictSchema):
    """Which faults. open: those that are not resolved, or only those that are."""

    instrument: int | None = None
    open: bool | None = None


@router.get("faults", response=list[schemas.FaultOut])
@paginate
def list_faults(request: ViewerRequest, filters: Query[FaultFilters]) -> Sequence[Any]:
    """Staff: those of their instruments; others: those they reported. Newest first."""
    require_scope(request.auth, Scope.READ)
    found = faults_visible_to(request.auth)
    if filters.instrument is not None:
        found = found.filter(instrument=min(filters.instrument, 2**63 - 1))
    if filters.open is not None:
        found = found.filter(resolved_at__isnull=filters.open)
    return found  # type: ignore[return-value]  # paged as a queryset


@router.post("faults", response={201: schemas.FaultOut})
def create_fault(request: ViewerRequest, fault: schemas.FaultIn) -> Status[Fault]:
    """Report a fault. With severity suspended, which staff alone may give, the instrument goes out of service."""
    require_scope(request.auth, Scope.BOOK)
    made = report_fault(
        viewer=request.auth,
        instrument=access_instrument(request.auth, fault.instrument),
        what=fault.what,
        severity=Severity(fault.severity),
        expected_return_on=fault.expected_return_on,
    )
    return Status(201, access_fault(request.auth, made.pk))


@router.post("faults/{int:fault_id}/resolve", response=schemas.FaultOut)
def resolve(request: ViewerRequest, fault_id: int, body: schemas.ResolutionIn | None = None) -> Fault:
    """It is mended; an instrument that it took out of service can be booked again."""
    require_scope(request.auth, Scope.MANAGE)
    fault = access_fault(request.auth, fault_id, "operate")
    resolve_fault(viewer=request.auth, fault=fault, resolution=body.resolution if body else "")
    return access_fault(request.auth, fault_id)


class PlanFilters(StrictSchema):
    """Which maintenance plans."""

    instrument: int | None = None


@router.get("maintenance-plans", response=list[schemas.MaintenancePlanOut])
@paginate
def list_plans(request: ViewerRequest, filters: Query[PlanFilters]) -> Sequence[Any]:
    """Those of the instruments at which one works. Newest first."""
    require_scope(request.auth, Scope.READ)
    found = plans_visible_to(request.auth)
    if filters.instrument is not None:
        found = found.filter(instrument=min(filters.instrument, 2**63 - 1))
    return found  # type: ignore[return-value]  # paged as a queryset


@router.post("maintenance-plans", response={201: schemas.MaintenancePlanOut})
def create_plan(request: ViewerRequest, plan: schemas.MaintenancePlanIn) -> Status[MaintenancePlan]:
    """Plan maintenance that comes again; the calendar closes for it, around bookings that are re-planned first."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, plan.instrument, "operate")
    wanted = Wanted(plan.starts, plan.minutes, plan.every, plan.unit, plan.first_on, plan.dates)
    made = plan_maintenance(
        viewer=request.auth,
        instrument=instrument,
        wanted=wanted,
        note=plan.note,
        calibration_due_on=plan.calibration_due_on,
    )
    return Status(201, made)


@router.delete("maintenance-plans/{int:plan_id}", response={204: None})
def delete_plan(request: ViewerRequest, plan_id: int) -> Status[None]:
    """Withdraw a plan; maintenance to come is lifted."""
    require_scope(request.auth, Scope.MANAGE)
    withdraw_plan(viewer=request.auth, plan=access_plan(request.auth, plan_id))
    return Status(204, None)
