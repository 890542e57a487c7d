"""When `run.py up` migrates."""

from pathlib import Path

import pytest

from config.runner import django_steps, processes
from config.runner.console import Step
from config.runner.layout import Layout


@pytest.fixture
def migrated(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The runs of `migrate`, over one room with one file of functions."""
    runs: list[object] = []
    monkeypatch.setattr(django_steps, "ROOMS", [tmp_path / "room"])
    monkeypatch.setattr(processes, "run", lambda argv, **_options: runs.append(argv))
    (tmp_path / "room" / "sql").mkdir(parents=True)
    return runs


def test_migrate__sql_file_changed_or_new__runs(migrated: list[object], layout: Layout, tmp_path: Path) -> None:
    file = tmp_path / "room" / "sql" / "functions.sql"
    for text in ("one", "one", "two"):
        file.write_text(text)
        django_steps.migrate(layout, Step(), applied=lambda: "7-7")
    assert len(migrated) == 2
    file.with_name("more.sql").write_text("three")
    django_steps.migrate(layout, Step(), applied=lambda: "7-7")
    assert len(migrated) == 3


def test_migrate__database_answers_otherwise__runs(migrated: list[object], layout: Layout) -> None:
    """A restored copy: other migrations, or other functions."""
    for answer in ("7-7-a", "7-7-a", "7-7-b"):
        django_steps.migrate(layout, Step(), applied=lambda answer=answer: answer)  # type: ignore[misc]
    assert len(migrated) == 2


def test_migrate__database_does_not_answer__always_runs(migrated: list[object], layout: Layout) -> None:
    for _ in range(2):
        django_steps.migrate(layout, Step(), applied=lambda: "")
    assert len(migrated) == 2
