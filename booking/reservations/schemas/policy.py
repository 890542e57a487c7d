"""API shapes of policy values."""

from typing import Any

from ninja import Field, Schema

from booking.reservations.policy_values import INHERIT
from booking.reservations.selectors.policy_levels import PolicyOf
from core.schemas import Line, StrictSchema


class PolicyIn(StrictSchema):
    """A value in the rule's unit; null: unlimited. inherit: the next level's applies again. tier empty: all."""

    value: int | None = Field(None, ge=-(2**31), lt=2**31)
    tier: Line = ""
    inherit: bool = False


class PolicyValueOut(Schema):
    """What is in force for a tier (empty: for all without one of their own) and the level it comes from.

    own: the value set here; with `inherits` there is none, without it null means unlimited.
    """

    tier: str
    value: int | None
    level: str
    own: int | None
    inherits: bool


class PolicyChoiceOut(Schema):
    """What one of few possible values means."""

    value: int
    meaning: str


class PolicyOut(Schema):
    """A rule or process with its values at one level. minimum, maximum: bounds of a value in `unit`."""

    code: str
    title: str
    meaning: str
    unit: str
    default: int | None
    minimum: int
    maximum: int
    choices: list[PolicyChoiceOut]
    values: list[PolicyValueOut]


def policy_document(policy: PolicyOf) -> dict[str, Any]:
    """The answer about one rule or process."""
    rule, setting = policy.rule, policy.setting
    return {
        "code": rule.code,
        "title": str(rule.title),
        "meaning": str(rule.meaning),
        "unit": setting.unit,
        "default": setting.default,
        "minimum": setting.minimum,
        "maximum": setting.maximum,
        "choices": [{"value": value, "meaning": str(meaning)} for value, meaning in setting.choices],
        "values": [
            {
                "tier": each.tier,
                "value": each.effective.value,
                "level": each.effective.level.name.lower(),
                "own": None if each.own is INHERIT else each.own,
                "inherits": each.own is INHERIT,
            }
            for each in policy.values
        ],
    }
