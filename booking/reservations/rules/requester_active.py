"""requester_active: the person who will use the instrument has an active account."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import Context, Violation, rule


@rule(
    "requester_active",
    section=Section.WHO,
    title=gettext_lazy("Active requester"),
    meaning=gettext_lazy("The account of the person the booking is for must be active."),
)
def requester_active(context: Context) -> Violation | None:
    """Deactivated accounts book nothing."""
    if context.user_active:
        return None
    return Violation("requester_active", _("The account of the person the booking is for is not active."))
