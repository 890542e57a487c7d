"""Reports: metrics over a period, added up by something."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db.models import CharField, Count, F, QuerySet, Value, Window

from accounts.viewers import Viewer
from booking.utilisation.metrics.registry import SUM_ANNOTATIONS, SUMS, Metric, Unit, chosen_metrics
from booking.utilisation.models import DailyFact
from booking.utilisation.selectors.access import access_facts
from booking.utilisation.selectors.among import EVERYTHING, Among
from booking.utilisation.selectors.groupings import Grouping, grouping
from booking.utilisation.selectors.periods import Period
from core.languages import Text

MOST_ROWS: Final = 200
AT_ONCE: Final = 500
"""Rows that an export reads and names together."""

Values = dict[str, float | int | None]
"""Metric code → value; None: undefined, as the metric says."""

Facts = QuerySet[DailyFact, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One group. key identifies it in its grouping, empty where unknown; details: further columns."""

    key: str
    label: Text
    details: dict[str, str]
    values: Values


@dataclass(frozen=True, slots=True)
class Report:
    """Rows from `offset` on, of `count` in all; totals of everything, also of rows not shown."""

    grouping: Grouping
    period: Period
    metrics: tuple[Metric, ...]
    rows: list[Row]
    offset: int
    count: int
    totals: Values
    year_before: Values

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None on the last one."""
        after = self.offset + len(self.rows)
        return after if self.rows and after < self.count else None


def utilisation_report(
    *,
    viewer: Viewer,
    by: str,
    period: Period,
    metrics: tuple[str, ...] = (),
    sort: str = "",
    limit: int = MOST_ROWS,
    offset: int = 0,
    among: Among = EVERYTHING,
) -> Report:
    """Utilisation of a period, added up by instrument, institution, category, region or month.

    metrics: codes, none for all. sort: a metric's code, with a leading - from the largest; default: the first
    metric from the largest, months in their order. among: only these facts, of those the viewer may see.
    Three statements at most: the rows, their names, and the totals of both years.
    Raises: NotSignedIn, Forbidden, UnknownGrouping, UnknownMetric.
    """
    facts, groups, shown = access_facts(viewer).filter(among.condition), grouping(by), chosen_metrics(metrics)
    ordered = _ordered(facts, groups, period, shown, sort).annotate(groups=Window(Count("*")))
    found = list(ordered[offset : offset + max(1, min(limit, MOST_ROWS))])
    totals = _totals(facts, period, shown)
    return Report(
        grouping=groups,
        period=period,
        metrics=shown,
        rows=_rows(found, groups, shown),
        offset=offset,
        count=found[0]["groups"] if found else 0,
        totals=totals["now"],
        year_before=totals["before"],
    )


def utilisation_rows(
    *,
    viewer: Viewer,
    by: str,
    period: Period,
    metrics: tuple[str, ...] = (),
    sort: str = "",
    among: Among = EVERYTHING,
) -> tuple[Grouping, tuple[Metric, ...], Iterator[Row]]:
    """All rows of a report, read from the database as they are taken; for exports.

    Arguments and errors as in utilisation_report; the errors are raised at once.
    """
    facts, groups, shown = access_facts(viewer).filter(among.condition), grouping(by), chosen_metrics(metrics)
    found = _ordered(facts, groups, period, shown, sort).iterator(chunk_size=AT_ONCE)
    chunks = iter(lambda: list(islice(found, AT_ONCE)), [])
    return groups, shown, (row for chunk in chunks for row in _rows(chunk, groups, shown))


def _ordered(facts: Facts, groups: Grouping, period: Period, shown: tuple[Metric, ...], sort: str) -> Facts:
    """The facts added up, with every metric that is shown or sorted by."""
    by_metric = chosen_metrics((sort.removeprefix("-"),))[0] if sort else shown[0]
    keyed = _within(facts, period).annotate(key=groups.key).order_by().values("key")
    measured = _measured(keyed, {*shown, by_metric})
    if groups.in_order and not sort:
        return measured.order_by(F("key").asc())
    value = F(f"m_{by_metric.code}")
    rises = bool(sort) and not sort.startswith("-")
    return measured.order_by(value.asc(nulls_last=True) if rises else value.desc(nulls_last=True), F("key").asc())


def _within(facts: Facts, period: Period) -> Facts:
    return facts.filter(on__gte=period.from_on, on__lt=period.until_on)


def _measured(grouped: Facts, metrics: set[Metric]) -> Facts:
    """Sums and formulas over what the facts are grouped by."""
    return grouped.annotate(**SUM_ANNOTATIONS).annotate(**{f"m_{m.code}": m.value(SUMS) for m in metrics})


def _totals(facts: Facts, period: Period, shown: tuple[Metric, ...]) -> dict[str, Values]:
    """Totals of the period ("now") and of the same dates a year earlier ("before"), in one statement."""
    now, before = (
        _measured(_within(facts, span).order_by().values(span=Value(name, CharField())), set(shown)).values(
            "span", *(f"m_{metric.code}" for metric in shown)
        )
        for name, span in (("now", period), ("before", period.year_before))
    )
    totals = {name: _nothing(shown) for name in ("now", "before")}
    totals |= {row["span"]: _values(row, shown) for row in now.union(before, all=True)}
    return totals


def _nothing(shown: tuple[Metric, ...]) -> Values:
    """The values over no facts at all."""
    return {metric.code: None if metric.unit is Unit.RATIO else 0 for metric in shown}


def _rows(found: list[dict[str, Any]], groups: Grouping, shown: tuple[Metric, ...]) -> list[Row]:
    names = groups.names([row["key"] for row in found])
    return [
        Row(
            key=groups.key_text(row["key"]),
            label=names[row["key"]].label,
            details=names[row["key"]].details,
            values=_values(row, shown),
        )
        for row in found
    ]


def _values(row: dict[str, Any], shown: tuple[Metric, ...]) -> Values:
    return {metric.code: row[f"m_{metric.code}"] for metric in shown}
