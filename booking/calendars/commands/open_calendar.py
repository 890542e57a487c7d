"""Make a listed instrument's calendar ready."""

from datetime import time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Tier
from booking.calendars import functions, recurrence
from booking.calendars.commands.assign_opening import assign_opening
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.models import SEARCH_DAYS, OpeningProfile, Resource
from core import clock
from core.locks import retried_when_busy
from core.windows import at_wall_clock
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument

OFFICE_HOURS = (recurrence.Band(recurrence.WEEKDAYS[:5], time(9), time(17), Tier.everyone()),)
"""The platform's default, in every zone."""


@retried_when_busy
def open_calendar(*, instrument_id: int) -> Resource:
    """Give an instrument its inherited opening hours, where it has none yet, and its free gaps. Idempotent."""
    resource = Resource.objects.select_related("instrument__institution").get(instrument_id=instrument_id)
    functions.lock_resources([resource.pk])
    instrument = resource.instrument
    assert instrument is not None
    if not resource.opening_assignments.exists():
        assign_opening(resource=resource, profile=inherited_profile(instrument), from_on=None)
    complete_gaps(resource.pk, instrument.institution.zone)
    return resource


def complete_gaps(resource_id: int, zone_name: str) -> None:
    """Complete the free gaps of a locked resource up to the search horizon, a local midnight."""
    zone = zone_of(zone_name)
    today = clock.today(zone)
    functions.extend_gaps(
        resource_id,
        since=at_wall_clock(today, time.min, zone),
        until=at_wall_clock(today + timedelta(days=SEARCH_DAYS), time.min, zone),
    )


@transaction.atomic
def inherited_profile(instrument: Instrument) -> OpeningProfile:
    """The nearest opening hours above an instrument: group, institution, or the platform's in its zone."""
    return _nearest_above(instrument) or _platform_default(instrument)


def _nearest_above(instrument: Instrument) -> OpeningProfile | None:
    institution = instrument.institution
    above = OpeningProfile.objects.filter(instrument__isnull=True).filter(
        Q(group_id=instrument.group_id, group__isnull=False)
        | Q(institution=institution, group__isnull=True)
        | Q(zone=institution.zone, institution__isnull=True, group__isnull=True)
    )
    nearest = sorted(above, key=lambda profile: (profile.group_id is None, profile.institution_id is None))
    return nearest[0] if nearest else None


def _platform_default(instrument: Instrument) -> OpeningProfile:
    """Created for the first instrument of a zone; who loses that race takes the winner's."""
    zone = instrument.institution.zone
    try:
        return create_opening_profile(bands=OFFICE_HOURS, zone=zone, on=clock.today(zone_of(zone)))
    except IntegrityError:
        winner = _nearest_above(instrument)
        if winner is None:
            raise
        return winner
