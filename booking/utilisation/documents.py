"""Reports as documents: JSON for the API, CSV for spreadsheets."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language, override

from booking.utilisation.metrics.registry import Metric, Unit
from booking.utilisation.selectors.groupings import Grouping
from booking.utilisation.selectors.reports import Report, Row

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheet programs take UTF-8 for the machine's old code page."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def metric_document(metric: Metric) -> dict[str, str]:
    """A metric in the active language."""
    return {
        "code": metric.code,
        "title": str(metric.title),
        "unit": metric.unit.symbol,
        "meaning": str(metric.meaning),
        "formula": metric.formula,
        "source": metric.source,
        "undefined": str(metric.undefined),
    }


def report_document(report: Report, next_url: str | None) -> dict[str, Any]:
    """A report as the API answers it."""
    return {
        "by": report.grouping.code,
        "metrics": [metric_document(metric) for metric in report.metrics],
        "items": [
            {"key": row.key, "label": row.label.text, "details": row.details, "values": row.values}
            for row in report.rows
        ],
        "next": next_url,
        "count": report.count,
        "totals": report.totals,
        "year_before": report.year_before,
    }


class _Line:
    """A file whose write returns what it is given, so that csv.writer hands out lines."""

    def write(self, text: str) -> str:
        return text


def csv_lines(grouping: Grouping, metrics: tuple[Metric, ...], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file, the first with the byte order mark; heads carry units.

    Ratios stay numbers between 0 and 1; undefined values are empty. Texts that a spreadsheet program would
    run as a formula get an apostrophe in front (OWASP, CSV injection). The language is that of the call, also
    where the lines are taken later.
    """
    return _csv_lines(get_language() or settings.LANGUAGE_CODE, grouping, metrics, rows)


def _csv_lines(
    language: str, grouping: Grouping, metrics: tuple[Metric, ...], rows: Iterable[Row]
) -> Iterator[str]:
    writer = csv.writer(_Line())
    with override(language):
        heads = [str(grouping.title), *(str(heading) for heading in grouping.headings.values())]
        heads += [_head(metric) for metric in metrics]
        yield BYTE_ORDER_MARK + str(writer.writerow([harmless(head) for head in heads]))
        for row in rows:
            texts = [harmless(text) for text in (row.label.text, *row.details.values())]
            yield str(writer.writerow([*texts, *(_cell(metric, row) for metric in metrics)]))


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _head(metric: Metric) -> str:
    """Ratios are written as numbers, so their head names no percent."""
    return f"{metric.title} (0–1)" if metric.unit is Unit.RATIO else metric.heading


def _cell(metric: Metric, row: Row) -> str:
    value = row.values[metric.code]
    return "" if value is None else str(metric.unit.rounded(value))
