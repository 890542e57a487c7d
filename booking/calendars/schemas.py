"""API shapes of shared resources and operators."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from booking.calendars.models import Absence
from core.schemas import Instant, Line, StrictSchema
from core.windows import zone
from instruments.catalogue.models import AccessMode


class ResourceIn(StrictSchema):
    """Something several instruments share, or an operator. user: an operator's account, by e-mail."""

    institution: int
    kind: str = Field("shared", pattern="^(shared|operator)$")
    name: Line = Field(min_length=1)
    capacity: int = Field(1, ge=1, le=200)
    user: Line = ""


class ResourceChange(StrictSchema):
    """A new name, or the end of it: retired resources can't be needed and are not listed any more."""

    name: Line = Field("", max_length=120)
    retired: bool = False


class ResourceOut(Schema):
    """A shared resource or an operator. instruments: those that need it."""

    id: int
    institution: int = Field(alias="institution_id")
    kind: str
    name: str
    capacity: int
    instruments: list[int]

    @staticmethod
    def resolve_instruments(resource: Any) -> list[int]:
        return sorted(need.instrument_id for need in resource.needed_by.all())


class NeedIn(StrictSchema):
    """One of these resources, in these access modes; none named: in every one."""

    resources: list[int]
    access_modes: list[AccessMode] = Field(default_factory=list, max_length=len(AccessMode))


class NeedsIn(StrictSchema):
    """What an instrument needs: of each entry one resource. A list of resources is needed in every access mode."""

    slots: list[list[int] | NeedIn] = Field(max_length=10)

    @property
    def needs(self) -> list[NeedIn]:
        """All of them in the longer form."""
        return [NeedIn(resources=slot) if isinstance(slot, list) else slot for slot in self.slots]


class NeedOut(Schema):
    """One of these resources. access_modes empty: in every one."""

    resources: list[int]
    access_modes: list[str]


class NeedsOut(Schema):
    """What each booking of an instrument takes besides its place."""

    slots: list[NeedOut]


class AbsenceIn(StrictSchema):
    """When it can't be had. start/end: RFC 3339 with offset, half-open."""

    start: Instant
    end: Instant
    reason: Line = ""


class AbsenceOut(Schema):
    """An absence. start/end: with the offset of the institution's zone."""

    id: int
    resource: int = Field(alias="resource_id")
    zone: str = Field(alias="resource.institution.zone")
    start: datetime
    end: datetime
    reason: str

    @staticmethod
    def resolve_start(absence: Absence) -> datetime:
        return _local(absence, absence.during.lower)

    @staticmethod
    def resolve_end(absence: Absence) -> datetime:
        return _local(absence, absence.during.upper)


def _local(absence: Absence, instant: datetime) -> datetime:
    return instant.astimezone(zone(absence.resource.institution.zone))
