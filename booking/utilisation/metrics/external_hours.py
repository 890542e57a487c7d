"""external_hours: external_minutes / 60."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, hours, metric


@metric(
    "external_hours",
    unit=Unit.HOURS,
    title=_("External hours"),
    meaning=_("Used hours of people from outside the instrument's institution."),
    formula="external_minutes / 60",
    source="domain.md, Utilisation (对外服务机时)",
)
def external_hours(sums: Sums) -> Combinable:
    """Used hours of people from outside the instrument's institution."""
    return hours(sums.external_minutes)
