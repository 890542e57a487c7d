"""API shapes of the catalogue as a searcher sees it."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Field, Schema

from booking.reservations.schemas import WindowOut
from core import money
from core.schemas import Instant, Line, Paragraph, StrictSchema


class InstitutionRef(Schema):
    """Where an instrument stands."""

    id: int
    slug: str
    name: str
    zone: str


class CategoryRef(Schema):
    """Its place in the national classification."""

    code: str
    name: str


class CardOut(Schema):
    """An instrument in a list. hourly_fen: for the caller's tier, null without a price. next_free: RFC 3339."""

    id: int
    slug: str
    number: str
    name: str
    name_zh: str
    name_en: str
    institution: InstitutionRef
    category: CategoryRef | None
    model: str
    manufacturer: str
    access_modes: list[str]
    status: str
    hourly_fen: int | None
    currency: str = money.CURRENCY
    next_free: datetime | None
    next_window: WindowOut | None
    free_now: bool
    revision: int | None


class RuleValueOut(Schema):
    """A rule's value in force for the caller; source: the level it comes from; value null: unlimited."""

    code: str
    value: int | None
    unit: str
    source: str


class InstrumentOut(CardOut):
    """One instrument in full."""

    zone: str
    capacity: int
    turnaround_minutes: int
    department: str
    country: str
    location: str
    description: str
    technical_indicators: str
    services: str
    methods: str
    sample_requirements: str
    user_notice: str
    status_reason: str
    expected_return_on: date | None
    version: int
    rules: list[RuleValueOut]


class FacetOut(Schema):
    """One value of a facet."""

    value: str
    name: str
    count: int


class ResultsOut(Schema):
    """One page of the search."""

    items: list[CardOut]
    next: str | None
    count: int
    count_exact: bool
    facets: dict[str, list[FacetOut]]


class SearchIn(StrictSchema):
    """The question. duration in minutes; free_from/free_to: RFC 3339 with offset."""

    q: Annotated[str, Field(max_length=200)] = ""
    category: Annotated[str, Field(max_length=6)] = ""
    institution: int | None = None
    region: Annotated[str, Field(max_length=6)] = ""
    access_mode: Annotated[str, Field(max_length=20)] = ""
    max_hourly_fen: Annotated[int, Field(ge=0)] | None = None
    free_from: Instant | None = None
    free_to: Instant | None = None
    duration: Annotated[int, Field(ge=0, le=60 * 24 * 35)] = 0
    sort: Annotated[str, Field(pattern="^(relevance|price|soonest)?$")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] = ""


class InstrumentIn(StrictSchema):
    """What a manager says about an instrument. access_modes: codes; original_value_fen: fen."""

    name_zh: Line = ""
    name_en: Line = ""
    category: Line = ""
    department: Line = ""
    model: Line = ""
    manufacturer: Line = ""
    country: Line = ""
    location: Line = ""
    description: Paragraph = ""
    technical_indicators: Paragraph = ""
    services: Paragraph = ""
    methods: Paragraph = ""
    sample_requirements: Paragraph = ""
    user_notice: Paragraph = ""
    contact_name: Line = ""
    contact_phone: Line = ""
    contact_email: Line = ""
    contact_url: Line = ""
    access_modes: list[str] = Field(default_factory=list, max_length=8)
    original_value_fen: Annotated[int, Field(ge=0, le=10**15)] | None = None
    commissioned_on: date | None = None

    def given(self) -> dict[str, Any]:
        """Only what the caller sent."""
        return self.model_dump(exclude_unset=True, exclude={"institution", "publish"})


class NewInstrumentIn(InstrumentIn):
    """A new instrument; publish: list it at once instead of keeping a draft."""

    institution: int
    publish: bool = False
