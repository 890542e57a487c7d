"""shared_resources_free: whatever the instrument needs besides itself is free too, operators included."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import Context, Violation, rule


@rule(
    "shared_resources_free",
    section=Section.PLACES,
    title=gettext_lazy("Shared resources free"),
    meaning=gettext_lazy(
        "What the instrument shares with others, and an operator where it needs one, must be free."
    ),
    blocks_time=True,
    is_timed=True,
)
def shared_resources_free(context: Context) -> Violation | None:
    """Broken when one of the needs has no free place during the window and its own turnaround.

    Who runs what is moved is not replaced unasked: selectors/operators.py. actual: their name.
    """
    lacking = context.lacking_slots
    if not lacking:
        return None
    for absent in context.absent_operators:
        if absent.slot in lacking:
            return Violation("shared_resources_free", _told(absent.name), actual=absent.name)
    return Violation(
        "shared_resources_free", _("A shared resource or an operator that this needs is taken during this time.")
    )


def _told(name: str) -> str:
    return _(
        "%(name)s, who runs this booking, is not free during this time. Another operator is: choose who shall"
        " run it, or whoever is free."
    ) % {"name": name}
