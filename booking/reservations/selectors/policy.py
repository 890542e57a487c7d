"""What the rules of one instrument ask, and which level says so."""

import json
from dataclasses import dataclass

from django.db import connection

from accounts.models import Tier
from booking.reservations.policy_values import INHERIT, Effective, Inherit, Level, StoredValue, effective_values
from booking.reservations.rules.registry import Rule, Setting, all_rules, defaults
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with a value, as one instrument has it, for all tiers.

    own: the instrument's own row. inherited: what applies without it. tiers: where a tier differs from that.
    """

    rule: Rule
    setting: Setting
    own: int | Inherit | None
    inherited: Effective
    effective: Effective
    tiers: tuple[tuple[Tier, Effective], ...]


def rules_in_force(instrument: Instrument) -> list[RuleInForce]:
    """Every rule that has a value, with the value in force for all tiers and where it comes from. One query."""
    stored = _stored(instrument)
    general = [row for row in stored if row.tier == ""]
    above = [row for row in general if row.level < Level.INSTRUMENT]
    own = {row.code: row.value for row in general if row.level == Level.INSTRUMENT}
    effective, inherited = _values(general), _values(above)
    by_tier = {tier: effective_values(stored, tier, defaults()) for tier in Tier}
    return [
        RuleInForce(
            rule=rule,
            setting=rule.setting,
            own=own.get(code, INHERIT),
            inherited=inherited[code],
            effective=effective[code],
            tiers=tuple((tier, of[code]) for tier, of in by_tier.items() if of[code] != effective[code]),
        )
        for code, rule in all_rules().items()
        if rule.setting
    ]


def _values(general: list[StoredValue]) -> dict[str, Effective]:
    """Rows for all tiers hold for any of them, so any tier may ask."""
    return effective_values(general, Tier.INTERNAL, defaults())


def _stored(instrument: Instrument) -> list[StoredValue]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reservation_policy(%s, %s, %s)",
            [instrument.pk, instrument.group_id, instrument.institution_id],
        )
        document = cursor.fetchone()[0]
    rows = json.loads(document) if isinstance(document, str) else document
    return [StoredValue(*row) for row in rows]
