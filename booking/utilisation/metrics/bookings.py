"""bookings: bookings."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, metric


@metric(
    "bookings",
    unit=Unit.COUNT,
    title=_("Bookings"),
    meaning=_("Uses and trainings by the day they start on; cancelled, declined and expired ones do not count."),
    formula="bookings",
    source="domain.md, Utilisation",
)
def bookings(sums: Sums) -> Combinable:
    """Uses and trainings by the day they start on."""
    return sums.bookings
