"""API shapes of qualifications."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema

from core.schemas import Line, StrictSchema
from instruments.qualifications.models import Level, Qualification

LEVEL_NAMES = {level.name.lower(): level for level in Level}
LEVEL = "^(" + "|".join(LEVEL_NAMES) + ")$"


class PersonOut(Schema):
    """Somebody's name."""

    id: int
    name: str

    @staticmethod
    def resolve_name(person: Any) -> str:
        return str(person)


class QualificationIn(StrictSchema):
    """What to grant: to whom, by e-mail address, for an instrument or a group, and the last day it holds."""

    email: Line
    instrument: int | None = None
    group: int | None = None
    level: str = Field(pattern=LEVEL)
    expires_on: date | None = None


class ExtensionIn(StrictSchema):
    """A later last day; null: without end."""

    expires_on: date | None


class RevocationIn(StrictSchema):
    """Why it does not hold any more."""

    reason: Line = Field(min_length=1)


class QualificationOut(Schema):
    """Who may do what, at which instrument or group, until which local day of the institution (included)."""

    id: int
    person: PersonOut
    institution: int = Field(alias="institution_id")
    instrument: int | None = Field(alias="instrument_id")
    group: int | None = Field(alias="group_id")
    subject: str = Field(alias="subject.text")
    level: str
    granted_on: date
    expires_on: date | None
    is_expired: bool
    revoked_at: datetime | None
    revoked_reason: str

    @staticmethod
    def resolve_level(qualification: Qualification) -> str:
        return Level(qualification.level).name.lower()
