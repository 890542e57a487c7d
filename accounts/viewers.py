"""A viewer: who asks, and everything about them that authorisation needs, read once per request."""

from dataclasses import dataclass, field
from typing import Final

from accounts.models import Role, Scope, Tier
from core.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """One membership: a role and where it is held."""

    role: str
    institution_id: int | None = None
    enterprise_id: int | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person (or nobody) behind a request. scopes None: signed in by session, everything."""

    user_id: int | None
    name: str = ""
    email: str = ""
    is_superuser: bool = False
    roles: tuple[RoleHeld, ...] = ()
    scopes: frozenset[str] | None = field(default=None)

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None

    @property
    def person_id(self) -> int:
        """The user's id. Raises NotSignedIn."""
        if self.user_id is None:
            raise NotSignedIn
        return self.user_id

    @property
    def is_platform_admin(self) -> bool:
        """Platform administrators hold their role on no institution in particular."""
        return self.is_superuser or any(r.role == Role.ADMIN and r.institution_id is None for r in self.roles)

    @property
    def is_reviewer(self) -> bool:
        return any(held.role == Role.REVIEWER for held in self.roles)

    @property
    def reviewed_regions(self) -> tuple[str, ...]:
        """Division codes this person reviews; an empty code is the whole province."""
        return tuple(held.region for held in self.roles if held.role == Role.REVIEWER)

    @property
    def institution_ids(self) -> frozenset[int]:
        """Institutions this person belongs to in any role."""
        return frozenset(held.institution_id for held in self.roles if held.institution_id is not None)

    @property
    def enterprise_ids(self) -> frozenset[int]:
        """Firms of which this person is one."""
        return self._firms_as(Role.FIRM_USER)

    @property
    def assigned_firm_ids(self) -> frozenset[int]:
        """Firms of others for which this person books as their technology commissioner."""
        return self._firms_as(Role.COMMISSIONER)

    def _firms_as(self, role: Role) -> frozenset[int]:
        return frozenset(
            held.enterprise_id for held in self.roles if held.role == role and held.enterprise_id is not None
        )

    def institutions_as(self, *roles: Role) -> frozenset[int]:
        """Institutions on which this person holds one of the roles."""
        return frozenset(
            held.institution_id for held in self.roles if held.role in roles and held.institution_id is not None
        )

    def manages(self, institution_id: int) -> bool:
        """Whether this person may change the institution's instruments and their rules."""
        return self.is_platform_admin or institution_id in self.institutions_as(Role.MANAGER, Role.ADMIN)

    def staffs(self, institution_id: int) -> bool:
        """Whether this person works at the institution's instruments: operators too."""
        return self.manages(institution_id) or institution_id in self.institutions_as(Role.OPERATOR)

    def books_for_every_firm(self, institution_id: int | None) -> bool:
        """Whether this person may book there on behalf of whichever firm: its staff, and the desks of complexes.

        None: at some institution.
        """
        if self.is_platform_admin or self.institutions_as(Role.COMPLEX_OPERATOR):
            return True
        staffed = self.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN)
        return bool(staffed) if institution_id is None else institution_id in staffed

    def books_for_firms(self, institution_id: int) -> bool:
        """Whether this person may book there on behalf of some firm."""
        return self.books_for_every_firm(institution_id) or bool(self.assigned_firm_ids)

    def tier_at(self, institution_id: int, enterprise_id: int | None = None) -> Tier:
        """The tier of a booking by this person at an institution; enterprise_id: the firm it is for."""
        if enterprise_id is not None:
            return Tier.ENTERPRISE
        if institution_id in self.institution_ids:
            return Tier.INTERNAL
        if self.institution_ids:
            return Tier.MEMBER
        return Tier.ENTERPRISE if self.enterprise_ids else Tier.EXTERNAL

    def has_scope(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes


ANONYMOUS: Final = Viewer(user_id=None)
