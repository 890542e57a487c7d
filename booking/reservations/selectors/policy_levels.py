"""The values of one level, what is in force there and where it comes from, by tier: for the form and the API."""

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
    """One tier's value, or with an empty tier that of everybody who has none of their own.

    own: the level's own row. inherited: what applies without its rows. effective: what is in force.
    """

    tier: str
    own: int | Inherit | None
    inherited: Effective
    effective: Effective


@dataclass(frozen=True, slots=True)
class PolicyOf:
    """A rule or process with its values at one level: first that for all tiers, then each tier's."""

    rule: Rule | ProcessSetting
    setting: Setting
    values: tuple[ValueFor, ...]

    @property
    def general(self) -> ValueFor:
        """The value for all tiers."""
        return self.values[0]

    @property
    def is_set_here(self) -> bool:
        """Whether the level has a value of its own, for all tiers or one."""
        return any(each.own is not INHERIT for each in self.values)

    @property
    def exceptions(self) -> list[ValueFor]:
        """Where a tier differs from that."""
        return [each for each in self.values[1:] if each.effective != self.general.effective]


def policy_at(at: Instrument | Institution | None) -> dict[str, PolicyOf]:
    """Everything that has a value, by code, at an instrument, an institution, or (None) the platform. One query."""
    if isinstance(at, Instrument):
        stored, level = stored_values(at), Level.INSTRUMENT
    else:
        stored = stored_values_at(None, None, None if at is None else at.pk)
        level = Level.PLATFORM if at is None else Level.INSTITUTION
    own = {(row.code, row.tier): row.value for row in stored if row.level == level}
    farther = [row for row in stored if row.level < level]
    known = {tier: (_in_force(farther, tier), _in_force(stored, tier)) for tier in ("", *Tier.values)}
    return {
        code: PolicyOf(
            each,
            each.setting,
            tuple(
                ValueFor(tier, own.get((code, tier), INHERIT), inherited[code], effective[code])
                for tier, (inherited, effective) in known.items()
            ),
        )
        for code, each in all_settings().items()
        if each.setting
    }


def _in_force(stored: list[StoredValue], tier: str) -> dict[str, Effective]:
    """Rows for all tiers hold for any of them, so any tier may ask where none is named."""
    rows = stored if tier else [row for row in stored if row.tier == ""]
    return effective_values(rows, Tier(tier) if tier else Tier.INTERNAL, defaults())
