"""credit_sufficient: people with too little credit do not book by themselves."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "credit_sufficient",
    section=Section.CREDIT,
    title=gettext_lazy("Least credit"),
    meaning=gettext_lazy("Whose credit is below this can't book. Everybody starts with 100 points."),
    waivable_by=STAFF,
    applies_to=(Kind.USE,),
    setting=Setting(default=None, unit="points", maximum=100),
)
def credit_sufficient(context: Context) -> Violation | None:
    """credit ≥ N points."""
    least = context.value("credit_sufficient")
    if least is None or context.credit is None or context.credit >= least:
        return None
    return Violation(
        "credit_sufficient",
        _("Your credit is %(credit)d points; booking needs at least %(least)d.")
        % {"credit": context.credit, "least": least},
        limit=least,
        actual=context.credit,
    )
