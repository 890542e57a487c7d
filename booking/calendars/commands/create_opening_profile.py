"""Create opening hours at one level."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from accounts.models import Institution
from booking.calendars import recurrence
from booking.calendars.commands.materialise_windows import locked_profile, materialise_windows
from booking.calendars.models import OpeningBand, OpeningProfile
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument, InstrumentGroup


@transaction.atomic
def create_opening_profile(
    *,
    bands: Sequence[recurrence.Band],
    zone: str,
    on: date,
    institution: Institution | None = None,
    group: InstrumentGroup | None = None,
    instrument: Instrument | None = None,
    holidays: str = "",
) -> OpeningProfile:
    """Create opening hours for one level (none given: the platform's default of the zone) and expand them.

    bands: weekly, wall clock of `zone` (IANA). on: the local day from which they are expanded.
    holidays: country code of the observed holidays, empty for none. Raises InvalidOpeningHours.
    """
    profile = OpeningProfile.objects.create(
        institution=institution,
        group=group,
        instrument=instrument,
        zone=zone,
        holidays=holidays,
        calendar=recurrence.create_calendar("opening hours"),
    )
    write_bands(profile, bands, on)
    materialise_windows(profile=profile, from_on=on)
    return profile


def write_bands(profile: OpeningProfile, bands: Sequence[recurrence.Band], on: date) -> None:
    """Replace the definitions of a profile, which is locked first; the caller expands them anew."""
    locked_profile(profile.pk)
    stored = recurrence.store_bands(profile.calendar, bands, zone_of(profile.zone), on)
    OpeningBand.objects.bulk_create(
        OpeningBand(profile=profile, event=event, tiers=tiers, is_off_peak=band.is_off_peak)
        for (event, tiers), band in zip(stored, bands, strict=True)
    )
