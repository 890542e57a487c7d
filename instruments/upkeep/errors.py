"""States of upkeep that prevent what was asked."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Forbidden, Invalid


class FaultInvalid(Invalid):
    """The report can't be understood or contradicts itself."""

    code = "fault_invalid"
    title = _("The fault report is not valid.")


class OnlyStaffSuspend(Forbidden):
    """A fault that takes the instrument out of service is graded by those who work with it."""

    code = "only_staff_suspend"
    title = _("Only staff can take an instrument out of service. Report the fault as usable; they will grade it.")


class FaultOver(Conflict):
    """It was resolved before."""

    code = "fault_resolved"
    title = _("This fault is resolved already.")


class PlanInvalid(Invalid):
    """The plan says not when, or says it twice."""

    code = "plan_invalid"
    title = _("The maintenance plan is not valid.")


class PlanOver(Conflict):
    """It was withdrawn before."""

    code = "plan_withdrawn"
    title = _("This plan is withdrawn already.")
