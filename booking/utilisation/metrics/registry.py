"""The registry of metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from django.db.models import ExpressionWrapper, F, FloatField, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.utilisation.errors import UnknownMetric


class Unit(Enum):
    """What a value is counted in: symbol for column heads, name for people, decimals shown."""

    HOURS = ("h", _("hours"), 1)
    RATIO = ("%", _("ratio, 1 = 100 %"), 3)
    COUNT = ("", _("count"), 0)

    def __init__(self, symbol: str, label: Promise, decimals: int) -> None:
        self.symbol = symbol
        self.label = label
        self.decimals = decimals

    def rounded(self, value: float) -> Decimal:
        """The value as every page and file shows it: halves go up, judged on what a person would read.

        0.05 hours are 0.1, although the nearest float lies above and that of 0.15 below its half.
        """
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums a formula may use, as database expressions."""

    open_minutes: Combinable
    booked_minutes: Combinable
    used_minutes: Combinable
    external_minutes: Combinable
    bookings: Combinable


_COLUMNS: Final = ("open_minutes", "booked_minutes", "used_minutes", "external_minutes", "bookings")
SUMS: Final = Sums(*(F(f"sum_{column}") for column in _COLUMNS))
SUM_ANNOTATIONS: Final = {f"sum_{column}": Sum(column, default=0) for column in _COLUMNS}
"""What a queryset of daily facts is annotated with before formulas are."""

Formula = Callable[[Sums], Combinable]


@dataclass(frozen=True, slots=True)
class Metric:
    """A registered metric. undefined: when there is no value, empty where there always is one."""

    code: str
    unit: Unit
    title: Promise
    meaning: Promise
    formula: str
    source: str
    undefined: Promise | str
    value: Formula

    @property
    def heading(self) -> str:
        """The title with its unit, for column heads: `Open hours (h)`."""
        return f"{self.title} ({self.unit.symbol})" if self.unit.symbol else str(self.title)


_metrics: dict[str, Metric] = {}


def metric(
    code: str,
    *,
    unit: Unit,
    title: Promise,
    meaning: Promise,
    formula: str,
    source: str,
    undefined: Promise | str = "",
) -> Callable[[Formula], Formula]:
    """Register a metric. formula and source are for the docs; formula in terms of DailyFact's columns."""

    def register(value: Formula) -> Formula:
        if code in _metrics:
            raise ValueError(f"metric {code} is registered twice")
        _metrics[code] = Metric(code, unit, title, meaning, formula, source, undefined, value)
        return value

    return register


_ORDER: Final = (
    "open_hours",
    "booked_hours",
    "used_hours",
    "external_hours",
    "booking_rate",
    "utilisation",
    "sharing_rate",
    "bookings",
)


def all_metrics() -> dict[str, Metric]:
    """Every metric by code: the well-known ones in their usual order, others after them by code."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    known = [code for code in _ORDER if code in _metrics]
    return {code: _metrics[code] for code in [*known, *sorted(set(_metrics) - set(known))]}


def chosen_metrics(codes: tuple[str, ...]) -> tuple[Metric, ...]:
    """The metrics of these codes in that order; none given: all. Raises UnknownMetric."""
    known = all_metrics()
    for code in codes:
        if code not in known:
            raise UnknownMetric(_("There is no metric “%(code)s”.") % {"code": code[:40]}, known=list(known))
    return tuple(known[code] for code in dict.fromkeys(codes)) if codes else tuple(known.values())


def hours(minutes: Combinable) -> Combinable:
    """Minutes as hours."""
    return ExpressionWrapper(minutes / Value(60.0), output_field=FloatField())


def ratio(part: Combinable, whole: Combinable) -> Combinable:
    """part ÷ whole; undefined (null) where the whole is nothing."""
    return ExpressionWrapper(part * Value(1.0) / NullIf(whole, Value(0)), output_field=FloatField())
