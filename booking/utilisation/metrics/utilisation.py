"""utilisation: used_minutes / open_minutes."""

from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from booking.utilisation.metrics.registry import Sums, Unit, metric, ratio


@metric(
    "utilisation",
    unit=Unit.RATIO,
    title=_("Utilisation rate"),
    meaning=_("Used hours as a share of open hours."),
    formula="used_minutes / open_minutes",
    source="domain.md, Utilisation: utilisation = used/open",
    undefined=_("Nothing was open."),
)
def utilisation(sums: Sums) -> Combinable:
    """Used hours as a share of open hours."""
    return ratio(sums.used_minutes, sums.open_minutes)
