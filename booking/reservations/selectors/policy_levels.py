"""The values of one level, with what is in force there and where it comes from, by tier: what the API shows."""

from dataclasses import dataclass

from accounts.models import Institution, Tier
from booking.reservations.policy_values import (
    INHERIT,
    Effective,
    Inherit,
    Level,
    Setting,
    StoredValue,
    effective_values,
)
from booking.reservations.process_settings import ProcessSetting
from booking.reservations.rules.registry import Rule, all_settings, defaults
from booking.reservations.selectors.policy import stored_values, stored_values_at
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class ValueFor:
    """One tier's value, or with an empty tier that of everybody who has none of their own."""

    tier: str
    own: int | Inherit | None
    effective: Effective


@dataclass(frozen=True, slots=True)
class PolicyOf:
    """A rule or process with its values at one level."""

    rule: Rule | ProcessSetting
    setting: Setting
    values: tuple[ValueFor, ...]


def policy_at(at: Instrument | Institution | None) -> dict[str, PolicyOf]:
    """Everything that has a value, by code, at an instrument, an institution, or (None) the platform. One query."""
    if isinstance(at, Instrument):
        stored, level = stored_values(at), Level.INSTRUMENT
    else:
        stored = stored_values_at(None, None, None if at is None else at.pk)
        level = Level.PLATFORM if at is None else Level.INSTITUTION
    own = {(row.code, row.tier): row.value for row in stored if row.level == level}
    in_force = {tier: _in_force(stored, tier) for tier in ("", *Tier.values)}
    return {
        code: PolicyOf(
            each,
            each.setting,
            tuple(ValueFor(tier, own.get((code, tier), INHERIT), of[code]) for tier, of in in_force.items()),
        )
        for code, each in all_settings().items()
        if each.setting
    }


def _in_force(stored: list[StoredValue], tier: str) -> dict[str, Effective]:
    """Rows for all tiers hold for any of them, so any tier may ask where none is named."""
    rows = stored if tier else [row for row in stored if row.tier == ""]
    return effective_values(rows, Tier(tier) if tier else Tier.INTERNAL, defaults())
