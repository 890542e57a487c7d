"""Who keeps the facts true: tasks and the command."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from booking.utilisation import tasks
from booking.utilisation.commands import refresh_facts as commands
from booking.utilisation.commands import refresh_month as months
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


def test_refresh_month__every_hour__once_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[date] = []
    monkeypatch.setattr(months, "refresh_facts", lambda **asked: runs.append(asked["from_on"]))
    for hour in range(48):
        at = datetime(2026, 3, 3, 12, 40, tzinfo=UTC) + timedelta(hours=hour)
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        tasks.refresh_month(timestamp=0)
    first = date(2026, 3, 3) - timedelta(days=41)
    assert runs == [first, first, first + timedelta(days=1)]  # at once; then at 01:40 in China of each night


def test_refresh_month__machine_off_for_months__no_day_stays_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    open_instrument((EVERYONE, "2026-03-01 00:00", "2026-07-01 00:00"))
    for now in (datetime(2026, 3, 3, 18, tzinfo=UTC), datetime(2026, 6, 20, 9, tzinfo=UTC)):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        tasks.refresh_month(timestamp=0)
    assert days() == [
        date(2026, 3, 1) + timedelta(days=n) for n in range((date(2026, 6, 22) - date(2026, 3, 1)).days)
    ]


def test_refresh_month__broken_off__done_the_next_hour(
    third_of_march: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_instrument(ALL_MARCH)
    with monkeypatch.context() as broken:
        broken.setattr(months, "refresh_facts", lambda **asked: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.refresh_month(timestamp=0)
    assert months.refresh_month() == 4
    assert months.refresh_month() is None
