"""qualified: whoever operates the instrument themselves may do so until the booking ends."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section, Setting
from booking.reservations.rules.registry import STAFF, Context, Violation, rule
from instruments.catalogue.models import AccessMode
from instruments.qualifications.models import Level


@rule(
    "qualified",
    section=Section.WHO,
    title=gettext_lazy("Qualification"),
    meaning=gettext_lazy(
        "Who operates the instrument needs a qualification of this level that still holds when the booking ends."
    ),
    waivable_by=STAFF,
    applies_to=(Kind.USE,),
    setting=Setting(
        default=0,
        unit="",
        maximum=max(Level),
        choices=((0, gettext_lazy("none needed")), *((level.value, level.label) for level in Level)),
    ),
)
def qualified(context: Context) -> Violation | None:
    """level held at the end ≥ level asked; of whoever does not operate it themselves, nothing is asked."""
    asked = context.value("qualified")
    if _is_run_by_others(context):
        return None
    if not asked or context.level is None or context.level >= asked:
        return None
    level = Level(asked)
    return Violation(
        "qualified",
        _("To operate this yourself you need a qualification that holds until the end of the booking: %(level)s.")
        % {"level": level.label},
        limit=level.name.lower(),
        actual=Level(context.level).name.lower() if context.level else None,
    )


def _is_run_by_others(context: Context) -> bool:
    """Who sends samples touches nothing; who is assisted is only where an operator's time is booked with it.

    Source: domain.md, "Rules": self-operation needs a level.
    """
    if context.mode == AccessMode.OPERATOR_ASSISTED:
        return any(need.is_operator for need in context.needs)
    return context.mode == AccessMode.SAMPLE_SUBMISSION
