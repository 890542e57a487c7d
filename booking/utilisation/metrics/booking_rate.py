"""booking_rate: booked_minutes / open_minutes."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, metric, ratio


@metric(
    "booking_rate",
    unit=Unit.RATIO,
    title=_("Booking rate"),
    meaning=_("Booked hours as a share of open hours; above 1 where bookings lie outside opening hours."),
    formula="booked_minutes / open_minutes",
    source="domain.md, Utilisation: booking rate = booked/open",
    undefined=_("Nothing was open."),
)
def booking_rate(sums: Sums) -> Combinable:
    """Booked hours as a share of open hours."""
    return ratio(sums.booked_minutes, sums.open_minutes)
