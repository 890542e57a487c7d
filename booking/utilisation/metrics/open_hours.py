"""open_hours: open_minutes / 60."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, hours, metric


@metric(
    "open_hours",
    unit=Unit.HOURS,
    title=_("Open hours"),
    meaning=_("Opening hours as they were on those days, minus closures and maintenance, times parallel places."),
    formula="open_minutes / 60",
    source="domain.md, Utilisation",
)
def open_hours(sums: Sums) -> Combinable:
    """Opening hours as they were on those days, minus closures and maintenance, times parallel places."""
    return hours(sums.open_minutes)
