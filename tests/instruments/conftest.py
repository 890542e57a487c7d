"""What the tests of instruments share."""

from pathlib import Path

import pytest

from core import events
from core.events import Event


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event published during the test, in order; subscribers are told as usual."""
    seen: list[Event] = []
    tell = events.publish

    def publish(event: Event) -> None:
        seen.append(event)
        tell(event)

    monkeypatch.setattr(events, "publish", publish)
    return seen


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    """Originals of imports go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    return tmp_path / "media"
