"""Everything that changes faults and maintenance plans."""

from instruments.upkeep.commands.plan_maintenance import plan_maintenance
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.commands.withdraw_plan import withdraw_plan

__all__ = ["plan_maintenance", "report_fault", "resolve_fault", "withdraw_plan"]
