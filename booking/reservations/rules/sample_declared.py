"""sample_declared: what the samples may do to people is declared before they come."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "sample_declared",
    section=Section.WHO,
    title=gettext_lazy("Sample declaration"),
    meaning=gettext_lazy(
        "Who books declares the hazards and the biosafety level of the samples, or that there are none."
    ),
    waivable_by=STAFF,
    applies_to=(Kind.USE,),
    setting=Setting(
        default=0,
        unit="",
        maximum=1,
        choices=((0, gettext_lazy("need not be declared")), (1, gettext_lazy("must be declared"))),
    ),
)
def sample_declared(context: Context) -> Violation | None:
    """Where it is asked for, a declaration came with the form; a hold has none yet."""
    if not context.value("sample_declared") or context.declares is not False:
        return None
    return Violation("sample_declared", _("Declare the hazards of your samples, or that there are none."))
