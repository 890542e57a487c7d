"""booked_hours: booked_minutes / 60."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, hours, metric


@metric(
    "booked_hours",
    unit=Unit.HOURS,
    title=_("Booked hours"),
    meaning=_(
        "Agreed hours of uses and trainings, also of those nobody turned up for; cancelled ones do not count."
    ),
    formula="booked_minutes / 60",
    source="domain.md, Utilisation",
)
def booked_hours(sums: Sums) -> Combinable:
    """Agreed hours of uses and trainings, also of those nobody turned up for."""
    return hours(sums.booked_minutes)
