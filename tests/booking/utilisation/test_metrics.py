"""The registry of metrics and its page."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from booking.utilisation import metrics
from booking.utilisation.management.commands.export_metrics_docs import metrics_page
from booking.utilisation.metrics.registry import Unit, all_metrics, metric


def test_metrics__every_file__registers_one() -> None:
    files = {path.stem for path in Path(str(metrics.__file__)).parent.glob("*.py")} - {"__init__", "registry"}
    assert set(all_metrics()) == files


def test_metrics__every_one__says_what_it_is() -> None:
    for each in all_metrics().values():
        assert str(each.title), each.code
        assert str(each.meaning), each.code
        assert each.formula, each.code
        assert each.source, each.code
        assert bool(each.undefined) == (each.unit is Unit.RATIO), each.code


def test_metrics__same_code_twice__is_refused() -> None:
    known = all_metrics()["bookings"]
    with pytest.raises(ValueError, match="twice"):
        metric(
            "bookings",
            unit=known.unit,
            title=known.title,
            meaning=known.meaning,
            formula="",
            source="",
        )(known.value)


def test_metrics_page__stored__is_up_to_date() -> None:
    call_command("export_metrics_docs", "--check", skip_checks=True)


def test_metrics_page__stale__fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="out of date"):
        call_command("export_metrics_docs", "--check", skip_checks=True)
    call_command("export_metrics_docs", skip_checks=True)
    assert (tmp_path / "docs" / "metrics.md").read_text("utf-8") == metrics_page()
