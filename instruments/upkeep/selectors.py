"""Reads of upkeep."""

from typing import Any, Literal

from django.db.models import Q, QuerySet

from accounts.models import Role
from accounts.viewers import Viewer
from core.errors import Forbidden, NotFound
from instruments.upkeep.models import Fault, MaintenancePlan, Severity

_RELATED = ("instrument__institution", "reported_by", "resolved_by")
_LONG = ("search", "description", "technical_indicators", "services", "methods", "sample_requirements")


def faults_visible_to(viewer: Viewer) -> "QuerySet[Fault]":
    """Those of the instruments at which the viewer works, and those they reported; newest first."""
    found = Fault.objects.select_related(*_RELATED).defer(*(f"instrument__{name}" for name in _LONG))
    if not viewer.is_platform_admin:
        found = found.filter(_staffed(viewer) | Q(reported_by_id=viewer.person_id))
    return found.order_by("-pk")


def plans_visible_to(viewer: Viewer) -> "QuerySet[MaintenancePlan]":
    """Those of the instruments at which the viewer works; newest first."""
    found = MaintenancePlan.objects.select_related("instrument__institution", "planned_by")
    found = found.defer(*(f"instrument__{name}" for name in _LONG))
    return (found if viewer.is_platform_admin else found.filter(_staffed(viewer))).order_by("-pk")


def access_fault(viewer: Viewer, fault_id: int, action: Literal["view", "operate"] = "view") -> Fault:
    """One fault; operate: for staff. Raises: NotSignedIn, NotFound, Forbidden."""
    fault: Fault = _found(faults_visible_to(viewer), fault_id)
    if action == "operate" and not viewer.staffs(fault.instrument.institution_id):
        raise Forbidden
    return fault


def access_plan(viewer: Viewer, plan_id: int) -> MaintenancePlan:
    """One maintenance plan, for staff. Raises: NotSignedIn, NotFound."""
    plan: MaintenancePlan = _found(plans_visible_to(viewer), plan_id)
    return plan


def open_faults(instrument_id: int) -> "QuerySet[Fault]":
    """What is broken on an instrument now, oldest first."""
    return (
        Fault.objects.filter(instrument=instrument_id, resolved_at__isnull=True)
        .select_related("reported_by")
        .order_by("pk")
    )


def suspending_faults(instrument_id: int) -> "QuerySet[Fault]":
    """Open faults with which nobody can use the instrument, oldest first."""
    return open_faults(instrument_id).filter(severity=Severity.SUSPENDED)


def plans_of(instrument_id: int) -> "QuerySet[MaintenancePlan]":
    """The maintenance plans in force, oldest first."""
    plans = MaintenancePlan.objects.filter(instrument=instrument_id, withdrawn_at__isnull=True)
    return plans.select_related("planned_by").order_by("pk")


def _found(rows: "QuerySet[Any]", key: int) -> Any:
    row = rows.filter(pk=min(key, 2**63 - 1)).first()
    if row is None:
        raise NotFound
    return row


def _staffed(viewer: Viewer) -> Q:
    held = viewer.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    return Q(instrument__institution_id__in=held)
