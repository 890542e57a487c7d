"""Set what a rule asks of bookings of one instrument."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource
from booking.reservations.commands.editing import lock_calendars
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import INHERIT, Inherit
from booking.reservations.rules.registry import setting_of
from core.errors import Forbidden, Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument

_TIERS: Final = ("", *Tier.values)


class InvalidPolicyValue(Invalid):
    """No such rule or tier, or a value outside the rule's bounds. extra: minimum, maximum."""

    code = "policy_value_invalid"
    title = _("This rule can't have this value.")


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
    _refuse_impossible(code, value, tier)
    with acting(actor_id=viewer.user_id, command="set_policy_value"):
        lock_calendars([instrument.pk])
        changed = _write(instrument, code, tier, value)
        if changed:
            rest = rest_of_calendar(instrument.institution.zone)
            revision = functions.revise(Resource.objects.values_list("pk", flat=True).get(instrument=instrument))
            publish(CalendarChanged(instrument.pk, revision, rest.starts_at, rest.ends_at, redrawn=True))
    return changed


def _refuse_impossible(code: str, value: int | Inherit | None, tier: str) -> None:
    bounds = setting_of(code)
    if bounds is None or tier not in _TIERS or (value is None and bounds.choices):
        raise InvalidPolicyValue
    if isinstance(value, int) and not bounds.minimum <= value <= bounds.maximum:
        raise InvalidPolicyValue(
            _("Give a value from %(minimum)d to %(maximum)d.")
            % {"minimum": bounds.minimum, "maximum": bounds.maximum},
            minimum=bounds.minimum,
            maximum=bounds.maximum,
        )


def _write(instrument: Instrument, code: str, tier: str, value: int | Inherit | None) -> bool:
    """An unchanged row is left alone, so that history shows real changes only."""
    own = PolicyValue.objects.filter(instrument=instrument, code=code, tier=tier)
    if value is INHERIT:
        return own.delete()[0] > 0
    row = own.first()
    if row is None:
        PolicyValue.objects.create(instrument=instrument, code=code, tier=tier, value=value)
    elif row.value != value:
        row.value = value
        row.save(update_fields=["value"])
    else:
        return False
    return True
