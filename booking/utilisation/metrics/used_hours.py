"""used_hours: used_minutes / 60."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, hours, metric


@metric(
    "used_hours",
    unit=Unit.HOURS,
    title=_("Used hours"),
    meaning=_(
        "Effective hours: from check-in to check-out, start-up and post-processing "
        "included. A use counts once it has ended."
    ),
    formula="used_minutes / 60",
    source="domain.md, Utilisation (有效机时)",
)
def used_hours(sums: Sums) -> Combinable:
    """Effective hours: from check-in to check-out, start-up and post-processing included."""
    return hours(sums.used_minutes)
