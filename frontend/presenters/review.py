"""A report as the page shows it: figures beside those of the year before, cells, and where each row leads."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.http import urlencode
from django.utils.translation import gettext as _

from booking.utilisation.metrics.registry import Metric, Unit
from booking.utilisation.selectors import Among, Report, Row
from core.languages import Text
from frontend.templatetags.figures import hours, percent, whole

HEADLINES: Final = ("open_hours", "booked_hours", "used_hours", "booking_rate", "utilisation", "sharing_rate")
CHARTED: Final = {"open_hours": "open", "booked_hours": "booked", "used_hours": "used"}
"""The chart's name for a metric: the island draws these three."""

_INNER: Final = {
    "institution": "instrument",
    "category": "instrument",
    "region": "institution",
    "instrument": "month",
}
"""What a row of each grouping opens into."""

_PARTS: Final = ("institution", "instrument", "category", "region")

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of the whole, the year before's, and the change between them (empty: not comparable)."""

    metric: Metric
    now: str
    before: str
    change: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as people read it, and as the chart does where it draws it."""

    metric: Metric
    text: str
    series: str
    number: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. query: the address that looks into it, empty where nothing lies below."""

    label: Text
    details: list[str]
    cells: list[Cell]
    query: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. sort: what its link asks for; order: of aria-sort, empty where not sorted by it."""

    metric: Metric
    series: str
    sort: str
    order: str


def headlines(report: Report) -> list[Headline]:
    """The totals that answer first."""
    known = {metric.code: metric for metric in report.metrics}
    return [_headline(known[code], report) for code in HEADLINES if code in known]


def columns(report: Report, sort: str) -> list[Column]:
    """Pressing a head sorts from the largest, pressing it again from the smallest."""
    return [_column(metric, sort) for metric in report.metrics]


def lines(report: Report, among: Among, period: dict[str, str], *, of_one: bool) -> list[Line]:
    """The rows with their links; period: as the address says it; of_one: all are of one institution."""
    return [
        Line(
            label=row.label,
            details=[text for code, text in row.details.items() if text and not (of_one and code == "institution")],
            cells=[_cell(metric, row) for metric in report.metrics],
            query=_inner(report.grouping.code, row, among, period),
        )
        for row in report.rows
    ]


def _headline(metric: Metric, report: Report) -> Headline:
    now, before = report.totals[metric.code], report.year_before[metric.code]
    return Headline(metric, _text(metric, now), _text(metric, before), _change(metric, now, before))


def _change(metric: Metric, now: Value, before: Value) -> str:
    """Ratios differ by points, amounts by a share of what they were."""
    if now is None or not before or not _is_comparable(metric, now / before):
        return ""
    difference = now - before if metric.unit is Unit.RATIO else now / before - 1
    sign = "−" if difference < 0 else "+"
    if metric.unit is Unit.RATIO:
        return _("%(change)s points") % {"change": sign + hours(abs(difference) * 100)}
    return sign + percent(abs(difference))


def _is_comparable(metric: Metric, factor: float) -> bool:
    """A tenfold amount says that one of the years was hardly recorded, not that anything grew."""
    return metric.unit is Unit.RATIO or 0.1 <= factor <= 10


def _column(metric: Metric, sort: str) -> Column:
    falls, rises = sort == f"-{metric.code}", sort == metric.code
    order = "descending" if falls else "ascending" if rises else ""
    return Column(metric, CHARTED.get(metric.code, ""), metric.code if falls else f"-{metric.code}", order)


def _cell(metric: Metric, row: Row) -> Cell:
    value = row.values[metric.code]
    series = CHARTED.get(metric.code, "")
    return Cell(metric, _text(metric, value), series, f"{value or 0:.2f}" if series else "")


def _text(metric: Metric, value: Value) -> str:
    shown = None if value is None else metric.unit.rounded(value)
    if metric.unit is Unit.RATIO:
        return percent(shown)
    if metric.unit is Unit.HOURS:
        return hours(shown)
    return whole(None if shown is None else int(shown))


def _inner(by: str, row: Row, among: Among, period: dict[str, str]) -> str:
    """A month opens into its institutions or instruments, anything else into what it consists of."""
    if not row.key or (by == "month" and among.instrument):
        return ""
    kept = {name: str(getattr(among, name)) for name in _PARTS if getattr(among, name)}
    if by == "month":
        return urlencode({**kept, "by": "instrument" if among.institution else "institution", **_month(row.key)})
    return urlencode({**kept, by: row.key, "by": _INNER[by], **period})


def _month(key: str) -> dict[str, str]:
    first = date.fromisoformat(f"{key}-01")
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return {"period": "dates", "first": first.isoformat(), "last": last.isoformat()}
