"""Reads of calendars: opening hours, open windows, the next free time."""

from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Institution, Role, Tier, User
from accounts.viewers import Viewer
from booking.calendars.errors import AccountUnknown
from booking.calendars.models import (
    Absence,
    HolidayDay,
    OpeningAssignment,
    OpeningProfile,
    Resource,
    ResourceKind,
    ResourceNeed,
)
from booking.calendars.recurrence import Band, bands_of
from core import clock
from core.errors import Forbidden, NotFound
from core.windows import TimeWindow
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument


class CurrentOpening(NamedTuple):
    """The profile an instrument keeps now, its weekly bands, and whether it is its own."""

    profile: OpeningProfile
    bands: list[Band]
    is_own: bool


def opening_hours(instrument_id: int) -> CurrentOpening | None:
    """The opening hours an instrument keeps now; None before its calendar is open. Three queries."""
    assignment = (
        OpeningAssignment.objects.filter(resource__instrument_id=instrument_id, effective__contains=clock.now())
        .select_related("profile")
        .first()
    )
    if assignment is None:
        return None
    profile = assignment.profile
    stored = list(profile.bands.select_related("event__rule"))
    off_peak = {band.event_id for band in stored if band.is_off_peak}
    bands = bands_of([(band.event, band.tiers) for band in stored], zone_of(profile.zone), off_peak=off_peak)
    return CurrentOpening(profile, bands, profile.instrument_id == instrument_id)


class OpenTime(NamedTuple):
    """When a tier may book, and the part of it that is off-peak; each sorted."""

    open: list[TimeWindow]
    off_peak: list[TimeWindow]


def open_time(resource_id: int, tier: Tier, window: TimeWindow) -> OpenTime:
    """The open and the off-peak windows of a tier that overlap a window, unclipped. One query."""
    found = OpenTime([], [])
    span = (resource_id, window.starts_at, window.ends_at, tier.bit)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT false, lower(during), upper(during) FROM calendar_open_windows(%s, tstzrange(%s, %s))"
            " WHERE tiers & %s <> 0 UNION ALL"
            " SELECT true, lower(during), upper(during) FROM calendar_off_peak(%s, tstzrange(%s, %s))"
            " WHERE tiers & %s <> 0 ORDER BY 1, 2, 3",
            [*span, *span],
        )
        for is_off_peak, start, end in cursor.fetchall():
            (found.off_peak if is_off_peak else found.open).append(TimeWindow(start, end))
    return found


class Gap(NamedTuple):
    """A free stretch of one place."""

    starts_at: datetime
    ends_at: datetime


def gaps_of(instrument_id: int, tier: Tier, window: TimeWindow) -> list[Gap]:
    """Free gaps of every place for a tier that overlap a window, soonest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.starts_at, g.ends_at FROM calendars_freegap g"
            " JOIN calendars_resource r ON r.id = g.resource_id"
            " WHERE r.instrument_id = %s AND g.tiers & %s <> 0 AND g.starts_at < %s AND g.ends_at > %s"
            " ORDER BY g.starts_at, g.ends_at",
            [instrument_id, tier.bit, window.ends_at, window.starts_at],
        )
        return [Gap(*row) for row in cursor.fetchall()]


class Need(NamedTuple):
    """Resources of which each booking takes one, in these access modes; none: in every one."""

    resources: list[int]
    modes: list[str]


def needs_of(instrument: Instrument) -> list[Need]:
    """What bookings of an instrument take besides its place, by slot. One query."""
    rows = ResourceNeed.objects.filter(instrument=instrument).order_by("slot", "resource__name", "resource")
    slots = [list(group) for _slot, group in groupby(rows, key=lambda row: row.slot)]
    return [Need([row.resource_id for row in slot], slot[0].modes) for slot in slots]


def shared_resources(viewer: Viewer) -> "QuerySet[Resource]":
    """Shared resources and operators of institutions where the viewer works, and the viewer as an operator.

    Raises: NotSignedIn.
    """
    resources = Resource.objects.exclude(kind=ResourceKind.INSTRUMENT).filter(is_retired=False)
    resources = resources.prefetch_related("needed_by").order_by("pk")
    if viewer.is_platform_admin:
        return resources
    staffed = viewer.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    return resources.filter(Q(institution_id__in=staffed) | Q(user_id=viewer.person_id))


def access_resource(viewer: Viewer, resource_id: int) -> Resource:
    """One shared resource or operator, for its staff and the operator. Raises: NotSignedIn, NotFound."""
    resource = shared_resources(viewer).filter(pk=resource_id).first()
    if resource is None:
        raise NotFound
    return resource


def access_absence(viewer: Viewer, absence_id: int) -> Absence:
    """One absence of a resource that the viewer may see. Raises: NotSignedIn, NotFound."""
    absences = Absence.objects.filter(resource__in=shared_resources(viewer).values("pk"))
    absence = absences.select_related("resource").filter(pk=absence_id).first()
    if absence is None:
        raise NotFound
    return absence


def observed_country(institution: Institution) -> str:
    """The country whose holidays an institution's opening hours observe, at any level; empty: none. One query."""
    below = Q(group__institution=institution) | Q(instrument__institution=institution)
    profiles = OpeningProfile.objects.filter(Q(institution=institution) | below).exclude(holidays="")
    return profiles.order_by("pk").values_list("holidays", flat=True).first() or ""


def holidays_at(institution: Institution, country: str, year: int) -> list[HolidayDay]:
    """Every entry of a year that bears on an institution, its country's and its own, by date. One query."""
    span = Q(on__gte=date(year, 1, 1), on__lte=date(year, 12, 31))
    observed = Q(country=country, institution__isnull=True) | Q(institution=institution)
    return sorted(HolidayDay.objects.filter(span, observed), key=lambda row: (row.on, row.institution_id or 0))


def holidays_of(country: str, year: int) -> "QuerySet[HolidayDay]":
    """A country's days of a year, by date."""
    span = Q(on__gte=date(year, 1, 1), on__lte=date(year, 12, 31))
    return HolidayDay.objects.filter(span, country=country, institution__isnull=True).order_by("on")


def account_of_operator(viewer: Viewer, institution: Institution, email: str) -> User | None:
    """Who has this e-mail address, for whoever manages the institution; None: nobody is named.

    Raises: Forbidden, AccountUnknown.
    """
    if not email:
        return None
    if not viewer.manages(institution.pk):
        raise Forbidden
    found = User.objects.filter(email=email.lower()).first()
    if found is None:
        raise AccountUnknown
    return found
