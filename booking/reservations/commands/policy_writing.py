"""Writing policy values, whichever level they are set at."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Tier
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import INHERIT, Inherit
from booking.reservations.rules.registry import setting_of
from core.errors import Invalid

_TIERS: Final = ("", *Tier.values)


class InvalidPolicyValue(Invalid):
    """No such rule or tier, or a value outside the rule's bounds. extra: minimum, maximum."""

    code = "policy_value_invalid"
    title = _("This rule can't have this value.")


def refuse_impossible(code: str, value: int | Inherit | None, tier: str) -> None:
    """Raises: InvalidPolicyValue."""
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


def write_value(owner: Mapping[str, int | None], code: str, tier: str, value: int | Inherit | None) -> bool:
    """Write the row of one level; whether that changed anything. owner: instrument_id, group_id and institution_id.

    An unchanged row is left alone, so that history shows real changes only.
    """
    at_level = {name: key for name, key in owner.items() if key is not None}
    others = {f"{name}__isnull": True for name, key in owner.items() if key is None}
    own = PolicyValue.objects.filter(**at_level, **others, code=code, tier=tier)
    if value is INHERIT:
        return own.delete()[0] > 0
    row, is_new = own.get_or_create(defaults={**at_level, "code": code, "tier": tier, "value": value})
    if is_new or row.value == value:
        return is_new
    row.value = value
    row.save(update_fields=["value"])
    return True
