"""The rules and what they mean."""

from typing import Any

from ninja import Router

from accounts.schemas import ViewerRequest
from booking.reservations import schemas
from booking.reservations.rules.registry import all_rules

router = Router(tags=["reservations"])


@router.get("rules", response=list[schemas.RuleOut])
def list_rules(request: ViewerRequest) -> list[dict[str, Any]]:
    """Every booking rule with its meaning and default."""
    return [
        {
            "code": rule.code,
            "title": str(rule.title),
            "meaning": str(rule.meaning),
            "unit": rule.setting.unit if rule.setting else None,
            "default": rule.setting.default if rule.setting else None,
            "waivable_by": [role.value for role in rule.waivable_by],
        }
        for rule in all_rules().values()
    ]
