from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisations import Enterprise, Institution, InstitutionKind
from accounts.models.users import User
from core.history import tracked


class Role(models.TextChoices):
    FIRM_USER = "firm_user", _("Firm user")
    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Lab manager")
    REVIEWER = "reviewer", _("Region reviewer")
    ADMIN = "admin", _("Administrator")
    COMPLEX_OPERATOR = "complex_operator", _("Complex operator")
    COMMISSIONER = "commissioner", _("Technology commissioner")


class Tier(models.TextChoices):
    """Who a booking is for, seen from the instrument's institution."""

    INTERNAL = "internal", _("Own institution")
    MEMBER = "member", _("Member institution")
    ENTERPRISE = "enterprise", _("Enterprise")
    EXTERNAL = "external", _("External individual")

    @property
    def bit(self) -> int:
        """Its bit in an audience mask: 1, 2, 4, 8 in the order above."""
        return int(1 << list(Tier).index(self))

    @classmethod
    def mask(cls, tiers: "list[Tier] | tuple[Tier, ...]") -> int:
        return sum({tier.bit for tier in tiers})

    @classmethod
    def everyone(cls) -> int:
        return cls.mask(list(cls))


@tracked()
class Membership(models.Model):
    """A role that a person holds, and where: an enterprise, an institution, a region or the platform.

    A technology commissioner holds it on each firm that is assigned to them, without being one of its people.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    institution = models.ForeignKey(Institution, models.CASCADE, null=True, blank=True, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="memberships")
    region = models.CharField(
        _("division code"), max_length=6, blank=True, help_text=_("Reviewers; empty: the whole province")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                name="membership_scope_fits_role",
                condition=(
                    Q(
                        role__in=[Role.FIRM_USER, Role.COMMISSIONER],
                        enterprise__isnull=False,
                        institution__isnull=True,
                    )
                    | Q(
                        role__in=[Role.OPERATOR, Role.MANAGER, Role.COMPLEX_OPERATOR],
                        institution__isnull=False,
                        enterprise__isnull=True,
                    )
                    | Q(role=Role.ADMIN, enterprise__isnull=True)
                    | Q(role=Role.REVIEWER, institution__isnull=True, enterprise__isnull=True)
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "institution", "enterprise", "region"],
                name="membership_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"

    def clean(self) -> None:
        """Complexes alone have complex operators."""
        at = self.institution
        if self.role == Role.COMPLEX_OPERATOR and (at is None or at.kind != InstitutionKind.COMPLEX):
            raise ValidationError({"institution": _("Choose an industry innovation service complex.")})
