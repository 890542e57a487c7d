"""The one clock of the product."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current instant, aware, UTC. The only place that may ask the operating system for it."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def today(zone: ZoneInfo) -> date:
    """The current local date in a zone."""
    return now().astimezone(zone).date()
