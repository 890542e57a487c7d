"""Opening hours, holidays and resources."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Final

from psycopg.types.range import TimestamptzRange

from accounts.models import Institution, Tier
from booking.calendars import recurrence
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.holiday_tables import DayKind, days_of_package
from booking.calendars.models import HolidayDay, OpeningAssignment, OpeningBand, OpeningProfile, Resource
from booking.calendars.recurrence import Band
from config.demo import loading
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
    "night": (
        Band(_WORK, time(9), time(17), _ALL),
        Band(recurrence.WEEKDAYS, time(22), time(6), _ALL, is_off_peak=True),
    ),
}
_NO_HOLIDAYS: Final = ("daily", "always")
_COPY_WINDOWS = """
    INSERT INTO {table} (profile_id, tiers, during)
    SELECT c.copy, w.tiers, w.during FROM unnest(%s::bigint[], %s::bigint[]) c (copy, model)
    JOIN {table} w ON w.profile_id = c.model ORDER BY c.copy, w.during
"""


@dataclass(frozen=True, slots=True)
class Calendared:
    """An instrument with its resource, the profile it keeps now, and the one it kept before, if any."""

    listed: Listed
    resource: Resource
    profile: OpeningProfile
    before: OpeningProfile | None


def make_calendars(plan: Plan, institutions: Sequence[Institution], listed: list[Listed]) -> list[Calendared]:
    """Holidays, opening profiles of institutions and groups, resources and dated assignments."""
    _load_holidays(plan)
    profiles = _Profiles(plan.on - timedelta(days=PAST_DAYS + 35))
    dice = plan.dice("calendars")
    resources = loading.create(Resource, (_resource(dice, each) for each in listed))
    calendared = [
        Calendared(each, resource, profiles.of(each), _before(dice, each, profiles))
        for each, resource in zip(listed, resources, strict=True)
    ]
    profiles.store_copies(plan)
    loading.create(
        OpeningAssignment, (each_one for each in calendared for each_one in _assignments(dice, plan, each))
    )
    return calendared


def _load_holidays(plan: Plan) -> None:
    """Days off and make-up working days of the years the demo covers; what is stored already stays."""
    years = range(plan.on.year - 2, plan.on.year + 2)
    for country in ("CN", "GB", "US"):
        days = [day for year in years for day in days_of_package(country, year)]
        HolidayDay.objects.bulk_create(
            (
                HolidayDay(
                    country=country,
                    on=day.on,
                    is_working=day.kind == DayKind.WORKING,
                    is_official=day.is_official,
                    name=day.name,
                )
                for day in days
            ),
            ignore_conflicts=True,
        )


class _Profiles:
    """Opening profiles by owner; equal hours in one zone are expanded once and copied in the end."""

    def __init__(self, since: date) -> None:
        self.since = since
        self.expanded: dict[tuple[str, str, str], OpeningProfile] = {}
        self.made: dict[tuple[int, str], OpeningProfile] = {}
        self.copies: list[tuple[OpeningProfile, OpeningProfile]] = []

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
        model = self.expanded[like]
        copy = OpeningProfile(
            zone=model.zone, holidays=model.holidays, expanded_until=model.expanded_until, **owner
        )
        self.copies.append((copy, model))
        return copy

    def store_copies(self, plan: Plan) -> None:
        """Give every copy its own definitions and the windows of its model."""
        calendars = recurrence.copied_calendars([model.calendar for _copy, model in self.copies])
        for (copy, _model), (calendar, _events) in zip(self.copies, calendars, strict=True):
            copy.calendar = calendar
        loading.create(OpeningProfile, (copy for copy, _model in self.copies))
        bands = {band.event_id: band for band in OpeningBand.objects.all()}
        loading.create(
            OpeningBand,
            (
                OpeningBand(
                    profile=copy,
                    event=event,
                    tiers=bands[original].tiers,
                    is_off_peak=bands[original].is_off_peak,
                )
                for (copy, _model), (_calendar, events) in zip(self.copies, calendars, strict=True)
                for original, event in events.items()
            ),
        )
        models = self.expanded.values()
        loading.fill("demo_profile", [(model.pk, model.pk) for model in models])
        loading.fill("demo_profile", [(copy.pk, model.pk) for copy, model in self.copies])
        pairs = [[copy.pk for copy, _model in self.copies], [model.pk for _copy, model in self.copies]]
        for table in ("calendars_openwindow", "calendars_offpeakwindow"):
            with loading.rebuilt_after(table) if plan.scale.bulk else nullcontext():
                loading.execute(_COPY_WINDOWS.format(table=table), pairs)


def _own_hours(each: Listed) -> str:
    """An institution's own; the demo manager's is open on all days, so that its pages always show a busy day."""
    if each.institution_n == 1:
        return "daily"
    return "long" if each.institution_n % 3 == 1 else "office"


def _resource(dice: Random, each: Listed) -> Resource:
    shared = each.kind.value_wan <= 60 and each.kind.length in ("long", "overnight", "medium")
    return Resource(
        institution=each.instrument.institution,
        instrument=each.instrument,
        capacity=dice.choice((2, 2, 3)) if shared and dice.random() < 0.2 else 1,
        turnaround_minutes=dice.choice((0, 0, 0, 10, 15, 30)),
    )


def _before(dice: Random, each: Listed, profiles: _Profiles) -> OpeningProfile | None:
    """Most keep their hours for ever; some kept the institution's until half a year ago."""
    return profiles.at_first(each) if each.hours and dice.random() <= 0.15 else None


def _assignments(dice: Random, plan: Plan, each: Calendared) -> list[OpeningAssignment]:
    if each.before is None:
        return [_assignment(each, each.profile, None, None)]
    changed = at_wall_clock(plan.on - timedelta(days=dice.randrange(90, 250)), time.min, zone_of(each.profile.zone))
    return [
        _assignment(each, each.before, None, changed),
        _assignment(each, each.profile, changed, None),
    ]


def _assignment(
    each: Calendared, profile: OpeningProfile, since: datetime | None, until: datetime | None
) -> OpeningAssignment:
    return OpeningAssignment(resource=each.resource, profile=profile, effective=TimestamptzRange(since, until))
