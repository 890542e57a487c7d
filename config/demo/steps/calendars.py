"""Opening hours, holidays and resources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

import holidays
from django.db import connection
from psycopg.types.range import TimestamptzRange

from accounts.models import Institution, Tier
from booking.calendars import recurrence
from booking.calendars.commands.create_opening_profile import create_opening_profile, write_bands
from booking.calendars.models import HolidayDay, OpeningAssignment, OpeningProfile, Resource
from booking.calendars.recurrence import Band
from config.demo.scale import PAST_DAYS, Plan
from config.demo.steps.catalogue import Listed
from core.windows import at_wall_clock
from core.windows import zone as zone_of

_WORK = recurrence.WEEKDAYS[:5]
_ALL = Tier.everyone()
HOURS: Final[dict[str, tuple[Band, ...]]] = {
    "office": (Band(_WORK, time(9), time(17), _ALL),),
    "daily": (Band(_WORK, time(8), time(20), _ALL), Band(("SA", "SU"), time(9), time(17), _ALL)),
    "long": (Band(_WORK, time(8), time(20), _ALL), Band(("SA",), time(9), time(17), _ALL)),
    "evening": (Band(_WORK, time(8), time(18), _ALL), Band(_WORK, time(18), time(22), Tier.INTERNAL.bit)),
    "always": (Band(recurrence.WEEKDAYS, time(0), time(0), _ALL),),
    "night": (Band(_WORK, time(9), time(17), _ALL), Band(recurrence.WEEKDAYS, time(22), time(6), _ALL)),
}
_NO_HOLIDAYS: Final = ("daily", "always")
_COPY_WINDOWS = """
    INSERT INTO calendars_openwindow (profile_id, tiers, during)
    SELECT %s, tiers, during FROM calendars_openwindow WHERE profile_id = %s ORDER BY during
"""


@dataclass(frozen=True, slots=True)
class Calendared:
    """An instrument with its resource and the profile it keeps now."""

    listed: Listed
    resource: Resource
    profile: OpeningProfile


def make_calendars(plan: Plan, institutions: Sequence[Institution], listed: list[Listed]) -> list[Calendared]:
    """Holidays, opening profiles of institutions and groups, resources and dated assignments."""
    _load_holidays(plan)
    profiles = _Profiles(plan.on - timedelta(days=PAST_DAYS + 35))
    dice = plan.dice("calendars")
    resources = [_resource(dice, each) for each in listed]
    Resource.objects.bulk_create(resources, batch_size=1000)
    calendared = [
        Calendared(each, resource, profiles.of(each)) for each, resource in zip(listed, resources, strict=True)
    ]
    OpeningAssignment.objects.bulk_create(
        (assignment for each in calendared for assignment in _assignments(dice, plan, each, profiles)),
        batch_size=1000,
    )
    return calendared


def _load_holidays(plan: Plan) -> None:
    """Days off and make-up working days of the years the demo covers; what is stored already stays."""
    years = range(plan.on.year - 2, plan.on.year + 2)
    for country in ("CN", "GB", "US"):
        off = holidays.country_holidays(country, years=years)
        rows = [HolidayDay(country=country, on=on, is_working=False, name=name[:80]) for on, name in off.items()]
        rows += [
            HolidayDay(country=country, on=on, is_working=True) for on in off.weekend_workdays if on.year in years
        ]
        HolidayDay.objects.bulk_create(rows, ignore_conflicts=True)


class _Profiles:
    """Opening profiles by owner; equal hours in one zone are expanded once and their windows copied."""

    def __init__(self, since: date) -> None:
        self.since = since
        self.expanded: dict[tuple[str, str, str], OpeningProfile] = {}
        self.made: dict[tuple[int, str], OpeningProfile] = {}

    def of(self, each: Listed) -> OpeningProfile:
        """The profile an instrument keeps: its group's, else its institution's."""
        return self._owned(each, each.hours)

    def at_first(self, each: Listed) -> OpeningProfile:
        """The institution's."""
        return self._owned(each, "")

    def _owned(self, each: Listed, hours: str) -> OpeningProfile:
        institution = each.instrument.institution
        key = (institution.pk, hours)
        if key not in self.made:
            self.made[key] = self._made(hours or _own_hours(each), institution, each if hours else None)
        return self.made[key]

    def _made(self, code: str, institution: Institution, each: Listed | None) -> OpeningProfile:
        owner: dict[str, Any] = {"group": each.instrument.group} if each else {"institution": institution}
        observed = "" if code in _NO_HOLIDAYS else institution.country
        like = (code, institution.zone, observed)
        if like not in self.expanded:
            self.expanded[like] = create_opening_profile(
                bands=HOURS[code], zone=institution.zone, on=self.since, holidays=observed, **owner
            )
            return self.expanded[like]
        return _copied(self.expanded[like], HOURS[code], self.since, owner)


def _own_hours(each: Listed) -> str:
    """An institution's own; the demo manager's is open on all days, so that its pages always show a busy day."""
    if each.institution_n == 1:
        return "daily"
    return "long" if each.institution_n % 3 == 1 else "office"


def _copied(model: OpeningProfile, bands: Sequence[Band], since: date, owner: dict[str, Any]) -> OpeningProfile:
    profile = OpeningProfile.objects.create(
        zone=model.zone,
        holidays=model.holidays,
        calendar=recurrence.create_calendar("opening hours"),
        expanded_until=model.expanded_until,
        **owner,
    )
    write_bands(profile, bands, since)
    with connection.cursor() as cursor:
        cursor.execute(_COPY_WINDOWS, [profile.pk, model.pk])
    return profile


def _resource(dice: Random, each: Listed) -> Resource:
    shared = each.kind.value_wan <= 60 and each.kind.length in ("long", "overnight", "medium")
    return Resource(
        institution=each.instrument.institution,
        instrument=each.instrument,
        capacity=dice.choice((2, 2, 3)) if shared and dice.random() < 0.2 else 1,
        turnaround_minutes=dice.choice((0, 0, 0, 10, 15, 30)),
    )


def _assignments(dice: Random, plan: Plan, each: Calendared, profiles: _Profiles) -> list[OpeningAssignment]:
    """Most keep their hours for ever; some kept the institution's until half a year ago."""
    if not each.listed.hours or dice.random() > 0.15:
        return [_assignment(each, each.profile, None, None)]
    changed = at_wall_clock(plan.on - timedelta(days=dice.randrange(90, 250)), time.min, zone_of(each.profile.zone))
    return [
        _assignment(each, profiles.at_first(each.listed), None, changed),
        _assignment(each, each.profile, changed, None),
    ]


def _assignment(
    each: Calendared, profile: OpeningProfile, since: datetime | None, until: datetime | None
) -> OpeningAssignment:
    return OpeningAssignment(resource=each.resource, profile=profile, effective=TimestamptzRange(since, until))
