"""Paint the opening hours of one instrument."""

from collections.abc import Sequence
from datetime import date, time

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.assign_opening import assign_opening
from booking.calendars.commands.create_opening_profile import create_opening_profile, write_bands
from booking.calendars.commands.materialise_windows import horizon, materialise_windows
from booking.calendars.commands.open_calendar import open_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import OpeningProfile
from booking.calendars.recurrence import Band
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import at_wall_clock
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument


@retried_when_busy
def set_opening_hours(*, viewer: Viewer, instrument: Instrument, bands: Sequence[Band]) -> OpeningProfile:
    """Give one instrument opening hours of its own, from today (its local day) on.

    An instrument that shares a profile gets a fork with the same holidays; one that has its own keeps it,
    rewritten. Bookings are never touched: those now outside stay valid. Past days keep the hours they had. No
    bands: never open.
    Raises: InvalidOpeningHours, Forbidden, CalendarBusy. Emits: CalendarChanged.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    zone = zone_of(instrument.institution.zone)
    today = clock.today(zone)
    with acting(actor_id=viewer.user_id, command="set_opening_hours"):
        resource = open_calendar(instrument_id=instrument.pk)
        profile = _own_profile(instrument, bands, today)
        if not resource.opening_assignments.filter(profile=profile, effective__endswith=None).exists():
            assign_opening(resource=resource, profile=profile, from_on=today)
        since = at_wall_clock(today, time.min, zone)
        functions.rebuild_gaps(resource.pk, since)
        publish(
            CalendarChanged(
                instrument_id=instrument.pk,
                revision=functions.revise(resource.pk),
                starts_at=since,
                ends_at=at_wall_clock(horizon(zone), time.min, zone),
                redrawn=True,
            )
        )
    return profile


def _own_profile(instrument: Instrument, bands: Sequence[Band], today: date) -> OpeningProfile:
    own = OpeningProfile.objects.filter(instrument=instrument).order_by("-pk").first()
    if own is None:
        kept = OpeningProfile.objects.filter(
            assignments__resource__instrument=instrument, assignments__effective__endswith=None
        )
        return create_opening_profile(
            bands=bands,
            zone=instrument.institution.zone,
            on=today,
            instrument=instrument,
            holidays=kept.values_list("holidays", flat=True).first() or "",
        )
    write_bands(own, bands, today)
    materialise_windows(profile=own, from_on=today)
    return own
