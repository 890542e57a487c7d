"""Say whose holidays an institution observes."""

from django.db.models import Q

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.calendars.commands.create_opening_profile import create_opening_profile
from booking.calendars.commands.materialise_windows import locked_profile
from booking.calendars.commands.open_calendar import OFFICE_HOURS
from booking.calendars.commands.set_holidays import expand_anew, may_set_holidays, of_institution
from booking.calendars.events import HolidaysObserved
from booking.calendars.models import OpeningProfile
from booking.calendars.recurrence import Band, bands_of
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import zone as zone_of


@retried_when_busy
def observe_holidays(*, viewer: Viewer, institution: Institution, country: str) -> None:
    """All opening hours of an institution observe a country's holidays; empty: none but its own days.

    An institution whose instruments keep the platform's hours gets the same as its own, so that they can differ.
    Raises: Forbidden, CalendarBusy. Emits: HolidaysChanged, HolidaysObserved.
    """
    if not may_set_holidays(viewer, institution):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="observe_holidays"):
        keys = OpeningProfile.objects.filter(of_institution(institution)).values_list("pk", flat=True)
        profiles = [locked_profile(key) for key in sorted(set(keys))]
        different = [profile for profile in profiles if profile.holidays != country]
        for profile in different:
            profile.holidays = country
            profile.save(update_fields=["holidays"])
        expand_anew(different)
        if not any(profile.institution_id and profile.group_id is None for profile in profiles):
            _open_like_the_platform(institution, country)
            publish(HolidaysObserved(institution.pk))


def _open_like_the_platform(institution: Institution, country: str) -> None:
    zone = zone_of(institution.zone)
    create_opening_profile(
        bands=_platform_hours(institution.zone),
        zone=institution.zone,
        on=clock.today(zone),
        institution=institution,
        holidays=country,
    )


def _platform_hours(zone: str) -> list[Band]:
    platform = Q(institution__isnull=True, group__isnull=True, instrument__isnull=True, zone=zone)
    profile = OpeningProfile.objects.filter(platform).first()
    if profile is None:
        return list(OFFICE_HOURS)
    stored = list(profile.bands.select_related("event__rule"))
    off_peak = {band.event_id for band in stored if band.is_off_peak}
    return bands_of([(band.event, band.tiers) for band in stored], zone_of(zone), off_peak=off_peak)
