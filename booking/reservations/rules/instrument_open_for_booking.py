"""instrument_open_for_booking: the instrument is published and not suspended."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.policy_values import Section
from booking.reservations.rules.registry import Context, Violation, rule


@rule(
    "instrument_open_for_booking",
    section=Section.PLACES,
    title=gettext_lazy("Open for booking"),
    meaning=gettext_lazy("The instrument must be published and not suspended."),
)
def instrument_open_for_booking(context: Context) -> Violation | None:
    """Drafts, suspended and retired instruments take no bookings."""
    if context.status == "published":
        return None
    return Violation(
        "instrument_open_for_booking",
        _("The instrument takes no bookings at present."),
        limit="published",
        actual=context.status,
    )
