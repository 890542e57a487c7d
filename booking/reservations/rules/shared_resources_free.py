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
    """Broken when one of the needs has no free place during the window and its own turnaround."""
    if not context.lacking_slots:
        return None
    return Violation(
        "shared_resources_free", _("A shared resource or an operator that this needs is taken during this time.")
    )
