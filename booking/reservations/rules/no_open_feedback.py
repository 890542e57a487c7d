"""no_open_feedback: the last use has been reported on before the next is booked."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule


@rule(
    "no_open_feedback",
    section=Section.CREDIT,
    title=gettext_lazy("Usage report"),
    meaning=gettext_lazy("Who books has reported on their last use of the instrument."),
    waivable_by=STAFF,
    applies_to=(Kind.USE,),
    setting=Setting(
        default=0,
        unit="",
        maximum=1,
        choices=((0, gettext_lazy("not asked for")), (1, gettext_lazy("after every use"))),
    ),
)
def no_open_feedback(context: Context) -> Violation | None:
    """The person's last completed use has a report; limit: the id of the use that lacks it."""
    if not context.value("no_open_feedback") or context.unreported is None:
        return None
    return Violation(
        "no_open_feedback",
        _("Report on your last use of this instrument first (booking %(booking)d).")
        % {"booking": context.unreported},
        limit=context.unreported,
    )
