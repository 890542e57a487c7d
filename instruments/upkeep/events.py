"""What happened to the upkeep of instruments. Whoever books instruments draws the consequences."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class FaultEvent(Event):
    """Base: which fault of which instrument. suspends: nobody can use the instrument with it."""

    fault_id: int
    instrument_id: int
    suspends: bool


@dataclass(frozen=True, slots=True)
class FaultReported(FaultEvent):
    """Something is broken."""


@dataclass(frozen=True, slots=True)
class FaultResolved(FaultEvent):
    """It is mended."""


@dataclass(frozen=True, slots=True)
class PlanEvent(Event):
    """Base: which maintenance plan of which instrument."""

    plan_id: int
    instrument_id: int


@dataclass(frozen=True, slots=True)
class MaintenancePlanned(PlanEvent):
    """Maintenance comes again and again from now on."""


@dataclass(frozen=True, slots=True)
class MaintenancePlanWithdrawn(PlanEvent):
    """It no longer does."""
