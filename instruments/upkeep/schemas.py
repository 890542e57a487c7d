"""API shapes of upkeep."""

from datetime import date, datetime, time
from typing import Any

from ninja import Field, Schema

from core.schemas import CalendarDate, Line, StrictSchema


class FaultIn(StrictSchema):
    """Something is broken. severity: usable, or suspended (staff only). expected_return_on: a local date."""

    instrument: int
    what: Line = Field(min_length=1)
    severity: str = Field("usable", pattern="^(usable|suspended)$")
    expected_return_on: CalendarDate | None = None


class ResolutionIn(StrictSchema):
    """What was done about it."""

    resolution: Line = ""


class FaultPerson(Schema):
    """Somebody's name."""

    id: int
    name: str

    @staticmethod
    def resolve_name(user: Any) -> str:
        return str(user)


class FaultOut(Schema):
    """A fault of an instrument. resolved_at null: still open."""

    id: int
    instrument: int = Field(alias="instrument_id")
    what: str
    severity: str
    reported_by: FaultPerson
    reported_at: datetime
    expected_return_on: date | None
    resolved_by: FaultPerson | None
    resolved_at: datetime | None
    resolution: str


class MaintenancePlanIn(StrictSchema):
    """Maintenance that comes again: every so many weeks or months from first_on on, or on dates.

    Months: on the same weekday of the month, such as its second Tuesday. starts: the time of day on the
    instrument's wall clock, such as 09:00.
    """

    instrument: int
    every: int | None = Field(None, ge=1, le=1000)
    unit: str = Field("", pattern="^(weeks|months|)$")
    first_on: CalendarDate | None = None
    dates: list[CalendarDate] = Field(default_factory=list, max_length=60)
    starts: time
    minutes: int = Field(ge=1, le=100_000)
    note: Line = Field(min_length=1)
    calibration_due_on: CalendarDate | None = None


class MaintenancePlanOut(Schema):
    """A maintenance plan. withdrawn_at null: in force."""

    id: int
    instrument: int = Field(alias="instrument_id")
    every: int | None
    unit: str
    first_on: date | None
    dates: list[date]
    starts: time
    minutes: int
    note: str
    calibration_due_on: date | None
    planned_at: datetime
    withdrawn_at: datetime | None
