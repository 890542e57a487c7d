"""Give an instrument its inherited opening hours back."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.assign_opening import assign_opening
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.commands.open_calendar import inherited_profile, open_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import OpeningProfile
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
        profile = inherited_profile(instrument)
        if not resource.opening_assignments.filter(profile=profile, effective__endswith=None).exists():
            today = clock.today(zone_of(instrument.institution.zone))
            assign_opening(resource=resource, profile=profile, from_on=today)
            rest = rest_of_calendar(instrument.institution.zone)
            functions.rebuild_gaps(resource.pk, rest.starts_at)
            revision = functions.revise(resource.pk)
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at))
    return profile
