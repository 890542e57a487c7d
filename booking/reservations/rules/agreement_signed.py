"""agreement_signed: who books has signed what the institution asks to be signed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "agreement_signed",
    section=Section.WHO,
    title=gettext_lazy("Agreement"),
    meaning=gettext_lazy(
        "Who books has signed the institution's agreement and the instrument's, where there are any."
    ),
    waivable_by=STAFF,
    applies_to=(Kind.USE,),
    setting=Setting(
        default=1,
        unit="",
        maximum=1,
        choices=((0, gettext_lazy("need not be signed")), (1, gettext_lazy("must be signed"))),
    ),
)
def agreement_signed(context: Context) -> Violation | None:
    """No text that holds is left unsigned; limit: the id of the first one to sign."""
    if not context.value("agreement_signed") or context.unsigned is None:
        return None
    return Violation(
        "agreement_signed",
        _("Read and sign the agreement of this instrument first."),
        limit=context.unsigned,
    )
