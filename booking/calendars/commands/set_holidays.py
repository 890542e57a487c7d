"""Change which days are off and which are worked, of a country or of one institution."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Institution, Role
from accounts.viewers import Viewer
from booking.calendars.commands.materialise_windows import locked_profile, materialise_windows
from booking.calendars.events import HolidaysChanged
from booking.calendars.holiday_tables import Day, DayKind
from booking.calendars.models import HolidayDay, OpeningProfile
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import zone as zone_of


@dataclass(frozen=True, slots=True)
class Changed:
    """How many days were entered, changed, taken back, or stood there already."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


@retried_when_busy
def set_holidays(
    *, viewer: Viewer | None, days: Sequence[Day], country: str = "", institution: Institution | None = None
) -> Changed:
    """Enter, change or take back days of a country, or of an institution, whose own come before its country's.

    Opening hours follow official days from today on; bookings are never touched, past days keep what they were.
    viewer None: the product itself, by a command. Raises: Forbidden, CalendarBusy. Emits: HolidaysChanged.
    Source: engine.md, "Meanings".
    """
    if viewer is not None and not may_set_holidays(viewer, institution):
        raise Forbidden
    with acting(actor_id=viewer.user_id if viewer else None, command="set_holidays"):
        profiles = [locked_profile(key) for key in _concerned(country, institution)]
        done, differs = _written(days, country, institution)
        if differs:
            expand_anew(profiles)
    return done


def may_set_holidays(viewer: Viewer, institution: Institution | None) -> bool:
    """Of an institution its administrators, of a country those of the platform."""
    if institution is None:
        return viewer.is_platform_admin
    return viewer.is_platform_admin or institution.pk in viewer.institutions_as(Role.ADMIN)


def of_institution(institution: Institution) -> Q:
    """Opening profiles at any level of an institution."""
    return Q(institution=institution) | Q(group__institution=institution) | Q(instrument__institution=institution)


def expand_anew(profiles: Iterable[OpeningProfile]) -> None:
    """Expand locked profiles from their local today on, and have free time follow."""
    keys = []
    for profile in profiles:
        materialise_windows(profile=profile, from_on=clock.today(zone_of(profile.zone)))
        keys.append(profile.pk)
    if keys:
        publish(HolidaysChanged(tuple(keys)))


def _concerned(country: str, institution: Institution | None) -> list[int]:
    """The profiles that observe these days, in the order in which they are locked."""
    observing = Q(holidays=country) if institution is None else of_institution(institution)
    return sorted(set(OpeningProfile.objects.filter(observing).values_list("pk", flat=True)))


def _written(days: Sequence[Day], country: str, institution: Institution | None) -> tuple[Changed, bool]:
    """Write the days down; whether any of it changes what is in effect."""
    owner = {"country": "" if institution else country, "institution": institution}
    wanted = {day.on: day for day in days}
    stored = {row.on: row for row in HolidayDay.objects.filter(**owner, on__in=wanted).select_for_update()}
    new, changed, gone, same, differs = [], [], [], 0, False
    for on, day in wanted.items():
        row, before = stored.get(on), _effect(stored.get(on))
        if day.kind == DayKind.ORDINARY:
            gone += [row.pk] if row else []
            same += row is None
        elif row is None:
            new.append(row := _told(HolidayDay(on=on, **owner), day))
        elif _says(row, day):
            same += 1
        else:
            changed.append(_told(row, day))
        differs = differs or before != (None if day.kind == DayKind.ORDINARY else _effect(row))
    HolidayDay.objects.filter(pk__in=gone).delete()
    HolidayDay.objects.bulk_create(new)
    HolidayDay.objects.bulk_update(changed, ["is_working", "is_official", "name"])
    return Changed(len(new), len(changed), len(gone), same), differs


def _effect(row: HolidayDay | None) -> bool | None:
    """Whether the day is worked; None: it is like others of its weekday."""
    return row.is_working if row and row.is_official else None


def _says(row: HolidayDay, day: Day) -> bool:
    said = (row.is_working, row.is_official, row.name)
    return said == (day.kind == DayKind.WORKING, day.is_official, day.name)


def _told(row: HolidayDay, day: Day) -> HolidayDay:
    row.is_working, row.is_official, row.name = day.kind == DayKind.WORKING, day.is_official, day.name
    return row
