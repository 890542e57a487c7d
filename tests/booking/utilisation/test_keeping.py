"""Who keeps the facts true: tasks and the command."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from booking.utilisation import tasks
from booking.utilisation.commands import refresh_facts as commands
from booking.utilisation.models import DailyFact
from core import clock
from tests.booking.utilisation.scenario import EVERYONE, open_instrument

pytestmark = pytest.mark.django_db
ALL_MARCH = (EVERYONE, "2026-03-01 00:00", "2026-04-01 00:00")


@pytest.fixture
def third_of_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 3, 18, tzinfo=UTC))


def days() -> list[date]:
    return list(DailyFact.objects.order_by("on").values_list("on", flat=True))


def test_refresh_today__at_any_hour__covers_today_and_yesterday_of_every_zone(third_of_march: None) -> None:
    open_instrument(ALL_MARCH)
    tasks.refresh_today(timestamp=0)
    assert days() == [date(2026, 3, day) for day in (1, 2, 3, 4)]


def test_refresh_month__run_twice__changes_nothing_more(third_of_march: None) -> None:
    open_instrument(ALL_MARCH)
    tasks.refresh_month(timestamp=0)
    before = list(DailyFact.objects.order_by("on").values())
    tasks.refresh_month(timestamp=0)
    assert list(DailyFact.objects.order_by("on").values()) == before


def test_refresh_facts__many_instruments__go_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "AT_ONCE", 2)
    for _ in range(3):
        open_instrument(ALL_MARCH)
    seen: list[tuple[int, int]] = []
    commands.refresh_facts(
        from_on=date(2026, 3, 2), until_on=date(2026, 3, 3), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(2, 3), (3, 3)]


def test_refresh_utilisation__from_to__includes_both_days() -> None:
    open_instrument(ALL_MARCH)
    out = StringIO()
    call_command(
        "refresh_utilisation", "--from=2026-03-02", "--to=2026-03-04", stdout=out, stderr=out, skip_checks=True
    )
    assert days() == [date(2026, 3, day) for day in (2, 3, 4)]
    assert "3 daily facts changed." in out.getvalue()


def test_refresh_utilisation__to_before_from__is_refused() -> None:
    with pytest.raises(CommandError, match="before"):
        call_command("refresh_utilisation", "--from=2026-03-02", "--to=2026-03-01", skip_checks=True)
