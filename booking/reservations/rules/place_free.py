"""place_free: as many places as asked for are free during the whole window, turnaround included."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.models import Kind
from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import USES, Context, Violation, rule


@rule(
    "place_free",
    section=Section.PLACES,
    title=gettext_lazy("Free place"),
    meaning=gettext_lazy("No other booking may hold the place during the window or its turnaround."),
    applies_to=tuple(Kind),
    blocks_time=True,
    is_timed=True,
)
def place_free(context: Context) -> Violation | None:
    """Broken when bookings of others leave fewer places than asked for, or there are not as many."""
    if not context.lacks_places:
        return None
    if context.taken and not any(claim.kind in USES for claim in context.taken):
        return None
    return Violation(
        "place_free",
        _("This time is already taken.") if context.taken else _("The instrument has not as many places."),
        limit=len(context.free_places),
        actual=context.places,
    )
