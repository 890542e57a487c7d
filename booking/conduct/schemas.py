"""API shapes of credit, appeals and agreements."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, StringConstraints

from booking.conduct.models import CreditEntry
from core.schemas import StrictSchema, storable

Reasoned = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(storable)
]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), AfterValidator(storable)]


class AppealIn(StrictSchema):
    """Why the entry is wrong."""

    text: Reasoned


class DecisionIn(StrictSchema):
    """Whether the appeal is granted, and why."""

    granted: bool
    answer: Reasoned


class AppealOut(Schema):
    """An appeal and what became of it: open, granted or rejected."""

    id: int
    entry: int = Field(alias="entry_id")
    person: str
    institution: int = Field(alias="institution_id")
    reason: str = Field(alias="entry.reason")
    change: int = Field(alias="entry.change")
    reservation: int | None = Field(alias="entry.reservation")
    text: str
    at: datetime
    state: str
    answer: str
    decided_at: datetime | None

    @staticmethod
    def resolve_person(appeal: Any) -> str:
        return str(appeal.entry.person)


class EntryOut(Schema):
    """What changed the credit. appeal null: not appealed; state of it otherwise."""

    id: int
    institution: int = Field(alias="institution_id")
    reason: str
    change: int
    reservation: int | None
    at: datetime
    appeal: str | None

    @staticmethod
    def resolve_appeal(entry: CreditEntry) -> str | None:
        appeal = getattr(entry, "appeal", None)
        return appeal.state if appeal else None


class CreditOut(Schema):
    """The caller's credit, at most `start`, and its latest entries."""

    credit: int
    start: int
    entries: list[EntryOut]


class AgreementIn(StrictSchema):
    """A text to publish, for an institution's instruments or for one of them."""

    institution: int | None = None
    instrument: int | None = None
    text_zh: LongText = ""
    text_en: LongText = ""


class AgreementOut(Schema):
    """A text and whether the caller has signed it. replaced_at null: it holds."""

    id: int
    institution: int = Field(alias="institution_id")
    instrument: int | None = Field(alias="instrument_id")
    version: int
    text_zh: str
    text_en: str
    published_at: datetime
    replaced_at: datetime | None
    signed: bool = Field(alias="is_signed")
