"""The rules of one instrument as its manager sees them: own values, inherited ones, and exceptions by tier."""

from dataclasses import dataclass

from accounts.models import Tier
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
from booking.reservations.selectors.policy import stored_values
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule or a process with a value, as one instrument has it, for all tiers.

    own: the instrument's own row. inherited: what applies without it. tiers: where a tier differs from that.
    """

    rule: Rule | ProcessSetting
    setting: Setting
    own: int | Inherit | None
    inherited: Effective
    effective: Effective
    tiers: tuple[tuple[Tier, Effective], ...]


def rules_in_force(instrument: Instrument) -> list[RuleInForce]:
    """Everything that has a value, with the value in force for all tiers and where it comes from. One query."""
    stored = stored_values(instrument)
    general = [row for row in stored if row.tier == ""]
    own = {row.code: row.value for row in general if row.level == Level.INSTRUMENT}
    effective = _values(general)
    inherited = _values([row for row in general if row.level < Level.INSTRUMENT])
    by_tier = {tier: effective_values(stored, tier, defaults()) for tier in Tier}
    return [
        RuleInForce(
            rule=rule,
            setting=rule.setting,
            own=own.get(code, INHERIT),
            inherited=inherited[code],
            effective=effective[code],
            tiers=tuple(
                (tier, values[code]) for tier, values in by_tier.items() if values[code] != effective[code]
            ),
        )
        for code, rule in all_settings().items()
        if rule.setting
    ]


def _values(general: list[StoredValue]) -> dict[str, Effective]:
    """Rows for all tiers hold for any of them, so any tier may ask."""
    return effective_values(general, Tier.INTERNAL, defaults())
