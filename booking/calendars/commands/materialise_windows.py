"""Expand opening hours into open windows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from accounts.models import Tier
from booking.calendars import recurrence
from booking.calendars.models import (
    LONGEST_BOOKING_WINDOW_DAYS,
    SEARCH_DAYS,
    HolidayDay,
    OpeningProfile,
    OpenWindow,
)
from booking.calendars.recurrence import AudienceWindow
from core import clock
from core.locks import limit_lock_wait
from core.windows import TimeWindow, at_wall_clock, merged
from core.windows import zone as zone_of

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


def horizon(zone: ZoneInfo) -> date:
    """The local day up to which windows are kept: 35 days beyond the longest booking window."""
    return clock.today(zone) + timedelta(days=LONGEST_BOOKING_WINDOW_DAYS + SEARCH_DAYS)


def rest_of_calendar(zone_name: str) -> TimeWindow:
    """From the beginning of the present local day to the horizon: what a change from now on concerns."""
    zone = zone_of(zone_name)
    return TimeWindow(
        at_wall_clock(clock.today(zone), time.min, zone), at_wall_clock(horizon(zone), time.min, zone)
    )


def locked_profile(profile_id: int) -> OpeningProfile:
    """The profile as it is now, locked against others who expand or redefine it. Must run inside atomic().

    Raises OperationalError after 3 s; core.locks.retried_when_busy turns it into CalendarBusy.
    """
    limit_lock_wait()
    locked = OpeningProfile.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("calendar").get(pk=profile_id)


@transaction.atomic
def materialise_windows(*, profile: OpeningProfile, from_on: date, until_on: date | None = None) -> None:
    """Rewrite the open windows of a profile from local midnight of `from_on` on; earlier time stays as it was.

    until_on: local day up to which windows exist afterwards at least (default: the horizon). A window that
    runs over the first midnight keeps its earlier part. The caller rebuilds the free gaps of the resources
    concerned.
    """
    zone = zone_of(profile.zone)
    until_on = max(until_on or horizon(zone), locked_profile(profile.pk).expanded_until or from_on)
    since = at_wall_clock(from_on, time.min, zone)
    touched = OpenWindow.objects.filter(profile=profile, during__endswith__gte=since)
    earlier = [AudienceWindow(TimeWindow.of(row.during), row.tiers) for row in touched]
    expanded = _expanded(profile, zone, (from_on, until_on))
    touched.delete()
    OpenWindow.objects.bulk_create(
        OpenWindow(profile=profile, tiers=w.tiers, during=TimestamptzRange(w.window.starts_at, w.window.ends_at))
        for w in _joined(earlier, expanded, since)
    )
    profile.expanded_until = until_on
    profile.save(update_fields=["expanded_until"])


def _expanded(profile: OpeningProfile, zone: ZoneInfo, days: tuple[date, date]) -> list[AudienceWindow]:
    """What the definitions and holidays say for local days [first, last)."""
    bands = profile.bands.select_related("event__rule").prefetch_related("event__occurrence_set")
    holidays = HolidayDay.objects.filter(
        country=profile.holidays, on__gte=days[0] - timedelta(days=8), on__lt=days[1]
    )
    return recurrence.audience_windows(
        [(band.event, band.tiers) for band in bands], zone, days, {day.on: day.is_working for day in holidays}
    )


def _joined(
    earlier: Iterable[AudienceWindow], expanded: Iterable[AudienceWindow], since: datetime
) -> list[AudienceWindow]:
    """Per tier: the earlier windows before `since`, the expanded ones from it on; touching parts are one."""
    before = TimeWindow(datetime.min.replace(tzinfo=UTC), since)
    after = TimeWindow(since, _END_OF_TIME)
    parts = [(w.window.clipped_to(before), w.tiers) for w in earlier]
    parts += [(w.window.clipped_to(after), w.tiers) for w in expanded]
    return recurrence.grouped_by_audience(
        {tier: merged(w for w, mask in parts if w and mask & tier.bit) for tier in Tier}
    )
