"""Expand opening hours into open windows."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q
from psycopg.types.range import TimestamptzRange

from accounts.models import Tier
from booking.calendars import recurrence
from booking.calendars.models import (
    LONGEST_BOOKING_WINDOW_DAYS,
    SEARCH_DAYS,
    HolidayDay,
    OffPeakWindow,
    OpeningBand,
    OpeningProfile,
    OpenWindow,
)
from booking.calendars.recurrence import AudienceWindow
from core import clock
from core.locks import limit_lock_wait
from core.windows import TimeWindow, at_wall_clock, merged
from core.windows import zone as zone_of

Window = TypeVar("Window", OpenWindow, OffPeakWindow)

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
    return locked.select_related("calendar", "instrument", "group").get(pk=profile_id)


@transaction.atomic
def materialise_windows(*, profile: OpeningProfile, from_on: date, until_on: date | None = None) -> None:
    """Rewrite a profile's open and off-peak windows from local midnight of `from_on` on; earlier time stays.

    until_on: local day up to which windows exist afterwards at least (default: the horizon). A window that
    runs over the first midnight keeps its earlier part. The caller rebuilds the free gaps of the resources
    concerned.
    """
    zone = zone_of(profile.zone)
    until_on = max(until_on or horizon(zone), locked_profile(profile.pk).expanded_until or from_on)
    since = at_wall_clock(from_on, time.min, zone)
    days = (from_on, until_on)
    holidays = _holidays(profile, days)
    bands = list(profile.bands.select_related("event__rule").prefetch_related("event__occurrence_set"))
    off_peak = [band for band in bands if band.is_off_peak]
    _rewrite(OpenWindow, profile, since, _expanded(bands, zone, days, holidays))
    _rewrite(OffPeakWindow, profile, since, _expanded(off_peak, zone, days, holidays))
    profile.expanded_until = until_on
    profile.save(update_fields=["expanded_until"])


def _rewrite(
    model: type[Window],
    profile: OpeningProfile,
    since: datetime,
    expanded: Iterable[AudienceWindow],
) -> None:
    touched = model.objects.filter(profile=profile, during__endswith__gte=since)
    earlier = [AudienceWindow(TimeWindow.of(row.during), row.tiers) for row in touched]
    if earlier:
        touched.delete()
    model.objects.bulk_create(
        model(profile=profile, tiers=w.tiers, during=TimestamptzRange(w.window.starts_at, w.window.ends_at))
        for w in _joined(earlier, expanded, since)
    )


def _holidays(profile: OpeningProfile, days: tuple[date, date]) -> dict[date, bool]:
    """Official days that differ from their weekday: local date → whether it is worked; own ones come last."""
    observed = Q(country=profile.holidays, institution__isnull=True)
    if profile.owner_id is not None:
        observed |= Q(institution=profile.owner_id)
    span = Q(on__gte=days[0] - timedelta(days=8), on__lt=days[1])
    found = HolidayDay.objects.filter(observed, span, is_official=True)
    return dict(found.order_by(F("institution").asc(nulls_first=True)).values_list("on", "is_working"))


def _expanded(
    bands: Collection[OpeningBand], zone: ZoneInfo, days: tuple[date, date], holidays: dict[date, bool]
) -> list[AudienceWindow]:
    """What the definitions and holidays say for local days [first, last)."""
    return recurrence.audience_windows([(band.event, band.tiers) for band in bands], zone, days, holidays)


def _joined(
    earlier: Iterable[AudienceWindow], expanded: Iterable[AudienceWindow], since: datetime
) -> list[AudienceWindow]:
    """Per tier: the earlier windows before `since`, the expanded ones from it on; touching parts are one."""
    before = TimeWindow(datetime.min.replace(tzinfo=UTC), since)
    after = TimeWindow(since, _END_OF_TIME)
    parts = [(w.window.clipped_to(before), w.tiers) for w in earlier]
    parts += [(w.window.clipped_to(after), w.tiers) for w in expanded]
    bits = {tier: tier.bit for tier in Tier}
    return recurrence.grouped_by_audience(
        {tier: merged(w for w, mask in parts if w and mask & bit) for tier, bit in bits.items()}
    )
