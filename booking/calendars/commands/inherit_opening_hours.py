"""Give an instrument its inherited opening hours back."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.assign_opening import assign_opening
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.commands.open_calendar import inherited_profile, open_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import OpeningProfile, Resource
from core import clock
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument


@retried_when_busy
def inherit_opening_hours(*, viewer: Viewer, instrument: Instrument) -> OpeningProfile:
    """From today (its local day) on the instrument keeps the hours of its group, institution or the platform.

    Bookings are never touched; past days keep the hours they had. Inherited hours stay as they are.
    Raises: Forbidden, CalendarBusy. Emits: CalendarChanged.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="inherit_opening_hours"):
        resource = open_calendar(instrument_id=instrument.pk)
        if keep_inherited(resource, instrument):
            rest = rest_of_calendar(instrument.institution.zone)
            revision = functions.revise(resource.pk)
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at, redrawn=True))
    return inherited_profile(instrument)


def keep_inherited(resource: Resource, instrument: Instrument) -> bool:
    """Give a locked resource the inherited hours from today on; False: it keeps them already."""
    profile = inherited_profile(instrument)
    if resource.opening_assignments.filter(profile=profile, effective__endswith=None).exists():
        return False
    zone = instrument.institution.zone
    assign_opening(resource=resource, profile=profile, from_on=clock.today(zone_of(zone)))
    functions.rebuild_gaps(resource.pk, rest_of_calendar(zone).starts_at)
    return True
