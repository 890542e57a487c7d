"""People, the organisations they act for, and their credentials."""

from accounts.models.credentials import ApiToken, IdempotencyRecord, Scope
from accounts.models.membership import Membership, Role, Tier
from accounts.models.organisations import Enterprise, Institution, InstitutionKind
from accounts.models.users import User

__all__ = [
    "ApiToken",
    "Enterprise",
    "IdempotencyRecord",
    "Institution",
    "InstitutionKind",
    "Membership",
    "Role",
    "Scope",
    "Tier",
    "User",
]
