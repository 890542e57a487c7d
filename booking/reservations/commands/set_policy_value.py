"""Set what a rule asks of bookings of one instrument."""

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.commands.policy_writing import InvalidPolicyValue, refuse_impossible, write_value
from booking.reservations.policy_values import Inherit
from core.errors import Forbidden
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument

__all__ = ["InvalidPolicyValue", "set_policy_value"]


@retried_when_busy
def set_policy_value(
    *, viewer: Viewer, instrument: Instrument, code: str, value: int | Inherit | None, tier: str = ""
) -> bool:
    """Set, lift or take back a rule's value for one instrument; returns whether that changed anything.

    value: in the unit of the rule's setting; None: unlimited; INHERIT: the next level's value applies again.
    tier: of accounts.Tier, empty for all tiers. Bookings are never touched.
    Raises: Forbidden, InvalidPolicyValue, CalendarBusy. Emits: CalendarChanged. Source: engine.md, "Meanings".
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    refuse_impossible(code, value, tier)
    with acting(actor_id=viewer.user_id, command="set_policy_value"):
        lock_calendars([instrument.pk])
        owner = {"instrument_id": instrument.pk, "group_id": None, "institution_id": None}
        changed = write_value(owner, code, tier, value)
        if changed:
            rest = rest_of_calendar(instrument.institution.zone)
            revision = functions.revise(Resource.objects.values_list("pk", flat=True).get(instrument=instrument))
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at, redrawn=True))
    return changed
