"""Write docs/metrics.md from the registry."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from booking.utilisation.metrics.registry import Metric, all_metrics

_HEAD = """# Metrics

Written by `manage.py export_metrics_docs` from booking/utilisation/metrics/; change the metric, not this page.

All metrics are sums over daily facts: one row per instrument and local day of its institution, in minutes, places
counted. The formulas name the columns of that row; a ratio is taken of the sums, never averaged.

"""
_METRIC = """## {title} (`{code}`)

{meaning}

- Formula: `{formula}`
- Unit: {unit}
- Undefined: {undefined}
- Source: {source}
"""


class Command(BaseCommand):
    """With --check it writes nothing and fails when the page is out of date."""

    help = "Write docs/metrics.md from the registry of metrics."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "metrics.md"
        text = metrics_page()
        if not check:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            raise CommandError("docs/metrics.md is out of date: run `manage.py export_metrics_docs`.")


def metrics_page() -> str:
    """The page in English, whatever language is active."""
    with translation.override("en"):
        return _HEAD + "\n".join(_section(metric) for metric in all_metrics().values())


def _section(metric: Metric) -> str:
    return _METRIC.format(
        title=metric.title,
        code=metric.code,
        meaning=metric.meaning,
        formula=metric.formula,
        unit=metric.unit.label,
        undefined=metric.undefined or "never",
        source=metric.source,
    )
