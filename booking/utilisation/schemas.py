"""API shapes of utilisation."""

from datetime import date

from ninja import Field, Schema

from booking.utilisation.selectors.among import Among
from core.schemas import StrictSchema


class Asked(StrictSchema):
    """Which report. from/to: local dates, half-open. metric: codes, repeated or separated by commas.

    institution, instrument, category, region: only this part of what the caller may see.
    """

    by: str = "institution"
    from_: date = Field(..., alias="from")
    to: date
    metric: list[str] = Field([])
    sort: str = ""
    institution: int | None = Field(None, ge=1, le=2**63 - 1)
    instrument: int | None = Field(None, ge=1, le=2**63 - 1)
    category: str = Field("", max_length=6)
    region: str = Field("", max_length=6)

    @property
    def among(self) -> Among:
        """The part asked for."""
        return Among(self.institution, self.instrument, self.category, self.region)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes asked for, in their order; empty: all."""
        return tuple(code.strip() for each in self.metric for code in each.split(",") if code.strip())


class AskedPage(Asked):
    """One page of it."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=40)


class MetricOut(Schema):
    """A metric. unit: h, % (a ratio, 1 = 100 %) or empty for a count; undefined: when its value is null."""

    code: str
    title: str
    unit: str
    meaning: str
    formula: str
    source: str
    undefined: str


class RowOut(Schema):
    """One group. key: id, code or month; values by metric, null where undefined."""

    key: str
    label: str
    details: dict[str, str]
    values: dict[str, float | int | None]


class ReportOut(Schema):
    """Rows of one page; totals over all rows, beside those of the same dates a year earlier."""

    by: str
    metrics: list[MetricOut]
    items: list[RowOut]
    next: str | None
    count: int
    totals: dict[str, float | int | None]
    year_before: dict[str, float | int | None]
